//! Places with a data centre.

use rusqlite::Connection;

use super::record::Record as _;

record! {
    #[derive(Debug, Clone)]
    Location {
        id: i64 = "id";
        name: String = "name";
        city: String = "city";
        metro: String = "metro";
        market: String = "market";
        country: String = "country";
        street: String = "street";
        suburb: String = "suburb";
        state: String = "state";
        postcode: String = "postcode";
        latitude: f64 = "latitude";
        longitude: f64 = "longitude";
        data_centre_id: i64 = "data_centre_id";
        data_centre_name: String = "data_centre_name";
        status: String = "status";
    } from "locations"
}

pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Location>> {
    Location::list(connection, "ORDER BY id", [])
}
