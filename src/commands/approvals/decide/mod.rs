//! What `accept` and `deny` share: choosing, and asking about all that was chosen.

pub(in crate::commands) mod batch;
mod consequence;
pub(in crate::commands) mod decisions;
pub(in crate::commands) mod expect;
pub(in crate::commands) mod limits;
pub(super) mod outlook;
mod preview;
mod selection;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use self::decisions::{Decisions, Task};
use self::expect::ExpectArgs;
use self::outlook::Outlook;
use self::selection::{choose_from_list, dedupe, ids_of_file, one_vlan_for_many, port_uid};
use crate::change::{conclusion, consent};
use crate::commands::approvals::choose::{self, Chosen};
use crate::commands::approvals::decision::{Decider, Order};
use crate::commands::approvals::filter::FilterArgs;
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::{Decision, Kind};
use crate::domain::ports::vlan::VlanChoice;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::context::Context;
use crate::text::words;

/// Characters a reason may have.
pub(in crate::commands) const LONGEST_REASON: usize = 500;

/// Why something is decided.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ReasonArgs {
    /// Why: goes where the API takes a reason, and into the journal
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,

    /// Ticket this belongs to; goes where the reason goes
    #[arg(long, value_name = "TICKET")]
    pub(super) ticket: Option<String>,
}

/// What `accept` and `deny` share.
#[derive(Debug, Default, Args)]
pub(in crate::commands) struct DecideArgs {
    /// Ids from `approvals list`, or their first six or more characters; a VXC's uid works too
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// All incoming requests and queue entries that wait for you
    #[arg(long, conflicts_with_all = ["ids", "from_file"])]
    all: bool,

    /// Read ids from a file, one a line; '-' is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    from_file: Option<PathBuf>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    words: ReasonArgs,

    #[command(flatten)]
    expect: ExpectArgs,

    #[command(flatten)]
    pub(super) filters: FilterArgs,
}

impl DecideArgs {
    /// What a command takes that decides named requests only.
    pub(super) fn of_ids(ids: Vec<String>, consent: ConsentArgs, words: ReasonArgs) -> Self {
        DecideArgs { ids, consent, words, ..DecideArgs::default() }
    }
}

/// What a command narrows or widens, beside what is asked of every decision.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::commands) struct Scope {
    /// Only requests of this type are meant: a filter for what is chosen, an error for what is named.
    pub(crate) kind: Option<Kind>,
    /// Whether a port may be sold above the profile's limit.
    pub(crate) allow_oversubscribed: bool,
}

pub(in crate::commands) async fn run(
    context: &Context,
    mut args: DecideArgs,
    mut order: Order,
    scope: Scope,
) -> anyhow::Result<Exit> {
    order.reason = reason_of(args.words.reason.as_deref(), args.words.ticket.as_deref())?;
    let mut given = args.ids.iter().map(|id| GivenId::parse(id)).collect::<Result<Vec<_>, _>>()?;
    dedupe(&mut given);
    let by_filter = args.all || !args.filters.is_empty();
    args.filters.narrow_to(scope.kind)?;
    check_consent(context, &args, &order, scope, &given, by_filter)?;
    if let Some(file) = &args.from_file {
        given = ids_of_file(file)?;
    }
    if matches!(order.vlan, Some(VlanChoice::Exactly(_))) && given.len() > 1 {
        return Err(one_vlan_for_many().into());
    }
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let bare = args.words.reason.is_none().then_some(|error: Error| error.hint("give one with --reason"));
    let permit = permit.check(limits::check_words(&connection.limits, bare, args.words.ticket.is_some()))?;
    let (chosen, listed) = if by_filter || (given.is_empty() && args.from_file.is_none()) {
        let (chosen, outlook) = choose_from_list(context, &mut connection, &args, &order, by_filter).await?;
        (chosen, Some(outlook))
    } else {
        let chosen = choose::by_ids(context, &mut connection, &given).await?;
        consent::say_place(context, &connection);
        (chosen, None)
    };
    choose::check_all_there(&chosen)?;
    check_kind(&chosen, scope.kind, order.decision)?;
    if let Some(port) = order.move_to.take() {
        order.move_to = Some(port_uid(context, &mut connection, &port).await?);
    }
    let many = chosen.len() > 1;
    let must_ask = permit.must_ask;
    let outlook = match listed {
        Some(listed) => Some(listed),
        None if args.consent.dry_run || (many && must_ask) => {
            Some(Outlook::of_named(context, &mut connection, &chosen).await)
        }
        None => None,
    };
    let orders = vec![&order; chosen.len()];
    let now = connection.clock.now();
    let outlook = outlook.map(|mut outlook| {
        outlook.count(&orders);
        outlook
    });
    if let Some(outlook) = outlook.as_ref().filter(|_| many) {
        if args.consent.dry_run {
            show_dry_run(context, &outlook.lines(&chosen, &orders, now, context.terminal.facts.width))?;
        } else if must_ask {
            confirm_many(context, &order, outlook, &chosen, now).await?;
        }
    }
    let tasks = chosen
        .into_iter()
        .enumerate()
        .map(|(position, Chosen { given, named })| Task {
            named: named.map_err(|error| (given, error)),
            order: order.clone(),
            rule: None,
            stopped: None,
            seen: outlook.as_ref().and_then(|outlook| outlook.seen(position)).cloned(),
            expected: args.expect.expected(),
        })
        .collect();
    let decider = Decider::new(context, &connection);
    let (waived, mut unjudged) = (scope.allow_oversubscribed, ());
    let mut decisions = Decisions::new(context, &decider, &connection.limits, &mut unjudged, waived);
    decisions.carry_out(permit, tasks, must_ask, conclusion).await
}

