//! Service keys. None is ever deleted.

use rusqlite::{Connection, params};

use super::record::{Record as _, execute};

record! {
    #[derive(Debug, Clone)]
    ServiceKey as "k" {
        id: i64;
        key: String;
        company_id: i64;
        company_uid: String = "c.uid";
        company_name: String = "c.name";
        product_id: i64;
        product_uid: String = "p.uid";
        product_name: String = "p.name";
        terms: KeyTerms as "k";
        created_at: i64;
        last_used_at: Option<i64>;
        taken_by_vxc: Option<i64>;
    } from "service_keys k JOIN companies c ON c.id = k.company_id JOIN products p ON p.id = k.product_id"
}

row! {
    /// What a key allows: all that its owner sets.
    #[derive(Debug, Clone, PartialEq, Eq)]
    KeyTerms {
        description: Option<String>,
        max_speed_mbps: i64,
        single_use: bool,
        active: bool,
        pre_approved: Option<bool>,
        vlan: Option<i64>,
        valid_from: Option<i64>,
        valid_until: Option<i64>,
        promo_code: Option<String>,
    } over "service_keys"
}

impl ServiceKey {
    pub(crate) fn is_expired(&self, now_ms: i64) -> bool {
        self.terms.valid_until.is_some_and(|until| now_ms >= until)
    }

    /// Why it can't be used now, if so.
    pub(crate) fn obstacle(&self, now_ms: i64) -> Option<&'static str> {
        if !self.terms.active {
            Some("is not active")
        } else if self.is_expired(now_ms) {
            Some("has expired")
        } else if self.terms.valid_from.is_some_and(|from| now_ms < from) {
            Some("is not valid yet")
        } else if self.terms.single_use && self.taken_by_vxc.is_some() {
            Some("was already used and is valid for one connection only")
        } else {
            None
        }
    }
}

/// The keys of a company, of one port where that is given, oldest first.
pub(crate) fn of_company(
    connection: &Connection,
    company_id: i64,
    product_id: Option<i64>,
) -> rusqlite::Result<Vec<ServiceKey>> {
    ServiceKey::list(
        connection,
        "WHERE k.company_id = ?1 AND (?2 IS NULL OR k.product_id = ?2) ORDER BY k.id",
        params![company_id, product_id],
    )
}

/// The key that begins so, if exactly one does. The prefix is of eight or more hexadecimal digits and hyphens.
pub(crate) fn by_prefix(connection: &Connection, prefix: &str) -> rusqlite::Result<Option<ServiceKey>> {
    let harmless = prefix.len() >= 8 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !harmless {
        return Ok(None);
    }
    // `g` sorts after every character of a key: a range, so that the index answers.
    let mut found = ServiceKey::list(
        connection,
        "WHERE k.key >= ?1 AND k.key < ?1 || 'g' LIMIT 2",
        [prefix.to_ascii_lowercase()],
    )?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

pub(crate) fn by_key(connection: &Connection, text: &str) -> rusqlite::Result<Option<ServiceKey>> {
    ServiceKey::find(connection, "WHERE k.key = ?1", [text.to_ascii_lowercase()])
}

pub(crate) fn insert(
    connection: &Connection,
    key: &str,
    product_id: i64,
    terms: &KeyTerms,
    now_ms: i64,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO service_keys (key, company_id, product_id, max_speed_mbps, single_use, active, created_at) \
         SELECT ?1, company_id, id, 0, 0, 0, ?3 FROM products WHERE id = ?2",
        params![key, product_id, now_ms],
    )?;
    terms.update(connection, connection.last_insert_rowid())
}

/// Notes that a VXC was ordered with it; a single-use key is taken by that.
pub(crate) fn take(
    connection: &Connection,
    key: &ServiceKey,
    vxc_id: i64,
    now_ms: i64,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE service_keys SET last_used_at = ?2, taken_by_vxc = ?3 WHERE id = ?1",
        params![key.id, now_ms, key.terms.single_use.then_some(vxc_id)],
    )
}

/// Frees the single-use key that a VXC took, if it took one.
pub(crate) fn free(connection: &Connection, vxc_id: i64) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE service_keys SET taken_by_vxc = NULL \
         WHERE id = (SELECT service_key_id FROM vxcs WHERE id = ?1) AND taken_by_vxc = ?1",
        [vxc_id],
    )
}
