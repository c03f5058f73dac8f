//! The demo's service approval queue.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::{HOUR_MS, PRIYA, Ports, vxc_uid};
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::lifecycle::REQUEST_LIFE_MS;
use crate::sandbox::seed::insert::uid;

/// Orders of the managed account that wait for its partner, and two that no longer do.
pub(super) fn fill(
    connection: &Connection,
    companies: &[i64],
    ports: &Ports,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let (partner, account) = (companies[0], companies[4]);
    let order = |name: &str, rate_limit_mbps: i64| -> Value {
        json!({
            "productUid": uid("port:Media Melbourne"),
            "productType": "MEGAPORT",
            "associatedVxcs": [{
                "productName": name,
                "productType": "VXC",
                "rateLimit": rate_limit_mbps,
                "term": 12,
                "aEnd": {"vlan": 0},
                "bEnd": {"productUid": uid("port:MEL2-A")},
            }],
        })
    };
    let change = |field: &str, value: i64| json!({"productUid": vxc_uid("Media to Sample"), field: value});
    let service_id: i64 = connection.query_row(
        "SELECT id FROM vxcs WHERE uid = ?1 AND a_product_id = ?2",
        params![vxc_uid("Media to Sample"), ports.media_mel],
        |row| row.get(0),
    )?;
    let entries = [
        ("studio link", "NEW_ORDER", "PENDING", DAY_MS, order("Media studio link", 400), None),
        ("longer term", "TERM_CHANGE", "PENDING", 4 * DAY_MS, change("term", 24), Some(service_id)),
        ("more speed", "SPEED_CHANGE", "PENDING", 2 * HOUR_MS, change("rateLimit", 250), Some(service_id)),
        ("first link", "NEW_ORDER", "APPROVED", 30 * DAY_MS, order("Media playout", 300), None),
        ("too much", "SPEED_CHANGE", "REJECTED", 15 * DAY_MS, change("rateLimit", 1_000), Some(service_id)),
    ];
    for (name, kind, status, age_ms, work, service_id) in entries {
        let created_at = now_ms - age_ms;
        let pending = status == "PENDING";
        let detail = json!({
            "type": kind,
            "origin": "API",
            "userName": "tara@examplemedia.example",
            "requesterCompanyId": account,
            "productRequest": [work],
        });
        connection.execute(
            "INSERT INTO order_approvals (uid, reference_id, type, status, approver_company_id, requester_company_id, \
             requested_by, service_id, comment, detail, work, created_at, due_at, decided_at, decided_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
             (SELECT id FROM users WHERE company_id = ?6 AND role = 'Technical Admin'), \
             ?7, NULL, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                uid(&format!("queue:{name}")),
                uid(&format!("queue reference:{name}")),
                kind,
                status,
                partner,
                account,
                service_id,
                detail.to_string(),
                json!([work]).to_string(),
                created_at,
                pending.then_some(created_at + REQUEST_LIFE_MS),
                (!pending).then_some(created_at + DAY_MS),
                (!pending).then_some(PRIYA),
            ],
        )?;
    }
    Ok(())
}
