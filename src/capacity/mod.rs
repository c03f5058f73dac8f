//! My ports: how much of them is sold, which VLANs are taken, and how far a profile lets them be sold.

mod find;
mod limit;
mod share;
mod together;
mod vlans;

pub use find::find_port;
pub use limit::{Excess, SoldLimit, added_mbps};
pub use share::{Share, percent};
pub use together::read_with_its_lag;
pub use vlans::{FreeVlans, PortVlans, TakenVlan, free_vlans, read_vlans};
