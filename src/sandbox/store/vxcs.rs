//! VXCs, each with its ends and the order that its `vxcApproval` speaks of.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::orders::{OrderStatus, OrderType};

/// The statuses in which a VXC is over.
pub(crate) const OVER: [&str; 4] = ["FAILED", "CANCELLED", "CANCELLED_PARENT", "DECOMMISSIONED"];

/// One end of a VXC, with the port it is on.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) company_id: i64,
    pub(crate) company_uid: String,
    pub(crate) company_name: String,
    pub(crate) product_id: i64,
    pub(crate) product_uid: String,
    pub(crate) product_name: String,
    pub(crate) location_id: i64,
    pub(crate) location: String,
    pub(crate) vlan: Option<i64>,
    pub(crate) inner_vlan: Option<i64>,
}

/// The order behind a VXC's `vxcApproval`.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) kind: OrderType,
    pub(crate) status: OrderStatus,
    pub(crate) new_rate_limit_mbps: Option<i64>,
    pub(crate) old_rate_limit_mbps: Option<i64>,
    pub(crate) approver_company_id: i64,
    pub(crate) approver_name: String,
    pub(crate) requested_by: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) decided_at: Option<i64>,
    pub(crate) decided_by: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A VXC. Its customer is the A-End's company.
#[derive(Debug, Clone)]
pub(crate) struct Vxc {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) service_id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) accepted: bool,
    pub(crate) rate_limit_mbps: i64,
    pub(crate) distance_band: String,
    pub(crate) a_end: End,
    pub(crate) b_end: End,
    pub(crate) contract_term_months: i64,
    pub(crate) cost_centre: Option<String>,
    pub(crate) promo_code: Option<String>,
    pub(crate) shutdown: bool,
    pub(crate) created_at: i64,
    pub(crate) live_at: Option<i64>,
    pub(crate) terminate_at: Option<i64>,
    pub(crate) due_at: Option<i64>,
    pub(crate) deployed_at: Option<i64>,
    pub(crate) approval: Option<Approval>,
    pub(crate) approval_stale: bool,
}

impl Vxc {
    /// The order that waits for a decision, if one does.
    pub(crate) fn pending(&self) -> Option<&Approval> {
        self.approval.as_ref().filter(|approval| approval.status == OrderStatus::Pending)
    }

    /// Whether a company is party to it.
    pub(crate) fn concerns(&self, company_id: i64) -> bool {
        self.a_end.company_id == company_id || self.b_end.company_id == company_id
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        OVER.contains(&self.status.as_str())
    }
}

const VXC: &str = "SELECT v.id, v.uid, v.service_id, v.name, v.status, v.accepted, v.rate_limit_mbps, \
     v.distance_band, \
     v.a_company_id, ac.uid, ac.name, v.a_product_id, ap.uid, ap.name, ap.location_id, al.name, v.a_vlan, \
     v.a_inner_vlan, \
     v.b_company_id, bc.uid, bc.name, v.b_product_id, bp.uid, bp.name, bp.location_id, bl.name, v.b_vlan, \
     v.b_inner_vlan, \
     v.contract_term_months, v.cost_centre, v.promo_code, v.shutdown, v.created_at, v.live_at, \
     v.terminate_at, v.due_at, v.deployed_at, v.approval_stale, \
     o.id, o.uid, o.type, o.status, o.new_rate_limit_mbps, o.old_rate_limit_mbps, o.approver_company_id, oc.name, \
     u.first_name || ' ' || u.last_name, o.created_at, o.expires_at, o.decided_at, o.decided_by, o.reason \
     FROM vxcs v \
     JOIN products ap ON ap.id = v.a_product_id JOIN locations al ON al.id = ap.location_id \
     JOIN companies ac ON ac.id = v.a_company_id \
     JOIN products bp ON bp.id = v.b_product_id JOIN locations bl ON bl.id = bp.location_id \
     JOIN companies bc ON bc.id = v.b_company_id \
     LEFT JOIN orders o ON o.id = v.order_id LEFT JOIN companies oc ON oc.id = o.approver_company_id \
     LEFT JOIN users u ON u.id = o.requested_by";

