//! Converts VXCs of the API to approvals: what their markers really mean.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::api::vxc::{End as WireEnd, Vxc};
use crate::domain::approvals::Company;
use crate::domain::approvals::model::{
    Approval, CONNECTION_LIFE, Customer, Direction, End, Kind, Source, Status, WaitingOn,
};
use crate::domain::approvals::stage::Stage;
use crate::text::Uid;
use crate::text::id::begins_with;

/// Whether it is ordered and waits to be deployed, in the API's own word.
pub(crate) fn is_deployable(vxc: &Vxc) -> bool {
    stage_word(vxc).eq_ignore_ascii_case("DEPLOYABLE")
}

/// `provisioningStatus` without blanks around it; empty if it is missing.
fn stage_word(vxc: &Vxc) -> &str {
    vxc.provisioning_status.as_deref().unwrap_or_default().trim()
}

/// The status that leaves in doubt how a request stands: the marker's, or the VXC's if the marker doesn't tell.
pub(crate) fn doubtful_status(vxc: &Vxc) -> String {
    match vxc.vxc_approval.status.clone().filter(|_| !is_marked_pending(vxc)) {
        Some(status) => status,
        None if stage_word(vxc).is_empty() => "none".to_owned(),
        None => stage_word(vxc).to_owned(),
    }
}

/// The type of a VXC's marker; `None` without one. A pending marker without a type is of an unknown type.
pub(crate) fn kind_of(vxc: &Vxc) -> Option<Kind> {
    match vxc.vxc_approval.kind.as_deref().map(str::trim) {
        Some(kind) if kind.eq_ignore_ascii_case("NEW") => Some(Kind::Connection),
        Some(kind) if kind.eq_ignore_ascii_case("SPEED_CHANGE") => Some(Kind::SpeedChange),
        Some(_) => Some(Kind::Other),
        None => is_marked_pending(vxc).then_some(Kind::Other),
    }
}

/// The status of a marker in capitals, without the blanks around it; empty without one.
fn marker_of(vxc: &Vxc) -> String {
    marker_word(vxc).to_ascii_uppercase()
}

/// The same in any case.
fn marker_word(vxc: &Vxc) -> &str {
    vxc.vxc_approval.status.as_deref().unwrap_or_default().trim()
}

pub(super) fn is_marked_pending(vxc: &Vxc) -> bool {
    begins_with(marker_word(vxc), "PENDING")
}

/// Whether the marker has a status that portgate doesn't know, or doesn't go with the state of the VXC: it may be pending.
pub(crate) fn is_in_doubt(vxc: &Vxc) -> bool {
    const ENDED: [&str; 8] =
        ["", "APPROVED", "REJECTED", "DENIED", "EXPIRED", "WITHDRAWN", "FAILED", "CANCELLED"];
    let approval = &vxc.vxc_approval;
    if approval.uid.is_none() || ENDED.iter().any(|ended| marker_word(vxc).eq_ignore_ascii_case(ended)) {
        return false;
    }
    let stage = Stage::from_status(vxc.provisioning_status.as_deref());
    if is_marked_pending(vxc) {
        // A speed change is only possible on a VXC that is up.
        return kind_of(vxc) == Some(Kind::SpeedChange)
            && stage == Stage::Waiting
            && (approval.new_speed.is_none() || vxc.rate_limit != approval.new_speed);
    }
    match kind_of(vxc) {
        Some(Kind::SpeedChange) => {
            !stage.is_over() && (approval.new_speed.is_none() || vxc.rate_limit != approval.new_speed)
        }
        Some(Kind::Other) => !stage.is_over(),
        _ => stage == Stage::Waiting,
    }
}

/// Whether a decision is pending on a VXC without a request ID.
pub(crate) fn is_nameless(vxc: &Vxc) -> bool {
    vxc.vxc_approval.uid.is_none()
        && is_marked_pending(vxc)
        && !Stage::from_status(vxc.provisioning_status.as_deref()).is_over()
}

/// Whether a decision is really pending, according to both marker and VXC.
pub(crate) fn is_pending(vxc: &Vxc) -> bool {
    if !is_marked_pending(vxc) || vxc.vxc_approval.uid.is_none() {
        return false;
    }
    let stage = Stage::from_status(vxc.provisioning_status.as_deref());
    match kind_of(vxc) {
        Some(Kind::SpeedChange) => {
            stage == Stage::Up
                && (vxc.vxc_approval.new_speed.is_none() || vxc.rate_limit != vxc.vxc_approval.new_speed)
        }
        Some(Kind::Other) => !stage.is_over(),
        Some(_) => stage == Stage::Waiting,
        None => false,
    }
}

