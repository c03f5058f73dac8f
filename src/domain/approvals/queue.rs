//! Converts entries of the service approval queue to approvals.

use serde_json::{Map, Value};

use crate::api::lenient;
use crate::api::order_approvals::OrderApproval;
use crate::api::vlan::Vlan;
use crate::api::vxc::Vxc;
use crate::domain::approvals::model::{Approval, Customer, End, Kind, Source, Status, WaitingOn};
use crate::domain::approvals::{Company, marketplace};
use crate::text::{Mbps, Uid};

/// Turns an entry into an approval, seen by `company`. `None` where it has no id.
pub(crate) fn approval_of(
    entry: &OrderApproval,
    raw: Map<String, Value>,
    company: &Company,
) -> Option<Approval> {
    let status = status_of(entry.status.as_deref());
    let design = entry.detail.get("productRequest").and_then(|list| list.get(0));
    // An order is a design (confirmed: megaport-api.md, "Ordering"): a port of the account's, and below it what is ordered.
    let ordered = design.and_then(|design| design.get("associatedVxcs")).and_then(|vxcs| vxcs.get(0));
    let is_design = ordered.is_some();
    let wanted = ordered.or(design);
    let number = |name: &str| {
        wanted
            .and_then(|wanted| wanted.get(name))
            .and_then(lenient::as_integer)
            .and_then(|number| u64::try_from(number).ok())
    };
    let speed = |name: &str| number(name).map(Mbps);
    let text = |name: &str| wanted.and_then(|wanted| wanted.get(name)).and_then(lenient::as_text);
    let port =
        design.filter(|_| is_design).and_then(|design| design.get("productUid")).and_then(lenient::as_uid);
    let end = |name: &str| wanted.and_then(|wanted| wanted.get(name)).and_then(end_of);
    let a_end = end("aEnd");
    // The caller may be the requester; without the company's own number the queue is taken as what it is for:
    // a partner's list of what its accounts ask.
    let waiting_on = match (company.id, entry.requester_company_id, entry.approver_company_id) {
        (Some(me), Some(requester), approver) if me == requester && approver != Some(me) => WaitingOn::Them,
        _ => WaitingOn::Me,
    };
    let kind = match entry.kind.as_deref().unwrap_or_default().to_ascii_uppercase().as_str() {
        "TERM_CHANGE" => Kind::TermChange,
        "SPEED_CHANGE" => Kind::SpeedChange,
        "NEW_ORDER" => Kind::Order,
        _ => Kind::Other,
    };
    // What is to be made of the service is in the request; what it has now is not.
    let (rate, new_rate) = match kind {
        Kind::SpeedChange => {
            (None, speed("newSpeed").or_else(|| speed("newRateLimit")).or_else(|| speed("rateLimit")))
        }
        _ => (speed("rateLimit"), None),
    };
    let (term, new_term) = match kind {
        Kind::TermChange => (None, number("term").or_else(|| number("contractTermMonths"))),
        _ => (number("term"), None),
    };
    Some(Approval {
        id: entry.uid.clone()?,
        source: Source::Queue,
        kind,
        wire_type: (kind == Kind::Other).then(|| entry.kind.clone().unwrap_or_else(|| "none".to_owned())),
        status,
        wire_status: (status == Status::Unknown)
            .then(|| entry.status.clone().unwrap_or_else(|| "none".to_owned())),
        waiting_on: (status == Status::Pending).then_some(waiting_on),
        name: text("productName").or_else(|| text("name")),
        vxc_uid: text("productUid").map(Uid::from).filter(|_| !is_design),
        customer: Customer {
            uid: entry.detail.get("requesterCompanyUid").and_then(lenient::as_uid),
            name: entry.acct_name.clone(),
            is_new: None,
        },
        a_end: match port {
            Some(port) => Some(End { product_uid: Some(port), ..a_end.unwrap_or_default() }),
            None => a_end,
        },
        b_end: end("bEnd"),
        rate_limit_mbps: rate,
        new_rate_limit_mbps: new_rate,
        term_months: term,
        new_term_months: new_term,
        created_at: entry.create_date,
        message: entry.comment.clone(),
        extra: extra_of(raw).into(),
        ..Approval::default()
    })
}

