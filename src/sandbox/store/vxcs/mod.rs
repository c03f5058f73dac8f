//! VXCs, each with its ends and the order that its `vxcApproval` speaks of.

mod changes;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::orders::{OrderStatus, OrderType};
pub(crate) use changes::{
    AcceptedEnd, Attributes, NewVxc, Stage, accept, insert, set_attributes, set_live_at, set_order,
    set_rate_limit, set_stage, set_terminate_at,
};

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
    /// The company that `decided_by` is a person of.
    pub(crate) decided_by_company_id: Option<i64>,
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
    pub(crate) fn pending(&self) -> Option<&Approval> {
        self.approval.as_ref().filter(|approval| approval.status == OrderStatus::Pending)
    }

    /// Who decided the order, as a company may know it: a person to its own company, to the other one that company.
    pub(crate) fn decided_by(&self, reader_company_id: i64) -> Option<&str> {
        let approval = self.approval.as_ref()?;
        match approval.decided_by_company_id {
            Some(company_id) if company_id != reader_company_id => {
                Some(if company_id == self.a_end.company_id {
                    &self.a_end.company_name
                } else {
                    &approval.approver_name
                })
            }
            _ => approval.decided_by.as_deref(),
        }
    }

    pub(crate) fn concerns(&self, company_id: i64) -> bool {
        self.a_end.company_id == company_id || self.b_end.company_id == company_id
    }

    pub(crate) fn is_over(&self) -> bool {
        OVER.contains(&self.status.as_str())
    }
}

/// The columns that [`vxc`] reads, in its order: a list has thousands of rows of fifty, and a look-up by name walks the
/// columns each time. The parameter joins the order that counts as the VXC's approval.
macro_rules! select_vxc {
    ($join:literal) => {
        concat!(
            "SELECT v.id, v.uid, v.service_id, v.name, v.status, v.accepted, v.rate_limit_mbps, \
     v.distance_band, \
     v.a_company_id, ac.uid, ac.name, v.a_product_id, ap.uid, ap.name, ap.location_id, al.name, v.a_vlan, \
     v.a_inner_vlan, \
     v.b_company_id, bc.uid, bc.name, v.b_product_id, bp.uid, bp.name, bp.location_id, bl.name, v.b_vlan, \
     v.b_inner_vlan, \
     v.contract_term_months, v.cost_centre, v.promo_code, v.shutdown, v.created_at, v.live_at, \
     v.terminate_at, v.due_at, v.deployed_at, v.approval_stale, \
     o.id, o.uid, o.type, o.status, o.new_rate_limit_mbps, o.old_rate_limit_mbps, o.approver_company_id, oc.name, \
     u.first_name || ' ' || u.last_name, o.created_at, o.expires_at, o.decided_at, o.decided_by, o.reason, \
     o.decided_by_company_id \
     FROM vxcs v \
     JOIN products ap ON ap.id = v.a_product_id JOIN locations al ON al.id = ap.location_id \
     JOIN companies ac ON ac.id = v.a_company_id \
     JOIN products bp ON bp.id = v.b_product_id JOIN locations bl ON bl.id = bp.location_id \
     JOIN companies bc ON bc.id = v.b_company_id \
     ",
            $join,
            " LEFT JOIN companies oc ON oc.id = o.approver_company_id \
     LEFT JOIN users u ON u.id = o.requested_by"
        )
    };
}

const VXC: &str = select_vxc!("LEFT JOIN orders o ON o.id = v.order_id");
const VXC_OF_ORDER: &str = select_vxc!("JOIN orders o ON o.vxc_id = v.id");

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
        decided_by_company_id: row.get(from + 14)?,
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

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Vxc>> {
    connection.prepare_cached(&format!("{VXC} WHERE v.uid = ?1"))?.query_row([uid], vxc).optional()
}

pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Vxc> {
    connection.prepare_cached(&format!("{VXC} WHERE v.id = ?1"))?.query_row([id], vxc)
}

/// The VXC an order is about, with that order as its approval, whichever order came after it.
pub(crate) fn by_order_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Vxc>> {
    connection.prepare_cached(&format!("{VXC_OF_ORDER} WHERE o.uid = ?1"))?.query_row([uid], vxc).optional()
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

pub(crate) fn any_due(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM vxcs WHERE due_at <= ?1)")?
        .query_row([now], |row| row.get(0))
}

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
