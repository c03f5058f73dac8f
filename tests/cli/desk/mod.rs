//! What stood in a user's way at the desk: each test is named after its row of the findings.

mod help;
mod words;
