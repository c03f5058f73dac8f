//! What VXCs and ports look like on the wire (confirmed, megaport-api.md).

use serde::Serialize;
use serde_json::{Value, json};

use crate::sandbox::domain::decision;
use crate::sandbox::store::orders::{OrderStatus, OrderType};
use crate::sandbox::store::products::Product;
use crate::sandbox::store::vxcs::{Approval, End, Vxc};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndView<'a> {
    owner_uid: &'a str,
    product_uid: &'a str,
    product_name: &'a str,
    location_id: i64,
    location: &'a str,
    vlan: Option<i64>,
    inner_vlan: Option<i64>,
    secondary_name: Option<&'a str>,
}

impl<'a> EndView<'a> {
    fn new(end: &'a End) -> Self {
        EndView {
            owner_uid: &end.company_uid,
            product_uid: &end.product_uid,
            product_name: &end.product_name,
            location_id: end.location_id,
            location: &end.location,
            vlan: end.vlan,
            inner_vlan: end.inner_vlan,
            secondary_name: None,
        }
    }
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct ApprovalView<'a> {
    status: Option<&'static str>,
    message: Option<String>,
    uid: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    new_speed: Option<i64>,
}

impl<'a> ApprovalView<'a> {
    fn new(vxc: &'a Vxc, caller_company_id: i64) -> Self {
        let Some(approval) = &vxc.approval else { return ApprovalView::default() };
        if approval.status == OrderStatus::Pending || vxc.approval_stale {
            return Self::pending(approval, caller_company_id);
        }
        let message = Some(decision::outcome(vxc, approval, caller_company_id));
        let uid = Some(approval.uid.as_str());
        match approval.status {
            OrderStatus::Approved => ApprovalView {
                status: Some("APPROVED"),
                message,
                uid,
                kind: Some(approval.kind.name()),
                new_speed: approval.new_rate_limit_mbps,
            },
            // A connection that failed keeps its uid; a speed change that was denied left nothing to wait for.
            _ if approval.kind == OrderType::New => ApprovalView {
                status: Some("FAILED"),
                message,
                uid,
                kind: Some(approval.kind.name()),
                new_speed: None,
            },
            _ => ApprovalView { message, uid, ..ApprovalView::default() },
        }
    }

    /// As the caller sees it: waiting for its own company, or for the other one.
    fn pending(approval: &'a Approval, caller_company_id: i64) -> Self {
        let internal = approval.approver_company_id == caller_company_id;
        ApprovalView {
            status: Some(if internal { "PENDING_INTERNAL" } else { "PENDING_EXTERNAL" }),
            message: (approval.kind == OrderType::New).then(|| approval.approver_name.clone()),
            uid: Some(&approval.uid),
            kind: Some(approval.kind.name()),
            new_speed: approval.new_rate_limit_mbps,
        }
    }
}

#[derive(Serialize)]
struct Vll<'a> {
    a_vlan: Option<i64>,
    b_vlan: Option<i64>,
    description: &'a str,
    id: i64,
    name: &'a str,
    rate_limit_mbps: i64,
    resource_name: &'static str,
    resource_type: &'static str,
    shutdown: bool,
    up: i64,
}

#[derive(Serialize)]
struct Resources<'a> {
    interface: [(); 0],
    vll: Vll<'a>,
}

/// A VXC among the `associatedVxcs` of a port, or alone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VxcView<'a> {
    product_uid: &'a str,
    product_id: i64,
    n_service_id: i64,
    product_name: &'a str,
    product_type: &'static str,
    rate_limit: i64,
    max_rate_limit: Option<i64>,
    distance_band: &'a str,
    provisioning_status: &'a str,
    a_end: EndView<'a>,
    b_end: EndView<'a>,
    create_date: i64,
    live_date: Option<i64>,
    terminate_date: Option<i64>,
    company_uid: &'a str,
    company_name: &'a str,
    cost_centre: Option<&'a str>,
    contract_term_months: i64,
    usage_algorithm: &'static str,
    shutdown: bool,
    locked: bool,
    admin_locked: bool,
    cancelable: bool,
    vxc_approval: ApprovalView<'a>,
    resources: Resources<'a>,
    attribute_tags: Value,
}

