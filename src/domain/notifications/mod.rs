//! Notifications: groups, roles that can subscribe, and the owner of the settings.

mod audience;
mod group;
mod owner;
mod role;

pub(crate) use audience::{could_hear, hearing};
pub(crate) use group::{Group, is_ordering, public_groups, slug, title};
pub(crate) use owner::{Owner, owner_of};
pub(crate) use role::{Role, role_of};