/// Adds what the service that an entry is about tells of itself: its name, its ends, and what it has now.
pub(crate) fn add_service(approval: &mut Approval, service: &Vxc) {
    approval.name = approval.name.take().or_else(|| service.product_name.clone());
    for (end, read) in [(&mut approval.a_end, &service.a_end), (&mut approval.b_end, &service.b_end)] {
        if end.is_none() && read.product_uid.is_some() {
            *end = Some(marketplace::end_of(read));
        }
    }
    match approval.kind {
        Kind::SpeedChange => approval.rate_limit_mbps = approval.rate_limit_mbps.or(service.rate_limit),
        Kind::TermChange => {
            let term = service.contract_term_months.and_then(|months| u64::try_from(months).ok());
            approval.term_months = approval.term_months.or(term);
        }
        Kind::Connection | Kind::Order | Kind::Other => {}
    }
}

fn end_of(end: &Value) -> Option<End> {
    let vlan = |name: &str| end.get(name).and_then(Vlan::from_wire);
    let end = End {
        product_uid: end.get("productUid").and_then(lenient::as_uid),
        vlan: vlan("vlan"),
        inner_vlan: vlan("innerVlan"),
        ..End::default()
    };
    (end != End::default()).then_some(end)
}

fn status_of(status: Option<&str>) -> Status {
    match status.unwrap_or_default().to_ascii_uppercase().as_str() {
        "PENDING" => Status::Pending,
        "APPROVED" => Status::Accepted,
        "REJECTED" => Status::Denied,
        "FAILED" => Status::Failed,
        "WITHDRAWN" => Status::Withdrawn,
        "EXPIRED" => Status::Expired,
        _ => Status::Unknown,
    }
}

fn extra_of(mut raw: Map<String, Value>) -> Map<String, Value> {
    for told in ["uid", "createDate", "acctName"] {
        raw.shift_remove(told);
    }
    raw
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: &str, product_request: Value) -> Approval {
        let entry = OrderApproval {
            uid: Some("entry".into()),
            kind: Some(kind.to_owned()),
            comment: Some("as agreed".to_owned()),
            detail: json!({"productRequest": [product_request]}),
            ..OrderApproval::default()
        };
        approval_of(&entry, Map::new(), &Company::default()).unwrap()
    }

    #[test]
    fn what_is_ordered_stands_below_the_account_s_port() {
        let design =
            json!({"productUid": "port", "associatedVxcs": [{"productName": "Link", "rateLimit": "400"}]});
        let order = read("NEW_ORDER", design);
        assert_eq!((order.name.as_deref(), order.rate_limit_mbps), (Some("Link"), Some(Mbps(400))));
        assert_eq!(order.vxc_uid, None, "the port is not the VXC");
        assert_eq!(order.a_end.unwrap().product_uid, Some("port".into()));
        assert_eq!(order.b_end, None);
    }

    #[test]
    fn an_order_tells_its_term_and_ends_and_a_term_change_what_it_asks_for() {
        let link = json!({"rateLimit": 400, "term": 12, "aEnd": {"vlan": 0}, "bEnd": {"productUid": "mine", "vlan": "7"}});
        let order = read("NEW_ORDER", json!({"productUid": "port", "associatedVxcs": [link]}));
        assert_eq!((order.term_months, order.new_term_months), (Some(12), None));
        let end = order.b_end.unwrap();
        assert_eq!((end.product_uid, end.vlan), (Some("mine".into()), Some(Vlan::Number(7))));
        let mut change = read("TERM_CHANGE", json!({"productUid": "vxc", "term": 24}));
        assert_eq!((change.term_months, change.new_term_months), (None, Some(24)));
        assert_eq!(change.added_mbps(), Some(Mbps(0)));
        let service = json!({"productName": "Link", "contractTermMonths": 12, "rateLimit": 500, "bEnd": {"productUid": "mine"}});
        add_service(&mut change, &serde_json::from_value(service).unwrap());
        assert_eq!((change.term_months, change.name.as_deref()), (Some(12), Some("Link")));
        assert_eq!(change.rate_limit_mbps, None);
        assert_eq!(change.my_end().unwrap().product_uid, Some("mine".into()));
    }

    #[test]
    fn a_speed_change_tells_what_is_asked_and_not_what_is() {
        let change = read("SPEED_CHANGE", json!({"productUid": "vxc", "rateLimit": 250}));
        assert_eq!(change.vxc_uid, Some("vxc".into()));
        assert_eq!((change.rate_limit_mbps, change.new_rate_limit_mbps), (None, Some(Mbps(250))));
        assert_eq!(change.asked_mbps(), Some(Mbps(250)));
        assert_eq!(change.change_mbps(), None);
        assert_eq!(change.name, None, "a comment is no name");
        assert_eq!(change.message.as_deref(), Some("as agreed"));
    }
}
