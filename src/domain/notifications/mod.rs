//! Who hears of what: notification groups, roles that may subscribe, and whose settings one is changing.

mod audience;
mod group;
mod owner;
mod role;

pub use audience::{Hearing, could_hear, hearing};
pub use group::{Group, is_ordering, public_groups, slug, title};
pub use owner::{Owner, owner_of};
pub use role::{Role, role_of};
