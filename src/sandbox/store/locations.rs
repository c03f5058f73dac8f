//! Places with a data centre.

use rusqlite::Connection;

use super::record::Record as _;

record! {
    #[derive(Debug, Clone)]
    Location as "locations" {
        id: i64;
        name: String;
        city: String;
        metro: String;
        market: String;
        country: String;
        street: String;
        suburb: String;
        state: String;
        postcode: String;
        latitude: f64;
        longitude: f64;
        data_centre_id: i64;
        data_centre_name: String;
        status: String;
    } from "locations"
}

pub(crate) fn list(connection: &Connection) -> rusqlite::Result<Vec<Location>> {
    Location::list(connection, "ORDER BY id", [])
}
