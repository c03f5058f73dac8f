//! Checks before every write: whether the profile allows it and the user agrees.

use crate::error::Error;
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::session::profiles::Limits;

/// Permission to make changes with the profile in use; required for every run.
pub(crate) struct Permit {
    /// Only reads are sent.
    pub(crate) dry_run: bool,
    /// Ask before anything is sent.
    pub(crate) must_ask: bool,
    /// Why the profile forbids it: an immediate error, except in a dry run, which shows everything first.
    limited: Option<Error>,
}

/// Opens the session of a command that makes changes, after checking that the profile allows them (exit 15).
pub(crate) async fn open(context: &Context, consent: ConsentArgs) -> anyhow::Result<(Connection, Permit)> {
    let connection = connection::open(context).await?;
    let permit = permit(context, &connection, consent).await?;
    Ok((connection, permit))
}

/// Opens the session of a command that changes only the ledger, after checking that the profile allows it (exit 15).
pub(crate) async fn open_ledger(context: &Context) -> anyhow::Result<Connection> {
    let connection = connection::open(context).await?;
    check_may_write(&connection.limits)?;
    connection.ledger.expect_changes();
    Ok(connection)
}

/// What the profile allows in this session. A dry run also tells where the ledger would refuse to record anything.
pub(crate) async fn permit(
    context: &Context,
    connection: &Connection,
    consent: ConsentArgs,
) -> Result<Permit, Error> {
    let permit = Permit::new(context, &connection.limits, consent)?;
    match permit.dry_run {
        true => permit.check(connection.ledger.check_chain(&connection.backend).await),
        false => {
            connection.ledger.expect_changes();
            Ok(permit)
        }
    }
}

/// Requires `--yes` if nobody can be asked, for a command whose arguments don't name each change (exit 2).
pub(crate) fn require_yes(context: &Context, consent: ConsentArgs, what: &str) -> Result<(), Error> {
    if consent.yes || consent.dry_run || context.may_ask() {
        return Ok(());
    }
    let message = format!("--yes is required {what} when not running in a terminal");
    Err(Error::usage(message).hint("preview with --dry-run, then add --yes"))
}

impl Permit {
    /// What the profile allows. `--yes` skips the prompt, unless the profile requires it.
    fn new(context: &Context, limits: &Limits, consent: ConsentArgs) -> Result<Self, Error> {
        let ConsentArgs { yes, dry_run } = consent;
        let must_ask = !dry_run && ((context.may_ask() && !yes) || limits.confirm_always);
        Permit { dry_run, must_ask, limited: None }.check(check_limits(context, limits))
    }

    /// The same for a command that asks by itself, or needn't.
    pub(crate) fn without_question(self) -> Self {
        Permit { must_ask: false, ..self }
    }

    /// The permit to preview requests without sending them.
    pub(crate) fn to_show() -> Self {
        Permit { dry_run: true, must_ask: false, limited: None }
    }

    #[cfg(test)]
    pub(crate) fn asking(must_ask: bool) -> Self {
        Permit { dry_run: false, must_ask, limited: None }
    }

    /// Adds the result of a profile check.
    pub(crate) fn check(mut self, checked: Result<(), Error>) -> Result<Self, Error> {
        match checked {
            Err(error) if !self.dry_run => return Err(error),
            checked => self.limited = self.limited.or(checked.err()),
        }
        Ok(self)
    }

    /// How a command ends: a dry run with what the profile has against the real one. It comes before whatever else stands
    /// against it, as the real run would come no further; that is said, too.
    pub(super) fn end(
        self,
        ended: anyhow::Result<Exit>,
        warn: impl FnOnce(&anyhow::Error),
    ) -> anyhow::Result<Exit> {
        let Some(limited) = self.limited else { return ended };
        if let Err(error) = ended {
            if Error::in_chain(&error).is_some_and(|error| error.exit.is_signal()) {
                return Err(error);
            }
            warn(&error);
        }
        Err(limited.into())
    }
}

/// The profile's restrictions on all writes.
fn check_limits(context: &Context, limits: &Limits) -> Result<(), Error> {
    check_may_write(limits)?;
    if let Some(why) = context.why_not_ask().filter(|_| limits.confirm_always) {
        return Err(limits
            .refused_error(&format!("requires confirmation of every change ({why})"))
            .hint("use another profile in scripts"));
    }
    Ok(())
}

fn check_may_write(limits: &Limits) -> Result<(), Error> {
    let refused = || limits.refused_error("is read-only");
    let hint = "use another profile, or change read_only in the profile";
    if limits.read_only { Err(refused().hint(hint)) } else { Ok(()) }
}