pub(crate) fn status_of(vxc: &Vxc, now: Timestamp) -> Status {
    if is_pending(vxc) {
        return Status::Pending;
    }
    if is_in_doubt(vxc) {
        return Status::Unknown;
    }
    let stage = Stage::from_status(vxc.provisioning_status.as_deref());
    let marker = marker_of(vxc);
    match (kind_of(vxc), stage) {
        // The marker was cleared but for its id: the speed that it asked for, or what it says, tells how it ended.
        (None, Stage::Up)
            if vxc.vxc_approval.new_speed.is_some() && vxc.rate_limit == vxc.vxc_approval.new_speed =>
        {
            Status::Accepted
        }
        (None, Stage::Up) if marker.is_empty() => status_of_message(vxc.vxc_approval.message.as_deref()),
        (Some(Kind::SpeedChange), Stage::Up) if vxc.vxc_approval.new_speed.is_none() => Status::Unknown,
        (Some(Kind::SpeedChange), Stage::Up) if vxc.rate_limit == vxc.vxc_approval.new_speed => {
            Status::Accepted
        }
        (Some(Kind::SpeedChange), Stage::Up) if marker == "REJECTED" => Status::Denied,
        (Some(Kind::SpeedChange), _) => Status::Unknown,
        (_, Stage::Up) => Status::Accepted,
        (_, Stage::Waiting) if marker == "APPROVED" => Status::Accepted,
        // Only what came up can have been accepted; what failed within 60 days can't have expired.
        (_, Stage::Decommissioned) if vxc.live_date.is_some() => Status::Accepted,
        (_, Stage::Cancelled) if vxc.live_date.is_some() => Status::Accepted,
        (_, Stage::Cancelled) => Status::Withdrawn,
        // It was accepted and could not be carried out.
        (_, Stage::Failed) if marker == "APPROVED" => Status::Failed,
        (_, Stage::Failed) => {
            match vxc.create_date.and_then(|created| created.checked_add(CONNECTION_LIFE).ok()) {
                Some(expiry) if now < expiry => Status::Denied,
                _ => marker_verdict(&marker),
            }
        }
        (_, Stage::Decommissioned | Stage::Waiting) => marker_verdict(&marker),
    }
}

/// What a marker says for itself where the VXC doesn't tell.
fn marker_verdict(marker: &str) -> Status {
    match marker {
        "APPROVED" => Status::Accepted,
        "REJECTED" | "DENIED" => Status::Denied,
        "EXPIRED" => Status::Expired,
        "WITHDRAWN" => Status::Withdrawn,
        _ => Status::Unknown,
    }
}

