//! A product's resource tags.

use rusqlite::{Connection, params};

pub(crate) fn of_product(connection: &Connection, uid: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT key, value FROM product_tags WHERE product_uid = ?1 ORDER BY key")?
        .query_map([uid], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(crate) fn replace(connection: &Connection, uid: &str, tags: &[(String, String)]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM product_tags WHERE product_uid = ?1")?.execute([uid])?;
    for (key, value) in tags {
        connection
            .prepare_cached(
                "INSERT INTO product_tags (product_uid, key, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (product_uid, key) DO UPDATE SET value = excluded.value",
            )?
            .execute(params![uid, key, value])?;
    }
    Ok(())
}
