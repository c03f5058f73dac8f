//! The exit codes of the process. They are a promise to scripts: never renumbered.

/// Each exit with its code, its word and its meaning.
macro_rules! exits {
    ($($exit:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        /// How the process ends. Codes 0 to 6 are the ones the public CLI of this API uses.
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
    Done = 0, "done", "done, or already as asked";
    Other = 1, "other", "another failure";
    Usage = 2, "usage", "wrong usage, or input needed that could not be asked for";
    Authentication = 3, "authentication", "authentication failed (401, bad key)";
    Api = 4, "api", "another API error";
    Declined = 5, "declined", "declined at a prompt";
    SessionExpired = 6, "session_expired", "the access token expired and no key can renew it";
    Forbidden = 7, "forbidden", "forbidden: the role may not do this (403)";
    NotFound = 8, "not_found", "not found";
    RateLimited = 9, "rate_limited", "rate limited";
    Network = 10, "network", "network, TLS or DNS failure";
    Timeout = 11, "timeout", "timeout";
    Partial = 12, "partial", "some of several failed";
    Conflict = 13, "conflict", "conflict: decided otherwise, applied differently, or an --expect no longer holds";
    Unknown = 14, "unknown", "outcome unknown after a lost answer";
    Refused = 15, "refused", "refused by policy or a profile's limit";
    Pending = 20, "pending", "list --exit-pending found requests that wait";
    HungUp = 129, "hung_up", "the terminal went away (SIGHUP)";
    Interrupted = 130, "interrupted", "interrupted (SIGINT)";
    Terminated = 143, "terminated", "terminated (SIGTERM)";
}

impl Exit {
    /// Whether a signal ended the run.
    pub const fn is_signal(self) -> bool {
        matches!(self, Exit::HungUp | Exit::Interrupted | Exit::Terminated)
    }
}
