//! `portgate approvals list`

mod condition;
mod condition_fields;
pub(crate) mod filter;
pub(in crate::commands::approvals) mod managed;
pub(in crate::commands) mod reading;
pub(in crate::commands) mod records;

use std::time::Instant;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::commands::approvals::list::filter::{FilterArgs, StatusFilter, WaitingFilter, passes_direction};
use crate::commands::approvals::list::managed::Managed;
use crate::commands::approvals::list::reading::{missing_warning, read};
use crate::commands::approvals::view;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Approval, Direction, Kind, Status};
use crate::domain::collect::{Collected, SourceState, Wanted};
use crate::domain::ports::no_such_port;
use crate::domain::ports::room::Rooms;
use crate::domain::ports::scan::Keep;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::arrange::ArrangeArgs;
use crate::render::output::ListView;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::name::distinguish;
use crate::text::words::{count_shown, shell_word};

/// List pending requests, soonest to expire first
///
/// SPEED and ROOM AFTER are in Mbps. ROOM AFTER is the room left on the port once this request and all requests above it in the list are accepted.
/// It changes with the filters and the sort order.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals list --customer globex --expires-within 14d
  portgate approvals list --sort rate_limit_mbps:desc --limit 5
  portgate approvals list --managed
  portgate approvals list --query '[].id'")]
pub(crate) struct ListArgs {
    /// Filter by who must decide
    #[arg(long, value_name = "WHO", value_enum, default_value_t, ignore_case = true)]
    waiting_on: WaitingFilter,

    /// Filter by status; --waiting-on applies only to pending requests
    #[arg(long, value_name = "STATUS", value_enum, default_value_t, ignore_case = true)]
    status: StatusFilter,

    /// Filter by direction of the connection
    #[arg(long, value_name = "DIRECTION", value_enum, ignore_case = true)]
    direction: Option<Direction>,

    #[command(flatten)]
    pub(in crate::commands) arrange: ArrangeArgs,

    /// List the requests of the accounts your company manages as a partner, with an ACCOUNT column
    ///
    /// Your own company's requests are not listed.
    #[arg(long, conflicts_with = "on_behalf_of")]
    managed: bool,

    /// Exit with code 20 if incoming requests or queue entries are waiting for you
    #[arg(long)]
    exit_pending: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

pub(in crate::commands::approvals) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    run_with(context, args, None, |shown, ids, now, _| view::list(shown, ids, now)).await
}

/// Builds the rows of a list from approvals, in order, with the room on my ports.
pub(in crate::commands) type RowsOf =
    for<'a> fn(&'a [Approval], &ShortIds, Timestamp, &Rooms) -> ListView<'a>;

/// Lists one type only, with the command's own rows.
pub(in crate::commands) async fn run_with(
    context: &Context,
    mut args: ListArgs,
    kind: Option<Kind>,
    rows: RowsOf,
) -> anyhow::Result<Exit> {
    args.filters.narrow_to(kind)?;
    let started = Instant::now();
    let keep = if args.status == StatusFilter::Pending { Keep::Pending } else { Keep::All };
    let wanted = Wanted { keep, vlans: true, only: args.filters.only_source() };
    let Managed { connection, mut collected, failures, place } = match args.managed {
        true => managed::read(context, &wanted).await?,
        false => {
            let mut connection = connection::open(context).await?;
            let collected = read(context, &mut connection, &wanted).await?;
            let failures = collected.failures().into_iter();
            let failures = failures.map(|(source, error)| (missing_warning(source), error.clone())).collect();
            let place = connection.place_and_company();
            Managed { connection, collected, failures, place }
        }
    };
    context.learn_company(&connection.company);
    check_filters(&args.filters, &collected)?;
    warn_of_look_alikes(context, &collected, &args.filters);
    let now = connection.clock.now();
    let waiting_on_any = |approval: &Approval| {
        args.status.passes(approval)
            && passes_direction(approval, args.direction)
            && args.filters.passes(approval, now)
    };
    let passing = |approval: &Approval| {
        waiting_on_any(approval)
            && (approval.status != Status::Pending || args.waiting_on.passes(approval.waiting_on))
    };
    let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| &approval.id));
    let pending_of_kind = |one: &&Approval| {
        one.status == Status::Pending && kind.is_none_or(|kind| one.kind == kind) && !passing(one)
    };
    let (of_others, left_out): (Vec<_>, Vec<_>) =
        collected.approvals.iter().filter(pending_of_kind).partition(|one| waiting_on_any(one));
    let hidden = Hidden { of_others: of_others.len(), left_out: left_out.len() };
    // Requests waiting for me, whatever else is listed.
    let pending = collected.approvals.iter().any(|one| {
        one.may_wait_on_me() && passes_direction(one, args.direction) && args.filters.passes(one, now)
    });
    let nothing_read = !failures.is_empty() && collected.approvals.is_empty();
    let mut shown = std::mem::take(&mut collected.approvals);
    shown.retain(passing);
    sort(&mut shown);
    records::complete(context, &connection, &mut shown).await;
    collected.rooms.assign(&mut shown);
    // Fields added by the rows can only be sorted after the rows are built.
    let by_row = args.arrange.sort.as_ref().is_some_and(|key| !view::is_field(&key.path));
    if let Some(key) = args.arrange.sort.as_ref().filter(|_| !by_row) {
        args.arrange.sort(&mut shown)?;
        if key.path != "room_after_mbps" {
            // Room is cumulative in the order shown.
            collected.rooms.assign(&mut shown);
        }
    }
    let found = shown.len();
    if !by_row {
        args.arrange.cut(&mut shown);
    }
    let mut view = rows(&shown, &ids, now, &collected.rooms);
    if by_row {
        args.arrange.arrange(&mut view);
    }
    if let Some(account) = context.account().filter(|_| !args.managed) {
        view.change_records(move |records| {
            records.iter_mut().for_each(|record| record["account"] = json!(account));
        });
    }
    context.write_list(&view)?;
    let count = (!nothing_read).then_some((view.table.rows.len(), found));
    say_summary(context, &place, count, &hidden, started);
    if let Some(account) =
        shown.first().and_then(|one| one.account.as_ref()).filter(|_| context.tells_people())
    {
        let call = context.invocation();
        context.terminal.say(&format!(
            "to show, accept or deny a request, name its account: {call} --on-behalf-of {} approvals show {}",
            shell_word(account.uid.as_str()),
            shell_word(ids.shorten(&shown[0].id))
        ));
    }
    for (missing, _) in &failures {
        context.terminal.warn(missing);
    }
    if let Some((_, error)) = failures.into_iter().next() {
        return Err(error.into());
    }
    Ok(if args.exit_pending && pending { Exit::Pending } else { Exit::Done })
}

