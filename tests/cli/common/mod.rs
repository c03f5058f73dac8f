//! The harness: a home, the binary run in it, and servers that do as they are told.
//!
//! ```ignore
//! let script = Script::new()
//!     .on("GET", "/v2/products", wire::products_of(&["vxc-new"]))
//!     .on("GET", "/v3/order_approvals", wire::empty_queue())
//!     .start();
//! let home = Home::new();
//! home.portgate("approvals list").at(&script).token("t").run().exits(0).stdout_has("7c1e09ab");
//! assert_eq!(script.hits("GET", "/v2/products"), 1);
//! ```

#![allow(dead_code, reason = "a harness offers more than the tests of one day use")]

mod answer;
mod home;
mod outcome;
mod postgres;
mod printed;
mod pseudo_terminal;
mod request;
mod script;
mod secrets;
pub mod wire;

pub use answer::{Answer, Gate};
pub use home::{Home, Portgate, chained, turn_to_start};
pub use outcome::Outcome;
pub use postgres::{Database, Postgres, Replica};
pub use pseudo_terminal::{PseudoTerminal, without_paste_marks};
pub use request::Request;
pub use script::Script;
