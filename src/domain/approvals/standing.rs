//! The standing of a request, read from its VXC.

use jiff::Timestamp;

use crate::api::vxc::Vxc;
use crate::domain::approvals::marketplace::{
    is_deployable, is_in_doubt, is_marked_pending, is_pending, kind_of, status_of,
};
use crate::domain::approvals::model::{CONNECTION_LIFE, Decision, Kind, Status};
use crate::domain::approvals::stage::Stage;
use crate::text::{Mbps, Uid};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    /// Decided. `certain` if the VXC says so, rather than inferred from missing data.
    Decided {
        decision: Decision,
        /// Whether later reads can't contradict it.
        certain: bool,
    },
    /// Another request or speed is pending instead.
    Changed,
    /// Ended without our decision, as far as known.
    Over(Status),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought<'a> {
    pub(crate) id: &'a Uid,
    pub(crate) kind: Kind,
    /// Mbps a speed change asked for, where known.
    pub(crate) new_rate_limit_mbps: Option<Mbps>,
}

/// Where a request stands (megaport-api.md, "Reading back").
pub(crate) fn standing_of(vxc: &Vxc, sought: Sought<'_>, now: Timestamp) -> Standing {
    let same_id = vxc.vxc_approval.uid.as_ref() == Some(sought.id);
    if same_id && is_pending(vxc) {
        let same_kind = kind_of(vxc) == Some(sought.kind);
        let same_speed =
            sought.new_rate_limit_mbps.is_none_or(|speed| vxc.vxc_approval.new_speed == Some(speed));
        let same = same_kind && (sought.kind != Kind::SpeedChange || same_speed);
        return if same { Standing::Pending } else { Standing::Changed };
    }
    if same_id && is_in_doubt(vxc) {
        return Standing::Over(Status::Unknown);
    }
    match sought.kind {
        Kind::SpeedChange => speed_change(vxc, sought, same_id, now),
        _ => connection(vxc, same_id, now),
    }
}

fn connection(vxc: &Vxc, same_id: bool, now: Timestamp) -> Standing {
    let decided = |decision| Standing::Decided { decision, certain: true };
    match Stage::from_status(vxc.provisioning_status.as_deref()) {
        Stage::Up => decided(Decision::Accept),
        // The marker is gone and the VXC is being deployed: it was accepted.
        Stage::Waiting if !same_id || !is_marked_pending(vxc) => match status_of(vxc, now) {
            Status::Denied => decided(Decision::Deny),
            Status::Pending => Standing::Changed,
            // Any other stage than that of an accepted one (confirmed) may mean something else.
            _ if is_deployable(vxc) => decided(Decision::Accept),
            _ => Standing::Over(Status::Unknown),
        },
        Stage::Waiting => Standing::Changed,
        Stage::Cancelled | Stage::Decommissioned if vxc.live_date.is_some() => decided(Decision::Accept),
        Stage::Cancelled => Standing::Over(Status::Withdrawn),
        Stage::Failed | Stage::Decommissioned => {
            let marker = status_of(vxc, now);
            let expiry = vxc.create_date.and_then(|created| created.checked_add(CONNECTION_LIFE).ok());
            match (marker, expiry) {
                (Status::Accepted, _) => decided(Decision::Accept),
                (Status::Denied, _) => decided(Decision::Deny),
                (Status::Expired | Status::Failed, _) => Standing::Over(marker),
                (_, Some(expiry)) if now < expiry => decided(Decision::Deny),
                _ => Standing::Over(Status::Unknown),
            }
        }
    }
}