/// Turns a VXC with a marker into an approval, seen by `company`; the product it was found `under` tells which end is mine
/// where no owner does. `None` where it has no marker with an id.
pub(crate) fn approval_of(
    vxc: &Vxc,
    raw: Map<String, Value>,
    company: &Company,
    under: Option<&Uid>,
    now: Timestamp,
) -> Option<Approval> {
    let id = vxc.vxc_approval.uid.clone()?;
    // A marker that was cleared but for its id still says which request it was: on a VXC that is up and was not marked
    // as approved, a speed change.
    let cleared = vxc.vxc_approval.status.is_none();
    let is_up = Stage::from_status(vxc.provisioning_status.as_deref()) == Stage::Up;
    let kind = kind_of(vxc).unwrap_or(if cleared && is_up { Kind::SpeedChange } else { Kind::Connection });
    let mine = |end: &WireEnd| {
        company.has_uid(end.owner_uid.as_ref())
            || (end.owner_uid.is_none() && end.product_uid.is_some() && end.product_uid.as_ref() == under)
    };
    let direction = match (mine(&vxc.a_end), mine(&vxc.b_end)) {
        (true, true) => Some(Direction::Internal),
        (false, true) => Some(Direction::Incoming),
        (true, false) => Some(Direction::Outgoing),
        (false, false) => None,
    };
    let status = status_of(vxc, now);
    let waiting_on = match marker_of(vxc).as_str() {
        _ if status != Status::Pending => None,
        "PENDING_INTERNAL" => Some(WaitingOn::Me),
        "PENDING_EXTERNAL" => Some(WaitingOn::Them),
        _ => None,
    };
    let wire_status = match is_in_doubt(vxc) {
        true => Some(doubtful_status(vxc)),
        // It is pending, but not for whom portgate knows.
        false => {
            vxc.vxc_approval.status.clone().filter(|_| status == Status::Pending && waiting_on.is_none())
        }
    };
    let is_connection = kind == Kind::Connection;
    let customer_uid = vxc.a_end.owner_uid.clone().or_else(|| vxc.company_uid.clone());
    let customer_name = if direction == Some(Direction::Outgoing) {
        company.name.clone().or_else(|| vxc.company_name.clone())
    } else {
        vxc.company_name.clone()
    };
    let created_at = if is_connection { vxc.create_date } else { None };
    Some(Approval {
        id,
        source: Source::Marketplace,
        kind,
        wire_type: vxc.vxc_approval.kind.clone().filter(|_| kind == Kind::Other),
        direction,
        status,
        wire_status,
        waiting_on,
        name: vxc.product_name.clone(),
        vxc_uid: vxc.product_uid.clone(),
        customer: Customer { uid: customer_uid, name: customer_name, is_new: None },
        a_end: Some(end_of(&vxc.a_end)),
        b_end: Some(end_of(&vxc.b_end)),
        rate_limit_mbps: vxc.rate_limit,
        new_rate_limit_mbps: if is_connection { None } else { vxc.vxc_approval.new_speed },
        created_at,
        expires_at: created_at.and_then(|created| created.checked_add(CONNECTION_LIFE).ok()),
        // Beside a stale PENDING the message still names who must approve, not who did.
        message: vxc.vxc_approval.message.clone().filter(|_| is_marked_pending(vxc)),
        decided_message: vxc
            .vxc_approval
            .message
            .clone()
            .filter(|said| !is_marked_pending(vxc) && tells_decision(said)),
        extra: extra_of(raw).into(),
        ..Approval::default()
    })
}

/// Whether a message tells of a decision. The name of the party that had to approve may stay there, too, and says
/// nothing of who did.
fn tells_decision(message: &str) -> bool {
    status_of_message(Some(message)) != Status::Unknown
}

/// The status that a message tells of, such as "denied by ...".
fn status_of_message(message: Option<&str>) -> Status {
    let message = message.unwrap_or_default().to_lowercase();
    match message.split_whitespace().next() {
        Some("accepted" | "approved") => Status::Accepted,
        Some("denied" | "rejected") => Status::Denied,
        Some("expired") => Status::Expired,
        Some("withdrawn") => Status::Withdrawn,
        _ => Status::Unknown,
    }
}

pub(super) fn end_of(end: &WireEnd) -> End {
    End {
        product_uid: end.product_uid.clone(),
        product_name: end.product_name.clone(),
        location: end.location.clone(),
        vlan: end.vlan,
        inner_vlan: end.inner_vlan,
    }
}

