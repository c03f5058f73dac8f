//! What stood in a user's way at the desk: each test is named after its row of the findings.

mod credentials;
mod english;
mod help;
mod identities;
mod readme;
mod schemas;
mod screens;
mod vlans;
mod words;
