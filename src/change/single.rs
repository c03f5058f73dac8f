//! One change by itself, whose result is a record of its own.

use crate::api::Client;
use crate::change::outcome::Outcome;
use crate::change::send::{Sender, Write};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Sends it; a signal waits until it has come to its end. Its notes are said.
pub(crate) async fn send<W: Write>(
    context: &Context,
    client: &Client,
    what: &str,
    write: &W,
) -> Outcome<W::Seen> {
    let _held = context.interrupt.hold();
    let sender = Sender { client, interrupt: &context.interrupt };
    let (mut outcome, _) = context.during(what, sender.send(write)).await;
    if let Some(error) = &mut outcome.error {
        error.call_as(&context.invocation());
    }
    for note in &outcome.notes {
        context.terminal.say(&format!("note: {note}"));
    }
    outcome
}

/// How the run ends: what went wrong with the change counts more than a result that wasn't written, and a signal that came
/// meanwhile ends it its own way, once all is told.
pub(crate) fn finish<S>(
    context: &Context,
    outcome: &Outcome<S>,
    written: anyhow::Result<()>,
) -> anyhow::Result<Exit> {
    let ended = match (&outcome.error, written) {
        (None, written) => written.map(|()| Exit::Done),
        (Some(error), written) => {
            if let Err(unwritten) = written {
                context.terminal.warn(&unwritten.to_string());
            }
            Err(error.clone().into())
        }
    };
    let Some(exit) = context.interrupt.seen() else { return ended };
    if let Err(error) = &ended {
        context.terminal.warn(&error.to_string());
    }
    let became = match outcome.kind {
        kind if kind.is_ok() => format!("{} was {}", outcome.id, outcome.action.participle),
        kind => format!("{}: {}", outcome.id, kind.name()),
    };
    Err(Error::new(exit, format!("interrupted; what was under way came to its end: {became}")).into())
}
