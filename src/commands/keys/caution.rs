//! Warnings about a key before it is created.

use jiff::Timestamp;

use crate::api::ports;
use crate::api::products::Product;
use crate::api::service_keys::KeyTerms;
use crate::api::vlan::Vlan;
use crate::domain::keys::terms;
use crate::error::Error;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::moment::Moments;

/// Warnings about the consequences of a new key on its port. A failed lookup doesn't keep the key from being created.
pub(super) async fn new_key_warnings(
    context: &Context,
    connection: &Connection,
    wanted: &KeyTerms,
    port: &Product,
) -> Vec<String> {
    let name = port.product_name.as_deref().unwrap_or("the port");
    let wide = wide_warning(wanted, connection.clock.now(), context.moments());
    let mut warnings: Vec<String> = wide.into_iter().collect();
    if port.vxc_auto_approval == Some(true) && wanted.pre_approved != Some(true) {
        warnings.push(format!(
            "{name} approves orders automatically: orders with this key won't require your approval"
        ));
    }
    if let (Some(vlan), Some(uid)) =
        (wanted.vlan.filter(|&vlan| vlan != Vlan::Untagged), port.product_uid.as_ref())
        && let Ok(false) = ports::vlan_is_free(&connection.client, uid, vlan).await
    {
        warnings.push(format!("VLAN {vlan} is taken on {name}: orders with this key would be rejected"));
    }
    warnings
}

/// Requires `--yes` for a multi-use, pre-approved key without an end in the near future, if nobody can be asked.
pub(super) fn check_wide(
    context: &Context,
    consent: ConsentArgs,
    wanted: &KeyTerms,
    before: Option<&KeyTerms>,
    now: Timestamp,
) -> Result<(), Error> {
    let is_meant = context.may_ask() || consent.yes || consent.dry_run;
    let was_wide = before.is_some_and(|before| terms::opens_wide(before, now));
    if is_meant || was_wide || !terms::opens_wide(wanted, now) {
        return Ok(());
    }
    Err(Error::usage(
        "--yes is required for a multi-use, pre-approved key that doesn't expire within two years",
    )
    .reason("anyone with the key could connect to the port without approval, any number of times, for years")
    .hint("drop --multi-use or --pre-approved, choose an expiry within two years, or add --yes"))
}

/// Warnings about the consequences of two equal keys that work at the same time.
pub(super) fn overlap_warnings(
    old: &KeyTerms,
    new: &KeyTerms,
    overlap_ends: Timestamp,
    moments: &Moments,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if old.single_use {
        let vlan = new.vlan.map(|vlan| format!(" on VLAN {vlan}")).unwrap_or_default();
        warnings.push(format!(
            "until {}, the old and the new key can each be used for one connection{vlan}; to prevent this, use \
             --overlap 0d",
            moments.format(overlap_ends)
        ));
    }
    if new.end.is_some_and(|end| end <= overlap_ends) {
        warnings.push("the new key would expire before the old one; choose a later --expires-in".to_owned());
    }
    warnings
}

/// The warning for a multi-use, pre-approved key that is valid for years.
pub(super) fn wide_warning(wanted: &KeyTerms, now: Timestamp, moments: &Moments) -> Option<String> {
    terms::opens_wide(wanted, now).then(|| {
        let until = wanted
            .end
            .map_or_else(|| "with no expiry".to_owned(), |end| format!("until {}", moments.format(end)));
        format!("anyone with this key can connect to the port without approval, any number of times, {until}")
    })
}
