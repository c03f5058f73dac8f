//! Service keys. None is ever deleted.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

#[derive(Debug, Clone)]
pub(crate) struct ServiceKey {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) company_id: i64,
    pub(crate) company_uid: String,
    pub(crate) company_name: String,
    pub(crate) product_id: i64,
    pub(crate) product_uid: String,
    pub(crate) product_name: String,
    pub(crate) terms: KeyTerms,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) taken_by_vxc: Option<i64>,
}

/// What a key allows: all that its owner sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyTerms {
    pub(crate) description: Option<String>,
    pub(crate) max_speed_mbps: i64,
    pub(crate) single_use: bool,
    pub(crate) active: bool,
    pub(crate) pre_approved: Option<bool>,
    pub(crate) vlan: Option<i64>,
    pub(crate) valid_from: Option<i64>,
    pub(crate) valid_until: Option<i64>,
    pub(crate) promo_code: Option<String>,
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
            Some("was already used; it is good for one connection")
        } else {
            None
        }
    }
}

const KEY: &str = "SELECT k.id, k.key, k.company_id, c.uid AS company_uid, c.name AS company_name, k.product_id, p.uid AS product_uid, p.name AS product_name, k.description, \
     k.max_speed_mbps, k.single_use, k.active, k.pre_approved, k.vlan, k.valid_from, k.valid_until, k.promo_code, \
     k.created_at, k.last_used_at, k.taken_by_vxc \
     FROM service_keys k JOIN companies c ON c.id = k.company_id JOIN products p ON p.id = k.product_id";

fn key(row: &Row<'_>) -> rusqlite::Result<ServiceKey> {
    Ok(ServiceKey {
        id: row.get("id")?,
        key: row.get("key")?,
        company_id: row.get("company_id")?,
        company_uid: row.get("company_uid")?,
        company_name: row.get("company_name")?,
        product_id: row.get("product_id")?,
        product_uid: row.get("product_uid")?,
        product_name: row.get("product_name")?,
        terms: KeyTerms {
            description: row.get("description")?,
            max_speed_mbps: row.get("max_speed_mbps")?,
            single_use: row.get("single_use")?,
            active: row.get("active")?,
            pre_approved: row.get("pre_approved")?,
            vlan: row.get("vlan")?,
            valid_from: row.get("valid_from")?,
            valid_until: row.get("valid_until")?,
            promo_code: row.get("promo_code")?,
        },
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        taken_by_vxc: row.get("taken_by_vxc")?,
    })
}

/// The keys of a company, of one port where that is given, oldest first.
pub(crate) fn of_company(
    connection: &Connection,
    company_id: i64,
    product_id: Option<i64>,
) -> rusqlite::Result<Vec<ServiceKey>> {
    connection
        .prepare_cached(&format!(
            "{KEY} WHERE k.company_id = ?1 AND (?2 IS NULL OR k.product_id = ?2) ORDER BY k.id"
        ))?
        .query_map(params![company_id, product_id], key)?
        .collect()
}

/// The key that begins so, if exactly one does. The prefix is of eight or more hexadecimal digits and hyphens.
pub(crate) fn by_prefix(connection: &Connection, prefix: &str) -> rusqlite::Result<Option<ServiceKey>> {
    let harmless = prefix.len() >= 8 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !harmless {
        return Ok(None);
    }
    // `g` sorts after every character of a key: a range, so that the index answers.
    let mut found: Vec<ServiceKey> = connection
        .prepare_cached(&format!("{KEY} WHERE k.key >= ?1 AND k.key < ?1 || 'g' LIMIT 2"))?
        .query_map([prefix.to_ascii_lowercase()], key)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

pub(crate) fn by_key(connection: &Connection, text: &str) -> rusqlite::Result<Option<ServiceKey>> {
    connection
        .prepare_cached(&format!("{KEY} WHERE k.key = ?1"))?
        .query_row([text.to_ascii_lowercase()], key)
        .optional()
}

pub(crate) fn insert(
    connection: &Connection,
    key: &str,
    product_id: i64,
    terms: &KeyTerms,
    now_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO service_keys (key, company_id, product_id, description, max_speed_mbps, single_use, active, \
             pre_approved, vlan, valid_from, valid_until, promo_code, created_at) \
             SELECT ?1, p.company_id, p.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM products p WHERE p.id = ?2",
        )?
        .execute(params![
            key,
            product_id,
            terms.description,
            terms.max_speed_mbps,
            terms.single_use,
            terms.active,
            terms.pre_approved,
            terms.vlan,
            terms.valid_from,
            terms.valid_until,
            terms.promo_code,
            now_ms
        ])?;
    Ok(())
}

pub(crate) fn replace(connection: &Connection, id: i64, terms: &KeyTerms) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE service_keys SET description = ?2, max_speed_mbps = ?3, single_use = ?4, active = ?5, \
             pre_approved = ?6, vlan = ?7, valid_from = ?8, valid_until = ?9, promo_code = ?10 WHERE id = ?1",
        )?
        .execute(params![
            id,
            terms.description,
            terms.max_speed_mbps,
            terms.single_use,
            terms.active,
            terms.pre_approved,
            terms.vlan,
            terms.valid_from,
            terms.valid_until,
            terms.promo_code
        ])?;
    Ok(())
}

/// Notes that a VXC was ordered with it; a single-use key is taken by that.
pub(crate) fn take(
    connection: &Connection,
    key: &ServiceKey,
    vxc_id: i64,
    now_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE service_keys SET last_used_at = ?2, taken_by_vxc = ?3 WHERE id = ?1")?
        .execute(params![key.id, now_ms, key.terms.single_use.then_some(vxc_id)])?;
    Ok(())
}

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
