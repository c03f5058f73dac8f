//! What stood in a user's way: each test is named after its row of the findings about the desk.

mod age_identity;
mod credentials;
mod decide;
mod doctor;
mod english;
mod follow;
mod help;
mod identities;
mod limits;
mod pages;
mod sandbox;
mod schemas;
mod screens;
mod several;
mod vlans;
mod wording;
mod words;