fn end(row: &Row<'_>, from: usize) -> rusqlite::Result<End> {
    Ok(End {
        company_id: row.get(from)?,
        company_uid: row.get(from + 1)?,
        company_name: row.get(from + 2)?,
        product_id: row.get(from + 3)?,
        product_uid: row.get(from + 4)?,
        product_name: row.get(from + 5)?,
        location_id: row.get(from + 6)?,
        location: row.get(from + 7)?,
        vlan: row.get(from + 8)?,
        inner_vlan: row.get(from + 9)?,
    })
}

fn approval(row: &Row<'_>, from: usize) -> rusqlite::Result<Option<Approval>> {
    let Some(id) = row.get::<_, Option<i64>>(from)? else { return Ok(None) };
    Ok(Some(Approval {
        id,
        uid: row.get(from + 1)?,
        kind: row.get(from + 2)?,
        status: row.get(from + 3)?,
        new_rate_limit_mbps: row.get(from + 4)?,
        old_rate_limit_mbps: row.get(from + 5)?,
        approver_company_id: row.get(from + 6)?,
        approver_name: row.get(from + 7)?,
        requested_by: row.get(from + 8)?,
        created_at: row.get(from + 9)?,
        expires_at: row.get(from + 10)?,
        decided_at: row.get(from + 11)?,
        decided_by: row.get(from + 12)?,
        reason: row.get(from + 13)?,
    }))
}

fn vxc(row: &Row<'_>) -> rusqlite::Result<Vxc> {
    Ok(Vxc {
        id: row.get(0)?,
        uid: row.get(1)?,
        service_id: row.get(2)?,
        name: row.get(3)?,
        status: row.get(4)?,
        accepted: row.get(5)?,
        rate_limit_mbps: row.get(6)?,
        distance_band: row.get(7)?,
        a_end: end(row, 8)?,
        b_end: end(row, 18)?,
        contract_term_months: row.get(28)?,
        cost_centre: row.get(29)?,
        promo_code: row.get(30)?,
        shutdown: row.get(31)?,
        created_at: row.get(32)?,
        live_at: row.get(33)?,
        terminate_at: row.get(34)?,
        due_at: row.get(35)?,
        deployed_at: row.get(36)?,
        approval_stale: row.get(37)?,
        approval: approval(row, 38)?,
    })
}

/// One by its uid.
pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Vxc>> {
    connection.prepare_cached(&format!("{VXC} WHERE v.uid = ?1"))?.query_row([uid], vxc).optional()
}

/// One by its number.
pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Vxc> {
    connection.prepare_cached(&format!("{VXC} WHERE v.id = ?1"))?.query_row([id], vxc)
}

/// The VXC an order is about, with that order as its approval, whichever order came after it.
pub(crate) fn by_order_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Vxc>> {
    let of_order = VXC.replace("LEFT JOIN orders o ON o.id = v.order_id", "JOIN orders o ON o.vxc_id = v.id");
    connection.prepare_cached(&format!("{of_order} WHERE o.uid = ?1"))?.query_row([uid], vxc).optional()
}

/// Calls `each` with every VXC that ends on a port, the A-Ends first; one with both ends there comes once.
pub(crate) fn each_on_product<E: From<rusqlite::Error>>(
    connection: &Connection,
    product_id: i64,
    mut each: impl FnMut(&Vxc) -> Result<(), E>,
) -> Result<(), E> {
    for condition in ["v.a_product_id = ?1", "v.b_product_id = ?1 AND v.a_product_id <> ?1"] {
        let mut statement = connection.prepare_cached(&format!("{VXC} WHERE {condition} ORDER BY v.id"))?;
        let mut rows = statement.query([product_id])?;
        while let Some(row) = rows.next()? {
            each(&vxc(row)?)?;
        }
    }
    Ok(())
}

/// The first few whose time has come, oldest first.
pub(crate) fn due(connection: &Connection, now: i64, limit: i64) -> rusqlite::Result<Vec<Vxc>> {
    connection
        .prepare_cached(&format!("{VXC} WHERE v.due_at <= ?1 ORDER BY v.due_at, v.id LIMIT ?2"))?
        .query_map(params![now, limit], vxc)?
        .collect()
}

