//! What a user meets at the desk: each test is named after a row of the list of findings.

mod credentials;
mod identities;
