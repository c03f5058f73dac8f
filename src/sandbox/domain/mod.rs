//! The rules of the domain, apart from HTTP and SQL where they can be.

pub(crate) mod change;
pub(crate) mod decision;
pub(crate) mod lifecycle;
pub(crate) mod ordering;
pub(crate) mod partner;
pub(crate) mod session;
pub(crate) mod terms;
pub(crate) mod text;
pub(crate) mod vlan;