/// Whether anything is due.
pub(crate) fn any_due(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM vxcs WHERE due_at <= ?1)")?
        .query_row([now], |row| row.get(0))
}

/// A VLAN in use on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenVlan {
    pub(crate) vlan: i64,
    pub(crate) inner_vlan: Option<i64>,
}

/// The VLANs in use on a port, in order: of every VXC that isn't over, at the A-End from the order on,
/// at the B-End from the acceptance on. `except` is left out.
pub(crate) fn taken_vlans(
    connection: &Connection,
    product_id: i64,
    except: Option<i64>,
) -> rusqlite::Result<Vec<TakenVlan>> {
    connection
        .prepare_cached(
            "SELECT a_vlan, a_inner_vlan FROM vxcs WHERE a_product_id = ?1 AND a_vlan IS NOT NULL \
             AND status NOT IN ('FAILED', 'CANCELLED', 'CANCELLED_PARENT', 'DECOMMISSIONED') AND id IS NOT ?2 \
             UNION ALL \
             SELECT b_vlan, b_inner_vlan FROM vxcs WHERE b_product_id = ?1 AND b_vlan IS NOT NULL AND accepted = 1 \
             AND status NOT IN ('FAILED', 'CANCELLED', 'CANCELLED_PARENT', 'DECOMMISSIONED') AND id IS NOT ?2 \
             ORDER BY 1",
        )?
        .query_map(params![product_id, except], |row| {
            Ok(TakenVlan { vlan: row.get(0)?, inner_vlan: row.get(1)? })
        })?
        .collect()
}

/// Where a VXC stands and what comes next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stage<'a> {
    pub(crate) status: &'a str,
    pub(crate) due_at: Option<i64>,
}

/// Moves a VXC on in its life.
pub(crate) fn set_stage(connection: &Connection, id: i64, stage: Stage<'_>) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE vxcs SET status = ?2, due_at = ?3 WHERE id = ?1")?.execute(params![
        id,
        stage.status,
        stage.due_at
    ])?;
    Ok(())
}

/// Notes when it went live.
pub(crate) fn set_live_at(connection: &Connection, id: i64, at: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE vxcs SET live_at = ?2 WHERE id = ?1")?.execute(params![id, at])?;
    Ok(())
}

/// Notes when it ended.
pub(crate) fn set_terminate_at(connection: &Connection, id: i64, at: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE vxcs SET terminate_at = ?2 WHERE id = ?1")?.execute(params![id, at])?;
    Ok(())
}

/// The B-End as its owner accepted it.
#[derive(Debug, Clone)]
pub(crate) struct AcceptedEnd {
    pub(crate) product_id: i64,
    pub(crate) vlan: Option<i64>,
    pub(crate) inner_vlan: Option<i64>,
}

/// Marks it as accepted and sends it into deployment.
pub(crate) fn accept(
    connection: &Connection,
    id: i64,
    end: &AcceptedEnd,
    due_at: i64,
    deployed_at: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE vxcs SET accepted = 1, status = 'DEPLOYABLE', b_product_id = ?2, b_vlan = ?3, b_inner_vlan = ?4, \
             due_at = ?5, deployed_at = ?6, approval_stale = 0 WHERE id = ?1",
        )?
        .execute(params![id, end.product_id, end.vlan, end.inner_vlan, due_at, deployed_at])?;
    Ok(())
}

/// Sets its rate limit.
pub(crate) fn set_rate_limit(connection: &Connection, id: i64, rate_limit_mbps: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE vxcs SET rate_limit_mbps = ?2 WHERE id = ?1")?
        .execute(params![id, rate_limit_mbps])?;
    Ok(())
}

