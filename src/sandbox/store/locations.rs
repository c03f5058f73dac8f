//! Places with a data centre.

use rusqlite::Connection;

/// A location.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) city: String,
    pub(crate) metro: String,
    pub(crate) market: String,
    pub(crate) country: String,
    pub(crate) street: String,
    pub(crate) suburb: String,
    pub(crate) state: String,
    pub(crate) postcode: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) data_centre_id: i64,
    pub(crate) data_centre_name: String,
    pub(crate) status: String,
}

/// All of them.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Location>> {
    connection
        .prepare_cached(
            "SELECT id, name, city, metro, market, country, street, suburb, state, postcode, latitude, longitude, \
             data_centre_id, data_centre_name, status FROM locations ORDER BY id",
        )?
        .query_map([], |row| {
            Ok(Location {
                id: row.get(0)?,
                name: row.get(1)?,
                city: row.get(2)?,
                metro: row.get(3)?,
                market: row.get(4)?,
                country: row.get(5)?,
                street: row.get(6)?,
                suburb: row.get(7)?,
                state: row.get(8)?,
                postcode: row.get(9)?,
                latitude: row.get(10)?,
                longitude: row.get(11)?,
                data_centre_id: row.get(12)?,
                data_centre_name: row.get(13)?,
                status: row.get(14)?,
            })
        })?
        .collect()
}
