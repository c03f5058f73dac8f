//! My ports: what is sold, which VLANs are taken, and the profile's limits.

pub(crate) mod bare;
pub(crate) mod book;
mod excess;
mod find;
mod limit;
pub(crate) mod listing;
pub(crate) mod room;
pub(crate) mod scan;
mod share;
mod together;
mod usage;
pub(crate) mod vlan;
mod vlans;

pub(crate) use excess::{Ceiling, Excess, SetBy};
pub(crate) use find::{find_port, no_such_port, only_one_port};
pub(crate) use limit::{SoldLimit, added_mbps};
pub(crate) use share::{Share, percent};
pub(crate) use together::{PortsRead, read_with_its_lag};
#[cfg(test)]
pub(crate) use vlans::check_pool;
pub(crate) use vlans::{FreeVlans, PortVlans, TakenVlan, free_vlans, read_vlans};
