//! Who hears of what: notification groups, roles that may subscribe, and whose settings one is changing.

mod audience;
mod group;
mod owner;
mod role;

pub(crate) use audience::{could_hear, hearing};
pub(crate) use group::{Group, is_ordering, public_groups, slug, title};
pub(crate) use owner::{Owner, owner_of};
pub(crate) use role::{Role, role_of};