/// Refuses a condition that is neither true nor false for a request (exit 2), and a filter for a port that doesn't exist
/// (exit 8).
pub(in crate::commands::approvals) fn check_filters(
    filters: &FilterArgs,
    collected: &Collected,
) -> Result<(), Error> {
    if let Some(condition) = &filters.condition {
        collected.approvals.iter().try_for_each(|one| condition.holds(one).map(|_| ()))?;
    }
    if collected.marketplace != SourceState::Read {
        return Ok(());
    }
    let mut missing =
        filters.port.iter().filter(|wanted| !collected.ports.iter().any(|port| port.is_called(wanted)));
    match missing.next() {
        None => Ok(()),
        Some(missing) => {
            Err(with_ports_hint(no_such_port(missing)).reason("no request can match this filter"))
        }
    }
}

/// Warns about customers whose names only look like a filter.
pub(in crate::commands::approvals) fn warn_of_look_alikes(
    context: &Context,
    collected: &Collected,
    filters: &FilterArgs,
) {
    let waiting = collected.approvals.iter().filter(|one| one.status == Status::Pending);
    for (name, wanted) in filters.look_alikes(waiting) {
        let name = distinguish(name, wanted);
        context
            .terminal
            .warn(&format!("customer '{name}' is not included: the name only looks like '{wanted}'"));
    }
}

/// Soonest to expire first, then those without expiry, oldest first.
pub(in crate::commands) fn sort(approvals: &mut [Approval]) {
    approvals.sort_by(|one, other| {
        let by_expiry = |approval: &Approval| (approval.expires_at.is_none(), approval.expires_at);
        let by_age = |approval: &Approval| (approval.created_at.is_none(), approval.created_at);
        by_expiry(one)
            .cmp(&by_expiry(other))
            .then_with(|| by_age(one).cmp(&by_age(other)))
            .then_with(|| one.id.cmp(&other.id))
    });
}

/// Pending requests that are not listed.
struct Hidden {
    /// Excluded by --waiting-on.
    of_others: usize,
    /// Excluded by another filter.
    left_out: usize,
}

/// `count` is how many requests are shown and were found; `None` if nothing could be read.
fn say_summary(
    context: &Context,
    place: &str,
    count: Option<(usize, usize)>,
    hidden: &Hidden,
    started: Instant,
) {
    let mut parts = Vec::new();
    if let Some((shown, found)) = count {
        parts.push(match found {
            0 => "no requests found".to_owned(),
            found => count_shown(shown, found, "request", "requests"),
        });
    }
    let more = if count.is_some_and(|(_, found)| found > 0) { " more" } else { "" };
    if hidden.of_others > 0 {
        parts.push(format!("{}{more} pending (--waiting-on any)", hidden.of_others));
    }
    if hidden.left_out > 0 {
        let requests = if hidden.left_out == 1 { "request" } else { "requests" };
        parts.push(format!("{}{more} pending {requests} excluded by filters", hidden.left_out));
    }
    parts.push(place.to_owned());
    parts.push(format!("{:.1} s", started.elapsed().as_secs_f64()));
    context.terminal.say(&parts.join(" · "));
}
