//! The states of a request: each combination of what the wire says of it comes to one, and all ways to read it agree.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::wire::check_approval;
use crate::api::vxc::Vxc;
use crate::domain::approvals::marketplace::{approval_of, is_pending};
use crate::domain::approvals::stage::Stage;
use crate::domain::approvals::standing::{Sought, Standing, standing_of};
use crate::domain::approvals::{Approval, Company, Decision, Kind, Status};
use crate::text::Mbps;

const STAGES: [&str; 8] = [
    "DEPLOYABLE",
    "CONFIGURED",
    "LIVE",
    "FAILED",
    "CANCELLED",
    "CANCELLED_PARENT",
    "DECOMMISSIONED",
    "NEW_ONE",
];
const MARKERS: [Option<&str>; 8] = [
    None,
    Some("PENDING_INTERNAL"),
    Some("PENDING_EXTERNAL"),
    Some("APPROVED"),
    Some("REJECTED"),
    Some("EXPIRED"),
    Some("WITHDRAWN"),
    Some("UNKNOWN_ONE"),
];
const KINDS: [Option<&str>; 4] = [None, Some("NEW"), Some("SPEED_CHANGE"), Some("TERMINATION")];
const MESSAGES: [Option<&str>; 3] = [None, Some("Example Cloud Connect"), Some("denied by Somebody")];
const CREATED: i64 = 1_767_225_600_000;

fn at_day(day: i64) -> Timestamp {
    Timestamp::from_millisecond(CREATED + day * 86_400_000).unwrap()
}

fn each_vxc(mut look: impl FnMut(&Vxc)) {
    for stage in STAGES {
        for marker in MARKERS {
            for kind in KINDS {
                for message in MESSAGES {
                    for new_speed in [Value::Null, json!("1000"), json!(2000)] {
                        for rate in [Value::Null, json!(1000)] {
                            for lived in [false, true] {
                                let vxc = json!({
                                    "productUid": "v", "provisioningStatus": stage, "rateLimit": rate,
                                    "createDate": CREATED, "liveDate": lived.then_some(CREATED + 1),
                                    "vxcApproval": {"uid": "id", "status": marker, "type": kind,
                                        "message": message, "newSpeed": new_speed},
                                });
                                look(&serde_json::from_value(vxc).unwrap());
                            }
                        }
                    }
                }
            }
        }
    }
}

fn read(vxc: &Vxc, day: i64) -> Approval {
    approval_of(vxc, Map::new(), &Company::default(), None, at_day(day)).unwrap()
}

#[test]
fn what_is_pending_is_never_called_decided_and_what_is_final_never_becomes_pending() {
    each_vxc(|vxc| {
        let seen: Vec<Status> = [0, 59, 60, 400].map(|day| read(vxc, day).status).to_vec();
        let approval = read(vxc, 0);
        check_approval(&approval);
        // Time alone makes nothing pending and decides nothing.
        assert!(seen.iter().all(|status| (*status == Status::Pending) == is_pending(vxc)), "{vxc:?}");
        let decided = [Status::Accepted, Status::Denied];
        assert!(
            seen.windows(2).all(|two| two[0] == two[1] || !decided.contains(&two[1])),
            "{seen:?} of {vxc:?}"
        );
        let stage = Stage::from_status(vxc.provisioning_status.as_deref());
        let is_pending = approval.status == Status::Pending;
        assert!(!(is_pending && stage.is_over()), "what is over doesn't wait: {vxc:?}");
        assert!(!(is_pending && approval.kind == Kind::Connection && stage == Stage::Up), "{vxc:?}");
        let has_speed = vxc.rate_limit.is_some() && vxc.rate_limit == vxc.vxc_approval.new_speed;
        assert!(!(is_pending && approval.kind == Kind::SpeedChange && has_speed), "{vxc:?}");
    });
}

#[test]
fn a_list_and_a_read_back_agree() {
    each_vxc(|vxc| {
        for day in [1, 61] {
            let approval = read(vxc, day);
            let speeds = [None, Some(Mbps(1000))];
            let as_listed = (approval.kind, approval.new_rate_limit_mbps);
            let asked = [Kind::Connection, Kind::SpeedChange]
                .into_iter()
                .flat_map(|kind| speeds.map(|speed| (kind, speed)));
            for (kind, speed) in asked.chain([as_listed]) {
                let sought = Sought { id: &"ID".into(), kind, new_rate_limit_mbps: speed };
                let standing = standing_of(vxc, sought, at_day(day));
                let about =
                    || format!("{kind:?} {speed:?} on day {day}: {standing:?}, {approval:?} of {vxc:?}");
                if is_pending(vxc) {
                    assert!(matches!(standing, Standing::Pending | Standing::Changed), "{}", about());
                } else {
                    assert_ne!(standing, Standing::Pending, "{}", about());
                }
                if (kind, speed) == as_listed {
                    let opposite = match approval.status {
                        Status::Accepted => Decision::Deny,
                        Status::Denied => Decision::Accept,
                        _ => continue,
                    };
                    let is_opposite =
                        matches!(standing, Standing::Decided { decision, .. } if decision == opposite);
                    assert!(!is_opposite, "{}", about());
                }
            }
        }
    });
}

#[test]
fn an_entry_of_the_queue_is_in_the_state_that_it_says() {
    use crate::api::order_approvals::read_row;
    for status in
        ["PENDING", "pending", "APPROVED", "REJECTED", "FAILED", "WITHDRAWN", "EXPIRED", "NEW_ONE", ""]
    {
        for kind in ["NEW_ORDER", "SPEED_CHANGE", "TERM_CHANGE", "TERMINATION", ""] {
            for companies in [json!([null, null]), json!([7, 8]), json!([8, 7]), json!([7, 7])] {
                let row = json!({"uid": "id", "status": status, "type": kind,
                    "approverCompanyId": companies[0], "requesterCompanyId": companies[1]});
                let (_, read) = read_row(row).unwrap();
                let company = Company { id: Some(7), ..Company::default() };
                let approval =
                    crate::domain::approvals::queue::approval_of(&read.entry, read.raw, &company).unwrap();
                check_approval(&approval);
                assert_eq!(approval.status == Status::Pending, status.eq_ignore_ascii_case("PENDING"));
                assert_eq!(approval.status == Status::Pending, approval.waiting_on.is_some());
            }
        }
    }
}
