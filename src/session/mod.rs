//! A run's session: which backend, as whom, with which limits, and what a command gets of it.

pub(crate) mod account;
pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod credentials;
pub(crate) mod id_map;
pub(crate) mod profiles;
pub(crate) mod target;
