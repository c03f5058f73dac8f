//! A route.

use axum::routing::MethodRouter;

use crate::sandbox::app::App;

/// One method of one path.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// One line, for the OpenAPI document.
    pub(crate) summary: &'static str,
    pub(crate) handler: fn() -> MethodRouter<App>,
}

impl Route {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
