//! What every write asks first: does the profile in use allow it, and does a person agree?

use crate::api::backend::Environment;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::profiles::Limits;
use crate::text::tone::{Tone, Toned};

/// What the profile in use doesn't allow of any write (exit 15). Asked before anything is sent.
pub(crate) fn check_limits(context: &Context, limits: &Limits) -> Result<(), Error> {
    if limits.read_only {
        return Err(refused("is read-only").hint("use another profile, or change read_only in the profile"));
    }
    if limits.confirm_always && !context.may_ask() {
        return Err(refused("asks before every change, and there is no terminal to ask on")
            .hint("use another profile for pipelines"));
    }
    Ok(())
}

/// What the profile in use has against a write: an error at once, but for a dry run, which is to end with it
/// ([`after_dry_run`]).
pub(crate) fn before(checked: Result<(), Error>, dry_run: bool) -> Result<Option<Error>, Error> {
    match checked {
        Err(error) if !dry_run => Err(error),
        checked => Ok(checked.err()),
    }
}

/// How a command ends: a dry run with what the profile in use has against the real one, once all is shown. It comes before
/// whatever else stands against it, as the real run would come no further; that is said, too.
pub(crate) fn after_dry_run(
    context: &Context,
    ended: anyhow::Result<Exit>,
    limited: Option<Error>,
) -> anyhow::Result<Exit> {
    let Some(limited) = limited else { return ended };
    if let Err(error) = ended {
        if Error::of(&error).is_some_and(|error| error.exit.is_signal()) {
            return Err(error);
        }
        context.terminal.warn(&error.to_string());
    }
    Err(limited.into())
}

/// The profile in use doesn't allow it: `what` goes on after "the profile in use".
pub(crate) fn refused(what: &str) -> Error {
    Error::new(Exit::Refused, format!("the profile in use {what}"))
}

/// Whether a person is to be asked before a write.
pub(crate) fn must_ask(context: &Context, limits: &Limits, yes: bool) -> bool {
    (context.may_ask() && !yes) || limits.confirm_always
}

pub(crate) fn declined() -> Error {
    Error::new(Exit::Declined, "declined; nothing was sent")
}

/// Says where a write goes and as whom, before anything is asked or sent.
pub(crate) fn say_place(context: &Context, connection: &Connection) {
    let company = connection.company.label();
    if connection.environment == Environment::Production && context.may_ask() {
        // Not to be taken for a question about a demo.
        let rest = format!(" · {company} · real circuits, real money");
        context.terminal.say_toned(&[Toned::new(Tone::Loud, "PRODUCTION"), rest.into()]);
    } else {
        context.terminal.say(&format!("{} · {company}", connection.place()));
    }
}

/// Asks; no is exit 5, and so is a mere Enter.
pub(crate) async fn confirm(context: &Context, question: &str) -> Result<(), Error> {
    if context.prompter().confirm(question).await? { Ok(()) } else { Err(declined()) }
}
