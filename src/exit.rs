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
        self.row().0
    }

    /// Whether a signal ended the run.
    pub const fn is_signal(self) -> bool {
        matches!(self, Exit::Interrupted | Exit::Terminated)
    }

    /// The word for it in the JSON error object (`error.type`).
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// What it means, in one line of a help text.
    pub const fn meaning(self) -> &'static str {
        self.row().2
    }

    /// Code, name and meaning.
    const fn row(self) -> (u8, &'static str, &'static str) {
        match self {
            Exit::Done => (0, "done", "done, or already as asked"),
            Exit::Other => (1, "other", "another failure"),
            Exit::Usage => (2, "usage", "wrong usage, or input needed that could not be asked for"),
            Exit::Authentication => (3, "authentication", "authentication failed (401, bad key)"),
            Exit::Api => (4, "api", "another API error"),
            Exit::Declined => (5, "declined", "declined at a prompt"),
            Exit::SessionExpired => {
                (6, "session_expired", "the access token expired and no key can renew it")
            }
            Exit::Forbidden => (7, "forbidden", "forbidden: the role may not do this (403)"),
            Exit::NotFound => (8, "not_found", "not found"),
            Exit::RateLimited => (9, "rate_limited", "rate limited"),
            Exit::Network => (10, "network", "network, TLS or DNS failure"),
            Exit::Timeout => (11, "timeout", "timeout"),
            Exit::Partial => (12, "partial", "some of several failed"),
            Exit::Conflict => (
                13,
                "conflict",
                "conflict: decided otherwise, applied differently, or an --expect no longer holds",
            ),
            Exit::Unknown => (14, "unknown", "outcome unknown after a lost answer"),
            Exit::Refused => (15, "refused", "refused by policy or a profile's limit"),
            Exit::Pending => (20, "pending", "list --exit-pending found requests that wait"),
            Exit::Interrupted => (130, "interrupted", "interrupted (SIGINT)"),
            Exit::Terminated => (143, "terminated", "terminated (SIGTERM)"),
        }
    }
}
