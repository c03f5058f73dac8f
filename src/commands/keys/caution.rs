//! What a person should hear about a key before it is made.

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

/// Warns of what the terms of a new key come to on its port. What can't be looked up is no reason not to make the key.
pub(super) async fn warn_of_new(
    context: &Context,
    connection: &Connection,
    wanted: &KeyTerms,
    port: &Product,
) {
    let name = port.product_name.as_deref().unwrap_or("the port");
    if let Some(wide) = wide_warning(wanted, connection.clock.now()) {
        context.terminal.warn(&wide);
    }
    if port.vxc_auto_approval == Some(true) && wanted.pre_approved != Some(true) {
        context
            .terminal
            .warn(&format!("{name} accepts by itself: what is ordered with this key won't wait for you"));
    }
    if let (Some(vlan), Some(uid)) =
        (wanted.vlan.filter(|&vlan| vlan != Vlan::Untagged), port.product_uid.as_deref())
        && let Ok(false) = ports::vlan_is_free(&connection.client, uid, vlan).await
    {
        context
            .terminal
            .warn(&format!("VLAN {vlan} is taken on {name}: an order with this key would be refused"));
    }
}

/// A key that asks nobody, for ever or nearly so, wants to be meant where nobody can be asked about it.
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
    Err(Error::usage("multi-use, pre-approved and no end within two years together need --yes")
        .because("whoever has such a key connects to the port without being asked, as often as they like, for years")
        .hint("leave one of the three out, or add --yes"))
}

/// Warns of what it means that two keys alike work for a while.
pub(super) fn warn_of_overlap(context: &Context, old: &KeyTerms, new: &KeyTerms, overlap_ends: Timestamp) {
    if old.single_use {
        let vlan = new.vlan.map(|vlan| format!(", both on VLAN {vlan}")).unwrap_or_default();
        context.terminal.warn(&format!(
            "until {overlap_ends:.0} both keys work, each for a connection of its own{vlan}; --overlap 0d leaves one"
        ));
    }
    if new.end.is_some_and(|end| end <= overlap_ends) {
        context.terminal.warn("the new key ends before the old one; choose a later --expires-in");
    }
}

/// What a key means that asks nobody, for ever or nearly so.
pub(super) fn wide_warning(wanted: &KeyTerms, now: Timestamp) -> Option<String> {
    terms::opens_wide(wanted, now).then(|| {
        let until = wanted.end.map_or_else(|| "for ever".to_owned(), |end| format!("until {end:.0}"));
        format!(
            "whoever has this key connects to the port without being asked, as often as they like, {until}"
        )
    })
}
