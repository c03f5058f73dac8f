//! The keys of `config.toml` with their meaning: the reader takes these and no others, and help explains them.

pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// A value, as it stands in the file.
    pub(crate) example: &'static str,
    pub(crate) meaning: &'static str,
    /// What holds without it.
    pub(crate) default: &'static str,
}

const fn key(name: &'static str, example: &'static str, meaning: &'static str, default: &'static str) -> Key {
    Key { name, example, meaning, default }
}

/// Keys outside profiles.
pub(crate) const OF_FILE: [Key; 3] = [
    key(
        "schema",
        "\"portgate.config/v1\"",
        "Format of the file. A format that portgate doesn't know is an error.",
        "this format",
    ),
    key(
        "default",
        "\"example-prod\"",
        "Profile to use if neither --profile nor PORTGATE_PROFILE is set.",
        "none",
    ),
    key(
        "profiles",
        "{ }",
        "The profiles: a table [profiles.NAME] for each. A name has up to 64 letters, digits, '.', '_' and '-'.",
        "none",
    ),
];

pub(crate) const OF_PROFILE: [Key; 18] = [
    key(
        "environment",
        "\"production\"",
        "Environment: production, staging, development or sandbox, or custom for the backend at api_url.",
        "required",
    ),
    key(
        "api_url",
        "\"https://api.example.net\"",
        "URL of the backend: https, or http for a loopback address. Requires environment = \"custom\".",
        "that of the environment",
    ),
    key(
        "token_url",
        "\"https://auth.example.net/oauth2/token\"",
        "Token endpoint of that backend. Requires api_url.",
        "api_url with /oauth2/token",
    ),
    key(
        "client_id",
        "\"7c1e09ab41d24f0e\"",
        "Client ID of the API key. Its secret is never in this file.",
        "none",
    ),
    key(
        "company_name",
        "\"Example Cloud Connect\"",
        "Name of the company, as found at login; for display only.",
        "none",
    ),
    key(
        "company_uid",
        "\"2c34225a-1d6b-596c-9d75-5d96b6727481\"",
        "UID of the company, as found at login. portgate refuses to act for any other company.",
        "any company",
    ),
    key(
        "managed_account",
        "\"Example Media\"",
        "Managed account to act for as its partner, by UID or name, as with --on-behalf-of.",
        "your own company",
    ),
    key(
        "secret_command",
        "[\"pass\", \"show\", \"megaport\"]",
        "Program and arguments that print the client secret, run without a shell. Requires client_id.",
        "none",
    ),
    key(
        "store",
        "\"file\"",
        "Where the client secret is stored: keyring, or file for an encrypted file.",
        "keyring",
    ),
    key(
        "ledger",
        "\"postgres://ana@db.example.net/portgate\"",
        "The ledger: the path of a file, or the address of a PostgreSQL database, without a password.",
        "a file",
    ),
    key(
        "ledger_secret_command",
        "[\"pass\", \"show\", \"portgate-ledger\"]",
        "Program and arguments that print the password of the ledger's database, run without a shell.",
        "none",
    ),
    key(
        "ledger_fallback",
        "\"file\"",
        "\"file\": while the ledger's database is unavailable, decisions are recorded in a file and added to it later.",
        "nothing is decided",
    ),
    key("read_only", "true", "true or false: allow no changes (exit code 15).", "false"),
    key(
        "confirm",
        "\"always\"",
        "\"always\": confirm every change in a terminal, even with --yes. Such a profile can't be used in a pipeline.",
        "as needed",
    ),
    key(
        "require_reason",
        "true",
        "true or false: decisions require a reason, from --reason or a prompt.",
        "false",
    ),
    key(
        "require_ticket",
        "true",
        "true or false: decisions require a ticket, from --ticket or a prompt.",
        "false",
    ),
    key(
        "max_sold",
        "\"120%\"",
        "Maximum share of a port's speed to sell, as a whole percentage from 1% to 1000%.",
        "no limit",
    ),
    key(
        "second_person",
        "\"speed >= 10 Gbps or type = speed-change\"",
        "Acceptances that a second person must confirm: always, or by speed or type. Requires a ledger in a database.",
        "none",
    ),
];

/// The names of keys, in their order.
pub(super) const fn names<const N: usize>(keys: &[Key; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = keys[at].name;
        at += 1;
    }
    names
}
