//! Checks before anything is sent, and the requests to send.

use crate::api::Call;
use crate::api::order_approvals::{self, Verdict};
use crate::api::vlan::Vlan;
use crate::api::vxc::{DecisionFields, DecisionForm, decision_call};
use crate::change::OutcomeKind;
use crate::commands::approvals::decision::batch::Look;
use crate::commands::approvals::decision::obstacles::{
    already_decided_error, no_end_error, no_longer_waits_error, not_mine_error, not_mine_to_withdraw_error,
    not_understood_error,
};
use crate::commands::approvals::decision::order::{Order, Outcome, Rule, action_of};
use crate::commands::approvals::decision::subject::{Decider, Named};
use crate::commands::approvals::decision::vlan;
use crate::domain::approvals::model::{Approval, Decision, Source};
use crate::domain::approvals::stage::Stage;
use crate::domain::approvals::standing::Standing;
use crate::domain::ports::Excess;
use crate::domain::ports::vlan::VlanChoice;
use crate::error::Error;
use crate::ledger::{Quota, Second};
use crate::session::profiles::Limits;

pub(crate) type Preparation = crate::change::Preparation<Prepared, Approval>;

#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) named: Named,
    /// The request as it was just read.
    pub(crate) approval: Approval,
    pub(crate) order: Order,
    /// Fields sent with the decision.
    pub(crate) fields: DecisionFields,
    /// Alternative API requests, in order of preference.
    pub(crate) calls: Vec<Call>,
    /// The policy rule behind it, for the ledger.
    pub(crate) rule: Option<Rule>,
    /// What the policy allows in a time, whatever the runs.
    pub(crate) quota: Option<Quota>,
    /// Whether its VLAN was taken when it was sent, and nobody was shown that one: another will do.
    pub(crate) may_get_another_vlan: bool,
    /// That its port will be oversubscribed, where nobody is asked about that.
    pub(crate) oversold: Option<Excess>,
}

impl Prepared {
    /// An outcome with the request as last read.
    pub(crate) fn outcome(&self, kind: OutcomeKind, seen: Option<Approval>) -> Outcome {
        let seen = seen.unwrap_or_else(|| self.approval.clone());
        Outcome::new(&self.named.id, action_of(self.order.decision), kind).seen(seen)
    }

    /// What a second person has to do with it.
    pub(crate) fn second(&self, limits: &Limits) -> Second {
        let of_policy = self.rule.as_ref().and_then(|rule| rule.second_person.as_ref());
        match limits.needs_second_person(of_policy, self.order.decision, &self.approval) {
            _ if self.order.is_confirmation => Second::Confirms,
            true => Second::Needed,
            false => Second::NotNeeded,
        }
    }

    /// An outcome with an error, which determines its kind.
    pub(crate) fn failure(&self, error: Error, seen: Option<Approval>) -> Outcome {
        self.outcome(OutcomeKind::of_error(&error), seen).error(error.about(&self.named.id))
    }
}

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
/// others. `before` is how it was shown or sent.
pub(crate) async fn book(
    decider: &Decider<'_>,
    prepared: &mut Prepared,
    before: Option<&Prepared>,
) -> Result<(), Error> {
    if prepared.approval.source == Source::Queue {
        prepared.calls = vec![queue_call(&prepared.named, &prepared.order)];
        return Ok(());
    }
    let before = before.and_then(|before| before.fields.vlan);
    prepared.fields.vlan = vlan::choose(decider, prepared, before).await?;
    prepared.calls = marketplace_calls(prepared);
    Ok(())
}

/// Asks the backend whether the chosen VLAN is free, and chooses another if it isn't.
pub(crate) async fn confirm(decider: &Decider<'_>, prepared: &mut Prepared) -> Result<(), Error> {
    vlan::confirm(decider, prepared, |prepared| prepared.calls = marketplace_calls(prepared)).await
}

/// How the B-End differs from the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// As ordered.
    None,
    /// The difference.
    Differs(String),
    /// The part that doesn't show (yet).
    NotShown(String),
}

/// Compares the B-End with the order. A part missing on a VXC that is up was not applied; on one still being deployed,
/// it may not show yet.
pub(super) fn difference(approval: &Approval, order: &Order) -> Difference {
    let Some(end) = &approval.b_end else { return Difference::None };
    let is_up = || {
        let status = approval.extra.get("provisioningStatus");
        Stage::from_status(status.as_ref().and_then(serde_json::Value::as_str)) == Stage::Up
    };
    let absent = |what: String| {
        if is_up() { Difference::Differs(format!("without {what}")) } else { Difference::NotShown(what) }
    };
    if let Some(VlanChoice::Exactly(asked)) = order.vlan {
        match end.vlan {
            Some(real) if real == asked => {}
            Some(real) => return Difference::Differs(format!("with VLAN {real}, not {asked}")),
            None if asked == Vlan::Untagged => {}
            None => return absent(format!("VLAN {asked}")),
        }
    }
    if let Some(asked) = order.inner_vlan {
        match end.inner_vlan {
            Some(real) if real == asked => {}
            Some(real) => return Difference::Differs(format!("with inner VLAN {real}, not {asked}")),
            None if asked == Vlan::Untagged => {}
            None => return absent(format!("inner VLAN {asked}")),
        }
    }
    if let (Some(asked), Some(real)) = (&order.move_to, &end.product_uid)
        && asked != real
    {
        let real = end.product_name.as_deref().unwrap_or(real.as_str());
        let asked = order.move_to_name.as_deref().unwrap_or(asked.as_str());
        return Difference::Differs(format!("on port {real}, not {asked}"));
    }
    Difference::None
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