/// A VXC that was just ordered: not accepted yet.
#[derive(Debug, Clone)]
pub(crate) struct NewVxc<'a> {
    pub(crate) uid: &'a str,
    pub(crate) name: &'a str,
    pub(crate) rate_limit_mbps: i64,
    pub(crate) distance_band: &'a str,
    pub(crate) a_product_id: i64,
    pub(crate) a_company_id: i64,
    pub(crate) a_vlan: Option<i64>,
    pub(crate) a_inner_vlan: Option<i64>,
    pub(crate) b_product_id: i64,
    pub(crate) b_company_id: i64,
    pub(crate) b_vlan: Option<i64>,
    pub(crate) b_inner_vlan: Option<i64>,
    pub(crate) contract_term_months: i64,
    pub(crate) cost_centre: Option<&'a str>,
    pub(crate) promo_code: Option<&'a str>,
    pub(crate) shutdown: bool,
    pub(crate) service_key_id: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) due_at: i64,
}

/// Adds it and answers its number.
pub(crate) fn insert(connection: &Connection, vxc: &NewVxc<'_>) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO vxcs (uid, service_id, name, status, accepted, rate_limit_mbps, distance_band, a_product_id, \
             a_company_id, a_vlan, a_inner_vlan, b_product_id, b_company_id, b_vlan, b_inner_vlan, \
             contract_term_months, cost_centre, promo_code, shutdown, service_key_id, created_at, due_at) \
             VALUES (?1, (SELECT coalesce(max(id), 1000000) + 7000001 FROM vxcs), ?2, 'DEPLOYABLE', 0, ?3, ?4, ?5, ?6, \
             ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )?
        .execute(params![
            vxc.uid,
            vxc.name,
            vxc.rate_limit_mbps,
            vxc.distance_band,
            vxc.a_product_id,
            vxc.a_company_id,
            vxc.a_vlan,
            vxc.a_inner_vlan,
            vxc.b_product_id,
            vxc.b_company_id,
            vxc.b_vlan,
            vxc.b_inner_vlan,
            vxc.contract_term_months,
            vxc.cost_centre,
            vxc.promo_code,
            vxc.shutdown,
            vxc.service_key_id,
            vxc.created_at,
            vxc.due_at
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Makes an order the one that `vxcApproval` speaks of.
pub(crate) fn set_order(connection: &Connection, id: i64, order_id: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE vxcs SET order_id = ?2, approval_stale = 0 WHERE id = ?1")?
        .execute(params![id, order_id])?;
    Ok(())
}

/// What its owners may change without asking.
#[derive(Debug, Clone)]
pub(crate) struct Attributes {
    pub(crate) name: String,
    pub(crate) cost_centre: Option<String>,
    pub(crate) contract_term_months: i64,
    pub(crate) shutdown: bool,
    pub(crate) a_product_id: i64,
    pub(crate) a_vlan: Option<i64>,
    pub(crate) a_inner_vlan: Option<i64>,
    pub(crate) b_product_id: i64,
    pub(crate) b_vlan: Option<i64>,
    pub(crate) b_inner_vlan: Option<i64>,
}

impl Attributes {
    pub(crate) fn of(vxc: &Vxc) -> Self {
        Attributes {
            name: vxc.name.clone(),
            cost_centre: vxc.cost_centre.clone(),
            contract_term_months: vxc.contract_term_months,
            shutdown: vxc.shutdown,
            a_product_id: vxc.a_end.product_id,
            a_vlan: vxc.a_end.vlan,
            a_inner_vlan: vxc.a_end.inner_vlan,
            b_product_id: vxc.b_end.product_id,
            b_vlan: vxc.b_end.vlan,
            b_inner_vlan: vxc.b_end.inner_vlan,
        }
    }
}

/// Writes them.
pub(crate) fn set_attributes(
    connection: &Connection,
    id: i64,
    attributes: &Attributes,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE vxcs SET name = ?2, cost_centre = ?3, contract_term_months = ?4, shutdown = ?5, a_product_id = ?6, \
             a_vlan = ?7, a_inner_vlan = ?8, b_product_id = ?9, b_vlan = ?10, b_inner_vlan = ?11 WHERE id = ?1",
        )?
        .execute(params![
            id,
            attributes.name,
            attributes.cost_centre,
            attributes.contract_term_months,
            attributes.shutdown,
            attributes.a_product_id,
            attributes.a_vlan,
            attributes.a_inner_vlan,
            attributes.b_product_id,
            attributes.b_vlan,
            attributes.b_inner_vlan
        ])?;
    Ok(())
}
