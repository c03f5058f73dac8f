//! A product's resource tags.

use rusqlite::Connection;

use super::record::execute;

pub(crate) fn of_product(connection: &Connection, uid: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT key, value FROM product_tags WHERE product_uid = ?1 ORDER BY key")?
        .query_map([uid], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(crate) fn replace(connection: &Connection, uid: &str, tags: &[(String, String)]) -> rusqlite::Result<()> {
    execute(connection, "DELETE FROM product_tags WHERE product_uid = ?1", [uid])?;
    for (key, value) in tags {
        execute(
            connection,
            "INSERT INTO product_tags (product_uid, key, value) VALUES (?1, ?2, ?3)",
            [uid, key, value],
        )?;
    }
    Ok(())
}
