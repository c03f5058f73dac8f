//! Reason and ticket of a decision.

use clap::Args;

use crate::commands::approvals::request::Order;
use crate::error::Error;
use crate::session::context::Context;
use crate::session::profiles::Limits;
use crate::text::name::parse_text;

/// Maximum length of a reason, in characters.
const LONGEST_REASON: usize = 500;

/// Reason and ticket of a decision.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::commands) struct ReasonArgs {
    /// Reason for the decision: recorded in the ledger, and sent if the API accepts one
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = parse_text)]
    pub(in crate::commands) reason: Option<String>,

    /// Ticket to record with the decision, before the reason
    #[arg(long, value_name = "TICKET", allow_hyphen_values = true, value_parser = parse_text, hide_short_help = true)]
    pub(in crate::commands) ticket: Option<String>,
}

/// The reason, prefixed with the ticket.
pub(in crate::commands) fn reason_with_ticket(
    reason: Option<&str>,
    ticket: Option<&str>,
) -> Result<Option<String>, Error> {
    let (reason, ticket) = (reason.map(str::trim), ticket.map(str::trim));
    if reason == Some("") || ticket == Some("") {
        return Err(Error::usage("--reason and --ticket must not be empty"));
    }
    let text = match (reason, ticket) {
        (Some(reason), Some(ticket)) => format!("[{ticket}] {reason}"),
        (Some(reason), None) => reason.to_owned(),
        (None, Some(ticket)) => format!("[{ticket}]"),
        (None, None) => return Ok(None),
    };
    if text.chars().count() > LONGEST_REASON {
        return Err(Error::usage(format!("--reason is longer than {LONGEST_REASON} characters")));
    }
    Ok(Some(text))
}

impl ReasonArgs {
    /// Asks for the reason and the ticket that the profile requires and that weren't given.
    pub(super) async fn ask(&mut self, context: &Context, limits: &Limits) -> Result<(), Error> {
        if limits.require_reason && self.reason.is_none() {
            self.reason = Some(context.prompter().text("Reason (required by the profile)", None).await?);
        }
        if limits.require_ticket && self.ticket.is_none() {
            self.ticket = Some(ask_ticket(context).await?);
        }
        reason_with_ticket(self.reason.as_deref(), self.ticket.as_deref()).map(|_| ())
    }

    /// The order with this reason and ticket.
    pub(super) fn complete(&self, order: Order) -> Result<Order, Error> {
        let reason = reason_with_ticket(self.reason.as_deref(), self.ticket.as_deref())?;
        Ok(Order { reason, ticket: self.ticket.clone(), ..order })
    }

    /// Checks that nothing that the profile requires is missing (exit 15).
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Error> {
        let bare = self.reason.is_none().then_some(|error: Error| error.hint("add one with --reason"));
        check_words(limits, bare, self.ticket.is_some())
    }
}

/// Asks for the ticket that the profile requires.
pub(in crate::commands) async fn ask_ticket(context: &Context) -> Result<String, Error> {
    context.prompter().text("Ticket (required by the profile)", None).await
}

/// Checks the profile's requirements (exit 15). `without_reason` completes the error if a reason is missing.
pub(in crate::commands) fn check_words(
    limits: &Limits,
    without_reason: Option<impl FnOnce(Error) -> Error>,
    has_ticket: bool,
) -> Result<(), Error> {
    if let Some(explain) = without_reason.filter(|_| limits.require_reason) {
        return Err(explain(limits.refused_error("requires a reason")));
    }
    if limits.require_ticket && !has_ticket {
        return Err(limits.refused_error("requires a ticket").hint("add one with --ticket"));
    }
    Ok(())
}
