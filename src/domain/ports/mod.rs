//! My ports: how much of them is sold, which VLANs are taken, and how far a profile lets them be sold.

pub mod bare;
mod find;
mod limit;
pub mod room;
pub mod scan;
mod share;
mod together;
pub mod vlan;
mod vlans;

pub use find::find_port;
pub use limit::{Excess, SoldLimit, added_mbps};
pub use share::{Share, percent};
pub use together::{read_port, read_with_its_lag};
pub use vlans::{FreeVlans, PortVlans, TakenVlan, free_vlans, read_vlans};