impl<'a> VxcView<'a> {
    pub(crate) fn new(vxc: &'a Vxc, caller_company_id: i64) -> Self {
        let new_is_pending = vxc.pending().is_some_and(|order| order.kind == OrderType::New);
        VxcView {
            product_uid: &vxc.uid,
            product_id: vxc.id,
            n_service_id: vxc.service_id,
            product_name: &vxc.name,
            product_type: "VXC",
            rate_limit: vxc.rate_limit_mbps,
            max_rate_limit: None,
            distance_band: &vxc.distance_band,
            provisioning_status: &vxc.status,
            a_end: EndView::new(&vxc.a_end),
            b_end: EndView::new(&vxc.b_end),
            create_date: vxc.created_at,
            live_date: vxc.live_at,
            terminate_date: vxc.terminate_at,
            company_uid: &vxc.a_end.company_uid,
            company_name: &vxc.a_end.company_name,
            // What the customer books it on is no business of the provider's.
            cost_centre: vxc.cost_centre.as_deref().filter(|_| vxc.a_end.company_id == caller_company_id),
            // Confirmed: while the request is pending the term reads 1.
            contract_term_months: if new_is_pending { 1 } else { vxc.contract_term_months },
            usage_algorithm: "POST_PAID_HOURLY_SPEED_METRO_VXC",
            shutdown: vxc.shutdown,
            locked: false,
            admin_locked: false,
            cancelable: !vxc.is_over(),
            vxc_approval: ApprovalView::new(vxc, caller_company_id),
            resources: Resources {
                interface: [],
                vll: Vll {
                    a_vlan: vxc.a_end.vlan,
                    b_vlan: vxc.b_end.vlan,
                    description: &vxc.name,
                    id: vxc.service_id,
                    name: &vxc.name,
                    rate_limit_mbps: vxc.rate_limit_mbps,
                    resource_name: "vll",
                    resource_type: "vll",
                    shutdown: vxc.shutdown,
                    up: i64::from(vxc.status == "LIVE" && !vxc.shutdown),
                },
            },
            attribute_tags: json!({}),
        }
    }
}

/// The order view that a change of a VXC answers: no ends, no `vxcApproval`.
pub(crate) fn order_view(vxc: &Vxc) -> Value {
    json!({
        "technicalServiceUid": vxc.uid,
        "technicalServiceId": vxc.id,
        "serviceName": vxc.name,
        "name": vxc.name,
        "productType": "VXC",
        "provisioningStatus": vxc.status,
        "rateLimit": vxc.rate_limit_mbps,
        "costCentre": vxc.cost_centre,
        "createDate": vxc.created_at,
        "liveDate": vxc.live_at,
        "terminateDate": vxc.terminate_at,
        "contractTermMonths": vxc.contract_term_months,
        "distanceBand": vxc.distance_band,
        "companyUid": vxc.a_end.company_uid,
        "companyName": vxc.a_end.company_name,
        "shutdown": vxc.shutdown,
        "promoCode": vxc.promo_code,
    })
}

/// A port, cloud router or virtual edge, without its VXCs; `associatedVxcs` is to be added last.
pub(crate) fn product_view(product: &Product) -> Value {
    json!({
        "productUid": product.uid,
        "productId": product.id,
        "productName": product.name,
        "productType": product.product_type,
        "provisioningStatus": product.status,
        "portSpeed": product.speed_mbps,
        "locationId": product.location_id,
        "market": product.market,
        "marketplaceVisibility": product.marketplace_visibility,
        "vxcpermitted": product.vxc_permitted,
        "vxcAutoApproval": product.vxc_auto_approval,
        "companyUid": product.company_uid,
        "companyName": product.company_name,
        "createDate": product.created_at,
        "liveDate": product.live_at,
        "terminateDate": product.terminate_at,
        "contractTermMonths": product.contract_term_months,
        "costCentre": product.cost_centre,
        "lagPrimary": product.lag_primary,
        "lagId": product.lag_id,
        "aggregationId": product.aggregation_id,
        "locked": product.locked,
        "adminLocked": product.admin_locked,
        "cancelable": product.status == "LIVE",
        "virtual": product.is_virtual,
        "up": product.up,
        "diversityZone": product.diversity_zone,
        "connectType": product.connect_type,
        "attributeTags": {},
        "locationDetail": {
            "name": product.location_name,
            "city": product.city,
            "metro": product.metro,
            "country": product.country,
        },
        "associatedIxs": [],
    })
}
