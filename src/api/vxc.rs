//! A VXC on the wire, and the two ways to decide about it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::call::{Answer, Call, Method, without_nulls};
use crate::api::client::Client;
use crate::api::vlan::Vlan;
use crate::api::wire::wire;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::{Mbps, Uid};

wire! {
    /// A VXC, in a product's `associatedVxcs` or read by itself (confirmed).
    pub(crate) struct Vxc {
        pub(crate) product_uid: Option<Uid>,
        pub(crate) product_name: Option<String>,
        /// `VXC`, where it is one.
        pub(crate) product_type: Option<String>,
        pub(crate) rate_limit: Option<Mbps>,
        /// Minimum term in months (confirmed: 1 while a connection request is pending).
        pub(crate) contract_term_months: Option<i64>,
        /// `DEPLOYABLE`, `CONFIGURED`, `LIVE`, `FAILED`, `CANCELLED`, `DECOMMISSIONED`, ...
        pub(crate) provisioning_status: Option<String>,
        pub(crate) a_end: End,
        pub(crate) b_end: End,
        pub(crate) create_date: Option<Timestamp>,
        pub(crate) live_date: Option<Timestamp>,
        pub(crate) company_uid: Option<Uid>,
        /// Its name; may be missing (confirmed).
        pub(crate) company_name: Option<String>,
        pub(crate) vxc_approval: VxcApproval,
    }
}

wire! {
    #[derive(Eq)]
    pub(crate) struct End {
        pub(crate) owner_uid: Option<Uid>,
        pub(crate) product_uid: Option<Uid>,
        pub(crate) product_name: Option<String>,
        pub(crate) location: Option<String>,
        pub(crate) vlan: Option<Vlan>,
        pub(crate) inner_vlan: Option<Vlan>,
    }
}

wire! {
    /// The `vxcApproval` of a VXC. It often remains after the decision (confirmed).
    #[derive(Eq)]
    pub(crate) struct VxcApproval {
        /// `PENDING_INTERNAL`: waiting for your company. `PENDING_EXTERNAL`: for the other one.
        pub(crate) status: Option<String>,
        /// For `NEW` the name of the approving party; the sandbox sends who decided.
        pub(crate) message: Option<String>,
        /// The order's UID, which is the approval's ID.
        pub(crate) uid: Option<Uid>,
        /// `NEW` or `SPEED_CHANGE`.
        #[serde(rename = "type")]
        pub(crate) kind: Option<String>,
        /// The requested speed, with `SPEED_CHANGE`.
        pub(crate) new_speed: Option<Mbps>,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct VxcRead {
    pub(crate) vxc: Vxc,
    pub(crate) raw: Map<String, Value>,
}

/// Reads one VXC: `GET /v2/product/{uid}` (confirmed; 404 if not found).
pub(crate) async fn read(client: &Client, vxc_uid: &Uid) -> Result<VxcRead, Error> {
    let raw: Map<String, Value> =
        client.read(&Call::get(format!("/v2/product/{}", path_segment(vxc_uid.as_str())))).await?;
    read_from(vxc_uid, raw)
}

/// A VXC from its fields.
///
/// # Errors
/// They describe another VXC, or can't be understood (exit 11).
pub(crate) fn read_from(vxc_uid: &Uid, raw: Map<String, Value>) -> Result<VxcRead, Error> {
    let vxc = Vxc::deserialize(&raw).unwrap_or_default();
    let strange = |why: String| {
        Error::new(Exit::Api, format!("could not read VXC {vxc_uid} from the response"))
            .reason(format!("GET /v2/product/{vxc_uid}: {why}"))
    };
    if let Some(other) = vxc.product_uid.as_ref().filter(|other| *other != vxc_uid) {
        return Err(strange(format!("it describes {other}")));
    }
    if raw.get("vxcApproval").is_some_and(|marker| !marker.is_object() && !marker.is_null()) {
        return Err(strange("vxcApproval is not an object".to_owned()));
    }
    Ok(VxcRead { vxc, raw })
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DecisionFields {
    pub(crate) vlan: Option<Vlan>,
    pub(crate) inner_vlan: Option<Vlan>,
    pub(crate) move_to: Option<Uid>,
    pub(crate) message: Option<String>,
}

/// The two forms of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecisionForm {
    /// `PUT /v3/product/vxc/{productUid}` (confirmed: `isApproved`; all else a decision of ours).
    ByVxc,
    /// `PUT /v2/order/vxc/{vxcApproval.uid}` (confirmed: `isApproved` and `vlan`).
    ByOrder,
}

/// The request that decides. `None` if the form can't express it, or lacks the address.
pub(crate) fn decision_call(
    form: DecisionForm,
    vxc_uid: Option<&Uid>,
    approval_uid: &Uid,
    accept: bool,
    fields: &DecisionFields,
) -> Option<Call> {
    match form {
        DecisionForm::ByVxc => {
            let body = without_nulls(json!({
                "isApproved": accept,
                "bEndVlan": fields.vlan,
                "bEndInnerVlan": fields.inner_vlan,
                "bEndProductUid": fields.move_to,
                "message": fields.message,
            }));
            Some(Call::with_body(
                Method::PUT,
                format!("/v3/product/vxc/{}", path_segment(vxc_uid?.as_str())),
                body,
            ))
        }
        DecisionForm::ByOrder => {
            // This form has no field for an inner VLAN or another port; the reason is kept in the ledger only.
            if fields.inner_vlan.is_some() || fields.move_to.is_some() {
                return None;
            }
            let body = without_nulls(json!({ "isApproved": accept, "vlan": fields.vlan }));
            Some(Call::with_body(
                Method::PUT,
                format!("/v2/order/vxc/{}", path_segment(approval_uid.as_str())),
                body,
            ))
        }
    }
}

/// A UID as one path segment, whatever its characters.
pub(crate) fn path_segment(uid: &str) -> String {
    let mut segment = String::with_capacity(uid.len());
    for byte in uid.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

/// The VXC's UID in the response to a decision (confirmed: `technicalServiceUid`).
pub(crate) fn vxc_uid_in(answer: &Answer) -> Option<Uid> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body["data"]["technicalServiceUid"].as_str().map(Uid::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::from_doubled;

    #[test]
    fn a_uid_stays_one_segment() {
        assert_eq!(path_segment("a/b?c"), "a%2Fb%3Fc");
    }

    #[test]
    fn of_a_name_that_is_there_twice_deeper_down_the_last_counts() {
        let json = r#"{"aEnd":{"vlan":7,"vlan":8,"vlan":"9"},"productUid":"v"}"#;
        let vxc: Vxc = from_doubled(json).unwrap();
        assert_eq!(vxc.a_end.vlan, Some(Vlan::Number(9)));
        assert!(serde_json::from_str::<Vxc>(json).is_err());
        assert!(from_doubled::<Vxc>(r#"{"productUid":"v","productUid":"v"}"#).is_err());
    }
}