fn speed_change(vxc: &Vxc, sought: Sought<'_>, same_id: bool, now: Timestamp) -> Standing {
    let asked = sought.new_rate_limit_mbps.or(if same_id { vxc.vxc_approval.new_speed } else { None });
    if asked.is_some() && vxc.rate_limit == asked {
        return Standing::Decided { decision: Decision::Accept, certain: true };
    }
    // A marker that was cleared but for its id may still say outright how it ended.
    match status_of(vxc, now) {
        Status::Denied if same_id => return Standing::Decided { decision: Decision::Deny, certain: true },
        Status::Accepted if same_id && asked.is_none() => {
            return Standing::Decided { decision: Decision::Accept, certain: true };
        }
        _ => {}
    }
    if Stage::from_status(vxc.provisioning_status.as_deref()) != Stage::Up
        || asked.is_none()
        || vxc.rate_limit.is_none()
    {
        return Standing::Over(Status::Unknown);
    }
    if !same_id && is_marked_pending(vxc) {
        // Another request has taken its place: it was superseded, or denied before.
        return Standing::Over(Status::Unknown);
    }
    Standing::Decided { decision: Decision::Deny, certain: false }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::{Value, json};

    use super::*;

    fn vxc(status: &str, rate: u64, approval: Value) -> Vxc {
        serde_json::from_value(json!({
            "productUid": "v", "provisioningStatus": status, "rateLimit": rate,
            "createDate": 1_767_225_600_000_u64, "vxcApproval": approval,
        }))
        .unwrap()
    }

    fn at_day(days: i64) -> Timestamp {
        Timestamp::from_millisecond(1_767_225_600_000 + days * 86_400_000).unwrap()
    }

    static ID: LazyLock<Uid> = LazyLock::new(|| "ID".into());

    fn connection_sought() -> Sought<'static> {
        Sought { id: &ID, kind: Kind::Connection, new_rate_limit_mbps: None }
    }

    fn speed_sought() -> Sought<'static> {
        Sought { id: &ID, kind: Kind::SpeedChange, new_rate_limit_mbps: Some(Mbps(1000)) }
    }

    const ACCEPTED: Standing = Standing::Decided { decision: Decision::Accept, certain: true };
    const DENIED: Standing = Standing::Decided { decision: Decision::Deny, certain: true };

    #[test]
    fn a_connection_is_read_from_its_vxc() {
        let pending = json!({"status": "PENDING_INTERNAL", "uid": "id", "type": "NEW"});
        let none = json!({"status": null, "uid": null, "type": null});
        let approved = json!({"status": "APPROVED", "uid": "id"});
        let of = |status: &str, marker: &Value, days| {
            standing_of(&vxc(status, 500, marker.clone()), connection_sought(), at_day(days))
        };
        assert_eq!(of("DEPLOYABLE", &pending, 1), Standing::Pending);
        assert_eq!(of("DEPLOYABLE", &none, 1), ACCEPTED);
        assert_eq!(of("DEPLOYABLE", &approved, 1), ACCEPTED);
        for unknown in ["ON_HOLD", "DESIGN", ""] {
            assert_eq!(of(unknown, &none, 1), Standing::Over(Status::Unknown), "{unknown}");
        }
        assert_eq!(of("LIVE", &pending, 1), ACCEPTED);
        assert_eq!(of("FAILED", &pending, 1), DENIED);
        assert_eq!(of("FAILED", &none, 61), Standing::Over(Status::Unknown));
        assert_eq!(of("CANCELLED", &none, 1), Standing::Over(Status::Withdrawn));
    }

    #[test]
    fn a_speed_change_is_read_from_the_rate_limit() {
        let pending =
            json!({"status": "PENDING_INTERNAL", "uid": "id", "type": "SPEED_CHANGE", "newSpeed": 1000});
        let faster =
            json!({"status": "PENDING_INTERNAL", "uid": "id", "type": "SPEED_CHANGE", "newSpeed": 2000});
        let other =
            json!({"status": "PENDING_INTERNAL", "uid": "other", "type": "SPEED_CHANGE", "newSpeed": 2000});
        let none = json!({"status": null, "uid": null, "type": null});
        let of =
            |rate, marker: &Value| standing_of(&vxc("LIVE", rate, marker.clone()), speed_sought(), at_day(1));
        assert_eq!(of(200, &pending), Standing::Pending);
        assert_eq!(of(200, &faster), Standing::Changed);
        let denied = json!({"status": null, "uid": "id", "type": null, "message": "denied by Somebody"});
        assert_eq!(of(200, &denied), DENIED);
        let unknown_speed = Sought { new_rate_limit_mbps: None, ..speed_sought() };
        assert_eq!(standing_of(&vxc("LIVE", 200, denied), unknown_speed, at_day(1)), DENIED);
        assert_eq!(of(1000, &none), ACCEPTED);
        assert_eq!(of(200, &none), Standing::Decided { decision: Decision::Deny, certain: false });
        assert_eq!(of(200, &other), Standing::Over(Status::Unknown));
        // Nothing is inferred where it isn't up, or where it isn't known what was asked for.
        for (status, sought) in [("DECOMMISSIONED", speed_sought()), ("LIVE", unknown_speed)] {
            let standing = standing_of(&vxc(status, 200, none.clone()), sought, at_day(1));
            assert_eq!(standing, Standing::Over(Status::Unknown));
        }
    }

    #[test]
    fn what_was_decided_is_inferred_from_how_far_the_vxc_has_come() {
        let marker = |status: &str| json!({"status": status, "uid": "id", "type": "NEW"});
        let other = json!({"status": "PENDING_INTERNAL", "uid": "other", "type": "NEW"});
        for (status, marker, was_up, days, expected) in [
            ("CONFIGURED", marker("REJECTED"), true, 1, ACCEPTED),
            ("DECOMMISSIONED", marker("PENDING_INTERNAL"), true, 90, ACCEPTED),
            ("CANCELLED", marker("REJECTED"), true, 90, ACCEPTED),
            ("CANCELLED", marker("REJECTED"), false, 1, Standing::Over(Status::Withdrawn)),
            ("DEPLOYABLE", marker("REJECTED"), false, 1, DENIED),
            ("DEPLOYABLE", other, false, 1, Standing::Changed),
            ("FAILED", marker("REJECTED"), false, 90, DENIED),
            ("FAILED", marker("APPROVED"), false, 1, Standing::Over(Status::Failed)),
            ("DECOMMISSIONED", marker("APPROVED"), false, 1, ACCEPTED),
            ("FAILED", marker("EXPIRED"), false, 90, Standing::Over(Status::Expired)),
            ("DECOMMISSIONED", marker("PENDING_INTERNAL"), false, 59, DENIED),
            ("DECOMMISSIONED", marker("PENDING_INTERNAL"), false, 60, Standing::Over(Status::Unknown)),
        ] {
            let mut vxc = vxc(status, 500, marker.clone());
            vxc.live_date = was_up.then(|| at_day(0));
            assert_eq!(
                standing_of(&vxc, connection_sought(), at_day(days)),
                expected,
                "{status} {marker} {days}"
            );
        }
    }
}
