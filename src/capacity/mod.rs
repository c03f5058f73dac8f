//! My ports: how much of them is sold, which VLANs are taken, and how far a profile lets them be sold.

mod find;
mod limit;
mod share;
mod vlans;

pub use find::find_port;
pub use limit::{Excess, SoldLimit};
pub use share::{Share, percent};
pub use vlans::{FreeVlans, PortVlans, TakenVlan, free_vlans, read_vlans};
