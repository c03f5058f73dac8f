//! What a decision of a review needs: a VLAN, a reason, and a yes before a denial.

use std::str::FromStr as _;

use super::Walk;
use crate::api::vlan::Vlan;
use crate::commands::approvals::decide;
use crate::commands::approvals::request::Order;
use crate::commands::approvals::show::Shown;
use crate::domain::approvals::{Approval, Decision, Kind, Source};
use crate::domain::ports::vlan::{VlanChoice, VlanWish};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::profiles::Limits;
use crate::terminal::prompt::Typed;

/// The answer to the VLAN prompt.
enum VlanAnswer {
    Given(VlanChoice),
    LeftToMegaport,
    Back,
}

impl Walk<'_> {
    /// Asks for the VLAN and the reason; `None` if the user went back.
    pub(super) async fn order_of(
        &self,
        decision: Decision,
        approval: &Approval,
        shown: &Shown,
    ) -> Result<Option<Order>, Error> {
        let mut order = Order::new(decision);
        let asked = approval.b_end.as_ref().and_then(|end| end.vlan);
        let taken = asked.filter(|_| shown.approval.vlan_free == Some(false));
        if decision == Decision::Accept
            && approval.source == Source::Marketplace
            && approval.kind == Kind::Connection
            && approval.b_end.is_some()
            && (asked.is_none() || taken.is_some())
        {
            match self.ask_vlan(taken, shown.next_free_vlan).await? {
                VlanAnswer::Given(vlan) => order.vlan = Some(vlan),
                VlanAnswer::LeftToMegaport => {}
                VlanAnswer::Back => return Ok(None),
            }
        }
        let Limits { require_reason, .. } = self.connection.limits;
        let reason = if decision == Decision::Deny || require_reason {
            let empty = if require_reason { "" } else { " (optional)" };
            match self.until_signal(self.context.prompter().text_or_back(&format!("Reason{empty}"))).await? {
                Typed::Text(reason) => Some(reason),
                Typed::Nothing if require_reason => {
                    self.context.terminal.say("your profile requires a reason; nothing was sent");
                    return Ok(None);
                }
                Typed::Nothing => None,
                Typed::Back => return Ok(None),
            }
        } else {
            None
        };
        let reason = match decide::reason_with_ticket(reason.as_deref(), self.ticket.as_deref()) {
            Ok(reason) => reason,
            Err(error) => {
                self.context.terminal.say(&error.message);
                return Ok(None);
            }
        };
        if decision == Decision::Deny {
            let question = format!("Deny this {} from {}?", approval.noun(), approval.customer_label());
            match self.until_signal(self.context.prompter().require_consent(&question, None)).await {
                Err(error) if error.exit == Exit::Declined => return Ok(None),
                answered => answered?,
            }
        }
        Ok(Some(Order { reason, ticket: self.ticket.clone(), ..order }))
    }

    /// Asks for a VLAN if the request has none, or one that is taken.
    async fn ask_vlan(&self, taken: Option<Vlan>, next_free: Option<Vlan>) -> Result<VlanAnswer, Error> {
        let next = next_free.map_or_else(|| "next".to_owned(), |vlan| format!("next ({vlan})"));
        let question = match taken {
            Some(taken) => {
                format!("VLAN {taken} is taken. Enter another number, {next} or untagged; empty to go back")
            }
            None => {
                format!("VLAN: a number, {next} or untagged; empty to let Megaport choose, Esc to go back")
            }
        };
        loop {
            match self.until_signal(self.context.prompter().text_or_back(&question)).await? {
                Typed::Back => return Ok(VlanAnswer::Back),
                Typed::Nothing if taken.is_some() => return Ok(VlanAnswer::Back),
                Typed::Nothing => return Ok(VlanAnswer::LeftToMegaport),
                Typed::Text(typed) => match VlanWish::from_str(&typed) {
                    Ok(VlanWish(Some(VlanChoice::Exactly(vlan)))) if taken == Some(vlan) => {
                        self.context.terminal.say(&format!("VLAN {vlan} is taken: it can't be used"));
                    }
                    Ok(VlanWish(Some(choice))) => return Ok(VlanAnswer::Given(choice)),
                    Ok(VlanWish(None)) if taken.is_none() => return Ok(VlanAnswer::LeftToMegaport),
                    Ok(VlanWish(None)) => self.context.terminal.say("it is taken: it can't be kept"),
                    Err(error) => self.context.terminal.say(&error.message),
                },
            }
        }
    }
}
