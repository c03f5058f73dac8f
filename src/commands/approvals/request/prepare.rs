//! Checks before anything is sent, and the requests to send.

use crate::api::Call;
use crate::api::order_approvals::{self, Verdict};
use crate::api::vlan::Vlan;
use crate::api::vxc::{DecisionFields, DecisionForm, decision_call};
use crate::change::OutcomeKind;
use crate::commands::approvals::request::batch::Look;
use crate::commands::approvals::request::named::Named;
use crate::commands::approvals::request::obstacles::{
    already_decided_error, no_end_error, no_longer_waits_error, not_mine_error, not_mine_to_withdraw_error,
    not_understood_error,
};
use crate::commands::approvals::request::order::{Order, Outcome, action_of};
use crate::commands::approvals::request::prepared::{Preparation, Prepared};
use crate::commands::approvals::request::subject::Decider;
use crate::commands::approvals::request::vlan;
use crate::domain::approvals::model::{Approval, Decision, Source};
use crate::domain::approvals::standing::Standing;
use crate::error::Error;

/// Reads the request and checks that it can be decided.
pub(crate) async fn prepare(decider: &Decider<'_>, named: &Named, order: &Order, look: Look) -> Preparation {
    let action = action_of(order.decision);
    let fail = |error, approval: Option<Approval>| {
        Preparation::Settled(Box::new(Outcome::failure(named.id.as_str(), action, error).seen(approval)))
    };
    let reading = match decider.look(named, look).await {
        Ok(reading) => reading,
        Err(error) => return fail(error, None),
    };
    let approval = reading.approval;
    match reading.standing {
        Standing::Pending => {}
        Standing::Decided { decision, .. } => {
            let by = decider.decided_by(&approval, decision).await;
            return match already_decided_error(&approval, order, decision, &by) {
                None => {
                    let already = Outcome::new(named.id.as_str(), action, OutcomeKind::Already);
                    Preparation::Settled(Box::new(already.seen(approval).note(by)))
                }
                Some(error) => fail(error, Some(approval)),
            };
        }
        Standing::Changed | Standing::Over(_) => {
            let error = no_longer_waits_error(&approval, reading.standing);
            return fail(error, Some(approval));
        }
    }
    let not_mine = match order.decision {
        Decision::Withdraw => not_mine_to_withdraw_error(&approval, &decider.connection.company),
        Decision::Accept | Decision::Deny => not_mine_error(&approval),
    };
    if let Some(error) = not_mine.or_else(|| not_understood_error(&approval)) {
        return fail(error, Some(approval));
    }
    if let Some(error) = no_end_error(named, order) {
        return fail(error, Some(approval));
    }
    let approval = decider.with_service(&approval).await;
    let fields = DecisionFields {
        vlan: None,
        inner_vlan: order.inner_vlan,
        move_to: order.move_to.clone(),
        message: order.reason.clone(),
    };
    Preparation::Ready(Box::new(Prepared {
        named: named.clone(),
        approval,
        order: order.clone(),
        fields,
        calls: Vec::new(),
        rule: None,
        quota: None,
        may_get_another_vlan: false,
        oversold: None,
    }))
}

/// Completes the requests to send, with the VLAN of my end: by what is known of its port, and what this run has given to
/// others. `before` is the VLAN that was shown or sent, which stays if it is still free.
pub(crate) async fn book(
    decider: &Decider<'_>,
    prepared: &mut Prepared,
    before: Option<Vlan>,
) -> Result<(), Error> {
    if prepared.approval.source == Source::Queue {
        prepared.calls = vec![queue_call(&prepared.named, &prepared.order)];
        return Ok(());
    }
    prepared.fields.vlan = vlan::choose(decider, prepared, before).await?;
    prepared.calls = marketplace_calls(prepared);
    Ok(())
}

/// Asks the backend whether the chosen VLAN is free, and chooses another if it isn't.
pub(crate) async fn confirm(decider: &Decider<'_>, prepared: &mut Prepared) -> Result<(), Error> {
    vlan::confirm(decider, prepared, |prepared| prepared.calls = marketplace_calls(prepared)).await
}

/// API requests for a VXC: by order first if a VLAN is given or the VXC has no UID, else by VXC (megaport-api.md).
fn marketplace_calls(prepared: &Prepared) -> Vec<Call> {
    let Prepared { named, approval, order, fields, .. } = prepared;
    let forms = if fields.vlan.is_some() || approval.vxc_uid.is_none() {
        [DecisionForm::ByOrder, DecisionForm::ByVxc]
    } else {
        [DecisionForm::ByVxc, DecisionForm::ByOrder]
    };
    let accept = order.decision == Decision::Accept;
    forms
        .into_iter()
        .filter_map(|form| decision_call(form, approval.vxc_uid.as_ref(), &named.id, accept, fields))
        .collect()
}

fn queue_call(named: &Named, order: &Order) -> Call {
    let verdict = match order.decision {
        Decision::Accept => Verdict::Approve,
        Decision::Deny => Verdict::Reject,
        Decision::Withdraw => Verdict::Withdraw,
    };
    order_approvals::decision_call(&named.id, verdict, order.reason.as_deref())
}
