//! What to do where a role is not enough.

use crate::api::failure::hint_on_roles;
use crate::domain::role::Right;
use crate::error::{Error, Hint};

/// Replaces the general hint of a 403 with the roles that have the right; other hints stay.
pub(super) fn explain(right: Right, mut error: Error) -> Error {
    let general = hint_on_roles();
    if let Some(hint) = error.hints.iter_mut().find(|hint| **hint == general) {
        let roles = format!("{}; to see the role of this key, run ", right.use_key());
        *hint = Hint::call(roles, "auth status");
    }
    error
}
