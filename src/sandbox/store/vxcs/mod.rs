//! VXCs, each with its ends and the order that its `vxcApproval` speaks of.

mod changes;

use rusqlite::{Connection, params};

use super::orders::{OrderStatus, OrderType};
use super::record::{Columns as _, Record as _, rows, value};
pub(crate) use changes::{
    AcceptedEnd, Attributes, NewVxc, Stage, accept, set_live_at, set_order, set_rate_limit, set_stage,
    set_terminate_at,
};

/// The statuses in which a VXC is over.
pub(crate) const OVER: [&str; 4] = ["FAILED", "CANCELLED", "CANCELLED_PARENT", "DECOMMISSIONED"];

record! {
    /// One end of a VXC, with the port it is on.
    #[derive(Debug, Clone)]
    End {
        company_id: i64 = in "v.{}_company_id";
        company_uid: String = in "{}c.uid";
        company_name: String = in "{}c.name";
        product_id: i64 = in "v.{}_product_id";
        product_uid: String = in "{}p.uid";
        product_name: String = in "{}p.name";
        location_id: i64 = in "{}p.location_id";
        location: String = in "{}l.name";
        vlan: Option<i64> = in "v.{}_vlan";
        inner_vlan: Option<i64> = in "v.{}_inner_vlan";
    }
}

record! {
    /// The order behind a VXC's `vxcApproval`.
    #[derive(Debug, Clone)]
    Approval {
        id: i64;
        uid: String;
        kind: OrderType = in "{}.type";
        status: OrderStatus;
        new_rate_limit_mbps: Option<i64>;
        old_rate_limit_mbps: Option<i64>;
        approver_company_id: i64;
        approver_name: String = in "(SELECT name FROM companies WHERE id = {}.approver_company_id)";
        requested_by: Option<String> = in "(SELECT first_name || ' ' || last_name FROM users WHERE id = {}.requested_by)";
        created_at: i64;
        expires_at: Option<i64>;
        decided_at: Option<i64>;
        decided_by: Option<String>;
        /// The company that `decided_by` is a person of.
        decided_by_company_id: Option<i64>;
        reason: Option<String>;
    }
}

record! {
    /// A VXC. Its customer is the A-End's company.
    #[derive(Debug, Clone)]
    Vxc as "v" {
        id: i64;
        uid: String;
        service_id: i64;
        name: String;
        status: String;
        accepted: bool;
        rate_limit_mbps: i64;
        distance_band: String;
        a_end: End as "a";
        b_end: End as "b";
        contract_term_months: i64;
        cost_centre: Option<String>;
        promo_code: Option<String>;
        shutdown: bool;
        created_at: i64;
        live_at: Option<i64>;
        terminate_at: Option<i64>;
        due_at: Option<i64>;
        deployed_at: Option<i64>;
        approval_stale: bool;
        approval: Option<Approval> as "o";
    } from "vxcs v \
        JOIN products ap ON ap.id = v.a_product_id JOIN locations al ON al.id = ap.location_id \
        JOIN companies ac ON ac.id = v.a_company_id \
        JOIN products bp ON bp.id = v.b_product_id JOIN locations bl ON bl.id = bp.location_id \
        JOIN companies bc ON bc.id = v.b_company_id"
}

/// Joins the order that counts as a VXC's approval.
const WITH_ORDER: &str = "LEFT JOIN orders o ON o.id = v.order_id";

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

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Vxc>> {
    Vxc::find(connection, &format!("{WITH_ORDER} WHERE v.uid = ?1"), [uid])
}

pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Vxc> {
    Vxc::get(connection, &format!("{WITH_ORDER} WHERE v.id = ?1"), [id])
}

/// The VXC an order is about, with that order as its approval, whichever order came after it.
pub(crate) fn by_order_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Vxc>> {
    Vxc::find(connection, "JOIN orders o ON o.vxc_id = v.id WHERE o.uid = ?1", [uid])
}

/// The VXCs that end on a port, the A-Ends first; one with both ends there comes once.
pub(crate) fn ids_on_product(connection: &Connection, product_id: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT id, 0 AS side FROM vxcs WHERE a_product_id = ?1 UNION ALL \
             SELECT id, 1 FROM vxcs WHERE b_product_id = ?1 AND a_product_id <> ?1 ORDER BY side, id",
        )?
        .query_map([product_id], |row| row.get("id"))?
        .collect()
}

/// Calls `each` with every one of these VXCs.
pub(crate) fn for_each<E: From<rusqlite::Error>>(
    connection: &Connection,
    ids: impl IntoIterator<Item = i64>,
    mut each: impl FnMut(&Vxc) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement =
        connection.prepare_cached(&format!("{} {WITH_ORDER} WHERE v.id = ?1", Vxc::select()))?;
    for id in ids {
        each(&statement.query_row([id], |row| Vxc::read(row, 0))?)?;
    }
    Ok(())
}

/// The first few whose time has come, oldest first.
pub(crate) fn due(connection: &Connection, now: i64, limit: i64) -> rusqlite::Result<Vec<Vxc>> {
    let rest = format!("{WITH_ORDER} WHERE v.due_at <= ?1 ORDER BY v.due_at, v.id LIMIT ?2");
    Vxc::list(connection, &rest, [now, limit])
}

pub(crate) fn any_due(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    value(connection, "SELECT EXISTS (SELECT 1 FROM vxcs WHERE due_at <= ?1)", [now])
}

record! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    TakenVlan {
        vlan: i64;
        inner_vlan: Option<i64>;
    }
}

/// The VLANs in use on a port, in order: of every VXC that isn't over, at the A-End from the order on,
/// at the B-End from the acceptance on. `except` is left out.
pub(crate) fn taken_vlans(
    connection: &Connection,
    product_id: i64,
    except: Option<i64>,
) -> rusqlite::Result<Vec<TakenVlan>> {
    rows(
        connection,
        "SELECT a_vlan AS vlan, a_inner_vlan AS inner_vlan FROM vxcs WHERE a_product_id = ?1 AND a_vlan IS NOT NULL \
         AND status NOT IN ('FAILED', 'DECOMMISSIONED') AND id IS NOT ?2 \
         UNION ALL \
         SELECT b_vlan, b_inner_vlan FROM vxcs WHERE b_product_id = ?1 AND b_vlan IS NOT NULL AND accepted = 1 \
         AND status NOT IN ('FAILED', 'DECOMMISSIONED') AND id IS NOT ?2 \
         ORDER BY vlan",
        params![product_id, except],
    )
}
