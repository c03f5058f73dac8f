//! The exit codes of the process. They are a promise to scripts: never renumbered.

/// How the process ends. Codes 0 to 6 are the ones the public CLI of this API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done, or already as asked.
    Done,
    /// Anything that has no code of its own.
    Other,
    /// A wrong command line, or input needed that could not be asked for.
    Usage,
    /// The key or token was refused (401).
    Authentication,
    /// Another refusal or failure of the API.
    Api,
    /// The person said no at a prompt.
    Declined,
    /// A given access token has expired and no key is there to renew it.
    SessionExpired,
    /// The role may not do this (403).
    Forbidden,
    /// Nothing there has that name (404).
    NotFound,
    /// Rate limited for longer than the timeout allows (429).
    RateLimited,
    /// Network, TLS or DNS failure.
    Network,
    /// The operation took longer than its timeout.
    Timeout,
    /// Some of several failed.
    Partial,
    /// Decided otherwise, applied differently, or an expectation no longer holds.
    Conflict,
    /// The answer to a decision was lost and its outcome can't be told.
    Unknown,
    /// Refused by a policy or a profile's limit.
    Refused,
    /// `list --exit-pending` found requests that wait.
    Pending,
    /// Interrupted (SIGINT).
    Interrupted,
    /// Terminated (SIGTERM).
    Terminated,
}

impl Exit {
    /// Every exit, in the order of the codes, for help texts.
    pub const ALL: [Exit; 19] = [
        Exit::Done,
        Exit::Other,
        Exit::Usage,
        Exit::Authentication,
        Exit::Api,
        Exit::Declined,
        Exit::SessionExpired,
        Exit::Forbidden,
        Exit::NotFound,
        Exit::RateLimited,
        Exit::Network,
        Exit::Timeout,
        Exit::Partial,
        Exit::Conflict,
        Exit::Unknown,
        Exit::Refused,
        Exit::Pending,
        Exit::Interrupted,
        Exit::Terminated,
    ];

    /// The number the process exits with.
    ///
    /// ```
    /// assert_eq!(portgate::Exit::Conflict.code(), 13);
    /// ```
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Other => 1,
            Exit::Usage => 2,
            Exit::Authentication => 3,
            Exit::Api => 4,
            Exit::Declined => 5,
            Exit::SessionExpired => 6,
            Exit::Forbidden => 7,
            Exit::NotFound => 8,
            Exit::RateLimited => 9,
            Exit::Network => 10,
            Exit::Timeout => 11,
            Exit::Partial => 12,
            Exit::Conflict => 13,
            Exit::Unknown => 14,
            Exit::Refused => 15,
            Exit::Pending => 20,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }

    /// Whether a signal ended the run.
    pub const fn is_signal(self) -> bool {
        matches!(self, Exit::Interrupted | Exit::Terminated)
    }

    /// The word for it in the JSON error object (`error.type`).
    pub const fn name(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Other => "other",
            Exit::Usage => "usage",
            Exit::Authentication => "authentication",
            Exit::Api => "api",
            Exit::Declined => "declined",
            Exit::SessionExpired => "session_expired",
            Exit::Forbidden => "forbidden",
            Exit::NotFound => "not_found",
            Exit::RateLimited => "rate_limited",
            Exit::Network => "network",
            Exit::Timeout => "timeout",
            Exit::Partial => "partial",
            Exit::Conflict => "conflict",
            Exit::Unknown => "unknown",
            Exit::Refused => "refused",
            Exit::Pending => "pending",
            Exit::Interrupted => "interrupted",
            Exit::Terminated => "terminated",
        }
    }

    /// What it means, in one line of a help text.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "done, or already as asked",
            Exit::Other => "another failure",
            Exit::Usage => "wrong usage, or input needed that could not be asked for",
            Exit::Authentication => "authentication failed (401, bad key)",
            Exit::Api => "another API error",
            Exit::Declined => "declined at a prompt",
            Exit::SessionExpired => "the access token expired and no key can renew it",
            Exit::Forbidden => "forbidden: the role may not do this (403)",
            Exit::NotFound => "not found",
            Exit::RateLimited => "rate limited",
            Exit::Network => "network, TLS or DNS failure",
            Exit::Timeout => "timeout",
            Exit::Partial => "some of several failed",
            Exit::Conflict => {
                "conflict: decided otherwise, applied differently, or an --expect no longer holds"
            }
            Exit::Unknown => "outcome unknown after a lost answer",
            Exit::Refused => "refused by policy or a profile's limit",
            Exit::Pending => "list --exit-pending found requests that wait",
            Exit::Interrupted => "interrupted (SIGINT)",
            Exit::Terminated => "terminated (SIGTERM)",
        }
    }
}
