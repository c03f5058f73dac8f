//! Service keys.

use rusqlite::Connection;

/// Frees the single-use key that a VXC took, if it took one.
pub(crate) fn free(connection: &Connection, vxc_id: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE service_keys SET taken_by_vxc = NULL \
             WHERE id = (SELECT service_key_id FROM vxcs WHERE id = ?1) AND taken_by_vxc = ?1",
        )?
        .execute([vxc_id])?;
    Ok(())
}