/// The reason with its ticket before it.
pub(in crate::commands) fn reason_of(
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

/// Whether what was chosen may be decided without a question; said before any request.
fn check_consent(
    context: &Context,
    args: &DecideArgs,
    order: &Order,
    scope: Scope,
    given: &[GivenId],
    by_filter: bool,
) -> Result<(), Error> {
    let noun = if scope.kind == Some(Kind::SpeedChange) { "speed" } else { "approvals" };
    let verb = order.decision.word();
    if by_filter && !given.is_empty() {
        return Err(Error::usage("ids and filters can't be combined").hint(format!(
            "name the ids alone; --expect-customer and the like make sure it is the right one to {verb}"
        )));
    }
    if by_filter && args.from_file.is_some() {
        return Err(Error::usage("--from-file and filters can't be combined"));
    }
    if context.may_ask() {
        return Ok(());
    }
    if given.is_empty() && !by_filter && args.from_file.is_none() {
        return Err(Error::usage(format!(
            "which request to {verb} is not said, and there is no terminal to ask on"
        ))
        .hint(
            Hint::call("name ids: ", format!("{noun} {verb} ID..."))
                .and(", or choose with --all or a filter and --yes"),
        ));
    }
    if (by_filter || args.from_file.is_some()) && !args.consent.yes && !args.consent.dry_run {
        return Err(Error::usage("choosing by filter, --all or file needs --yes where nobody can be asked")
            .hint("look first with --dry-run, then add --yes"));
    }
    Ok(())
}

/// Whether everything named is of the one type the command is for.
fn check_kind(chosen: &[Chosen], kind: Option<Kind>, decision: Decision) -> Result<(), Error> {
    let Some(kind) = kind else { return Ok(()) };
    let other = chosen.iter().filter_map(|one| one.named.as_ref().ok()).find(|named| named.lead.kind != kind);
    other.map_or(Ok(()), |named| Err(choose::of_another_kind(named, kind, decision.word())))
}

/// Shows what a dry run of several leads to; programs read it of each.
pub(super) fn show_dry_run(context: &Context, lines: &[String]) -> anyhow::Result<()> {
    if context.tells_people() {
        for line in lines {
            context.terminal.result_line(line)?;
        }
    }
    Ok(())
}

/// Shows what several decisions lead to, and asks once.
async fn confirm_many(
    context: &Context,
    order: &Order,
    outlook: &Outlook,
    chosen: &[Chosen],
    now: Timestamp,
) -> Result<(), Error> {
    let width = context.terminal.facts.width.or(Some(80));
    for line in outlook.lines(chosen, &vec![order; chosen.len()], now, width) {
        context.terminal.say(&line);
    }
    let verb = order.decision.word();
    match outlook.undecided().count() {
        // Each is told how it stands; nothing of that is sent.
        0 => Ok(()),
        some => {
            let question =
                format!("{} {}?", words::capitalised(verb), words::count(some, "request", "requests"));
            consent::confirm(context, &question).await
        }
    }
}
