//! Error responses: the envelope with a status and a reason.

use axum::http::StatusCode;
use rusqlite::ErrorCode;

/// A refusal or failure on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) retry_after_s: Option<u32>,
}

/// The result of a handler.
pub(crate) type Answer<T> = Result<T, Refusal>;

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Refusal { status, message: message.into(), detail: None, retry_after_s: None }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(crate) fn panicked() -> Self {
        Refusal::failed("The sandbox failed to process this request")
    }

    #[must_use]
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let is_busy = matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
        let (status, message) = match code {
            _ if is_busy => (StatusCode::SERVICE_UNAVAILABLE, "The sandbox's database is busy; try again"),
            Some(ErrorCode::DiskFull) => {
                (StatusCode::SERVICE_UNAVAILABLE, "No disk space is left for the sandbox's database")
            }
            // A quota, a process limit or a failing disk: SQLite can't always distinguish these from a full disk.
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The sandbox's database could not be read or written; the disk may be full",
            ),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "The sandbox's database is damaged")
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "The sandbox's database failed"),
        };
        let refusal = Refusal::new(status, message).detail(error.to_string());
        Refusal { retry_after_s: is_busy.then_some(1), ..refusal }
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Refusal::failed("The sandbox could not write its response").detail(error.to_string())
    }
}
