//! A run's session: backend, identity, limits, and the context of commands.

pub(crate) mod account;
pub(crate) mod actor;
pub(crate) mod beside;
pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod credentials;
#[cfg(test)]
pub(crate) mod example;
pub(crate) mod id_map;
pub(crate) mod ledger;
pub(crate) mod owner;
pub(crate) mod place;
pub(crate) mod profiles;
pub(crate) mod target;
pub(crate) mod unlock;
