//! Notifications: groups, roles that can subscribe, and the owner of the settings.

mod audience;
mod group;
mod owner;

pub(crate) use audience::{could_hear, hearing};
pub(crate) use group::{Group, is_ordering, public_groups, slug, title};
pub(crate) use owner::{Owner, owner_of};
