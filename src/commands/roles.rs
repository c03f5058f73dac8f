//! What to do where a role is not enough.

use crate::domain::role::Right;
use crate::error::{Error, Hint};

/// Replaces the general hint of a 403 with the roles that have the right.
pub(super) fn explain(right: Right, mut error: Error) -> Error {
    if error.http_status == Some(403) {
        let hint =
            Hint::call(format!("{}; to see the role of this key, run `", right.use_key()), "auth status");
        error.hints = vec![hint.and("`")];
    }
    error
}
