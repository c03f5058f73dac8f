//! Exit codes, stable for scripts: never renumbered.

/// Each exit with its code, its word and its meaning.
macro_rules! exits {
    ($($exit:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        /// How the process ends. Codes 0 to 6 match the public CLI of this API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Exit {
            $(#[doc = $meaning] $exit,)*
        }

        impl Exit {
            /// Every exit, in the order of the codes, for help texts.
            pub const ALL: [Exit; [$($code),*].len()] = [$(Exit::$exit),*];

            /// The number the process exits with.
            ///
            /// ```
            /// assert_eq!(portgate::Exit::Conflict.code(), 13);
            /// ```
            pub const fn code(self) -> u8 {
                match self {
                    $(Exit::$exit => $code,)*
                }
            }

            /// The word for it in the JSON error object (`error.type`).
            pub const fn name(self) -> &'static str {
                match self {
                    $(Exit::$exit => $name,)*
                }
            }

            /// What it means, in one line of a help text.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Exit::$exit => $meaning,)*
                }
            }
        }
    };
}

exits! {
    Done = 0, "done", "success, or already done";
    Other = 1, "other", "any other error";
    Usage = 2, "usage", "invalid usage, or required input is missing";
    Authentication = 3, "authentication", "authentication failed (401 or invalid key)";
    Api = 4, "api", "any other API error";
    Declined = 5, "declined", "cancelled at a prompt";
    SessionExpired = 6, "session_expired", "the access token expired and can't be renewed without an API key";
    Forbidden = 7, "forbidden", "permission denied: the key's role doesn't allow this (403)";
    NotFound = 8, "not_found", "not found";
    RateLimited = 9, "rate_limited", "rate limited";
    Network = 10, "network", "network, TLS or DNS failure";
    Timeout = 11, "timeout", "timeout";
    Partial = 12, "partial", "at least one of several changes failed or has an unknown outcome";
    Conflict = 13, "conflict", "conflict: already decided or applied differently, doesn't match --expect-*, or can't be used (VLAN taken, key invalid or already rotated)";
    Unknown = 14, "unknown", "outcome unknown: the response was lost, or the API doesn't show the change";
    Refused = 15, "refused", "not allowed by a policy or profile limit";
    Proposed = 16, "proposed", "proposed: a second person must confirm it; nothing was sent";
    Pending = 20, "pending", "requests are pending (only with --exit-pending)";
    HungUp = 129, "hung_up", "terminal closed (SIGHUP)";
    Interrupted = 130, "interrupted", "interrupted (SIGINT)";
    Terminated = 143, "terminated", "terminated (SIGTERM)";
}

impl Exit {
    /// Whether a signal ended the run.
    pub const fn is_signal(self) -> bool {
        matches!(self, Exit::HungUp | Exit::Interrupted | Exit::Terminated)
    }
}