fn extra_of(mut raw: Map<String, Value>) -> Map<String, Value> {
    for told in ["productUid", "productName", "rateLimit", "createDate", "vxcApproval"] {
        raw.shift_remove(told);
    }
    for end in ["aEnd", "bEnd"] {
        if let Some(Value::Object(fields)) = raw.get_mut(end) {
            for told in ["productUid", "productName", "location", "vlan", "innerVlan"] {
                fields.shift_remove(told);
            }
        }
    }
    raw
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vxc(status: &str, kind: &str, marker: &str, rate: u64, new_speed: Value) -> Vxc {
        serde_json::from_value(json!({
            "productUid": "v", "provisioningStatus": status, "rateLimit": rate,
            "createDate": 1_767_225_600_000_u64,
            "aEnd": {"ownerUid": "them"}, "bEnd": {"ownerUid": "us"},
            "vxcApproval": {"status": marker, "uid": "id", "type": kind, "newSpeed": new_speed},
        }))
        .unwrap()
    }

    fn soon() -> Timestamp {
        Timestamp::from_millisecond(1_767_225_600_000 + 86_400_000).unwrap()
    }

    #[test]
    fn a_marker_on_a_vxc_that_is_up_is_stale() {
        for status in ["LIVE", "CONFIGURED"] {
            let vxc = vxc(status, "NEW", "PENDING_INTERNAL", 500, Value::Null);
            assert!(!is_pending(&vxc));
            assert_eq!(status_of(&vxc, soon()), Status::Accepted);
        }
        for status in ["FAILED", "CANCELLED", "CANCELLED_PARENT", "DECOMMISSIONED"] {
            assert!(!is_pending(&vxc(status, "NEW", "PENDING_INTERNAL", 500, Value::Null)), "{status}");
        }
        assert!(is_pending(&vxc("DEPLOYABLE", "NEW", "PENDING_EXTERNAL", 500, Value::Null)));
    }

    #[test]
    fn a_speed_change_is_pending_only_while_the_vxc_is_up_at_another_speed() {
        assert!(is_pending(&vxc("LIVE", "SPEED_CHANGE", "PENDING_INTERNAL", 200, json!("1000"))));
        assert!(!is_pending(&vxc("LIVE", "SPEED_CHANGE", "PENDING_INTERNAL", 1000, json!(1000))));
        assert!(!is_pending(&vxc("DEPLOYABLE", "SPEED_CHANGE", "PENDING_INTERNAL", 200, json!(1000))));
        let done = vxc("LIVE", "SPEED_CHANGE", "PENDING_INTERNAL", 1000, json!(1000));
        assert_eq!(status_of(&done, soon()), Status::Accepted);
    }

    #[test]
    fn what_failed_within_sixty_days_was_denied_and_later_may_have_expired() {
        let failed = vxc("FAILED", "NEW", "PENDING_INTERNAL", 500, Value::Null);
        assert_eq!(status_of(&failed, soon()), Status::Denied);
        let later = soon().checked_add(CONNECTION_LIFE).unwrap();
        assert_eq!(status_of(&failed, later), Status::Unknown);
    }

    #[test]
    fn direction_follows_the_owners_and_not_the_marker() {
        let company = Company { uid: Some("us".into()), name: None, id: None };
        let of = |vxc: &Vxc| approval_of(vxc, Map::new(), &company, None, soon()).unwrap();
        let mut vxc = vxc("DEPLOYABLE", "NEW", "PENDING_INTERNAL", 500, Value::Null);
        assert_eq!(of(&vxc).direction, Some(Direction::Incoming));
        vxc.a_end.owner_uid = Some("us".into());
        assert_eq!(of(&vxc).direction, Some(Direction::Internal));
        vxc.b_end.owner_uid = Some("them".into());
        assert_eq!(of(&vxc).direction, Some(Direction::Outgoing));
        assert_eq!(of(&vxc).waiting_on, Some(WaitingOn::Me));
        assert!(!of(&vxc).is_in_all());
    }

    #[test]
    fn a_marker_cleared_but_for_its_id_is_not_taken_for_an_acceptance() {
        let company = Company { uid: Some("us".into()), name: None, id: None };
        let mut cleared = vxc("LIVE", "SPEED_CHANGE", "PENDING_INTERNAL", 200, json!(1000));
        cleared.vxc_approval.status = None;
        cleared.vxc_approval.kind = None;
        cleared.vxc_approval.new_speed = None;
        let of = |vxc: &Vxc| approval_of(vxc, Map::new(), &company, None, soon()).unwrap();
        assert_eq!((of(&cleared).kind, of(&cleared).status), (Kind::SpeedChange, Status::Unknown));
        cleared.vxc_approval.message = Some("denied by Somebody".into());
        assert_eq!(of(&cleared).status, Status::Denied);
    }

    #[test]
    fn a_marker_that_waits_and_does_not_say_for_what_is_of_an_unknown_type() {
        let company = Company { uid: Some("us".into()), name: None, id: None };
        let mut nameless = vxc("DEPLOYABLE", "NEW", "PENDING_INTERNAL", 500, Value::Null);
        nameless.vxc_approval.kind = None;
        let approval = approval_of(&nameless, Map::new(), &company, None, soon()).unwrap();
        assert_eq!((approval.kind, approval.status), (Kind::Other, Status::Pending));
        assert!(approval.waits_on_me() && !approval.is_understood());
    }

    #[test]
    fn a_speed_change_has_no_date() {
        let company = Company { uid: Some("us".into()), name: None, id: None };
        let change = vxc("LIVE", "SPEED_CHANGE", "PENDING_INTERNAL", 200, json!(1000));
        let approval = approval_of(&change, Map::new(), &company, None, soon()).unwrap();
        assert_eq!((approval.created_at, approval.expires_at), (None, None));
    }

    #[test]
    fn a_status_of_provisioning_says_the_stage() {
        assert_eq!(Stage::from_status(Some("CANCELLED_PARENT")), Stage::Cancelled);
        assert_eq!(Stage::from_status(Some("DEPLOYABLE")), Stage::Waiting);
    }
}
