//! A run's session: which backend, as whom, with which limits, and what a command gets of it.

pub mod connection;
pub mod context;
pub mod credentials;
pub mod id_map;
pub mod profiles;
pub mod target;
