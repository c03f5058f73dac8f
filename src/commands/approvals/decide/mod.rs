//! Shared by `accept` and `deny`: selecting requests and asking for confirmation.

mod args;
pub(in crate::commands) mod batch;
pub(super) mod consequence;
pub(in crate::commands) mod decisions;
pub(in crate::commands) mod expect;
mod grounds;
pub(in crate::commands) mod number;
pub(super) mod outlook;
mod plan;
mod preview;
mod row;
mod selection;
mod send;
pub(in crate::commands) mod sold;
pub(in crate::commands) mod task;
mod together;

use std::collections::HashMap;

pub(in crate::commands) use self::args::{DecideArgs, Scope};
use self::decisions::Decisions;
pub(in crate::commands) use self::grounds::{ReasonArgs, ask_ticket, check_words, reason_with_ticket};
use self::number::Way;
use self::outlook::Outlook;
use self::selection::{choose_from_list, dedupe, ids_of_file, port_uid_and_name};
use self::task::Task;
pub(super) use self::together::read_together;
pub(in crate::commands) use self::together::{Asked, ask_about};
use crate::change::{Concurrency, Retry, consent};
use crate::commands::approvals::choose::{self, Chosen};
use crate::commands::approvals::request::{Decider, Order};
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::{Decision, Kind, Status};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::Uid;

pub(in crate::commands) async fn run(
    context: &Context,
    mut args: DecideArgs,
    mut order: Order,
    scope: Scope,
) -> anyhow::Result<Exit> {
    order = args.words.complete(order)?;
    let mut given = args.ids.iter().map(|id| parse_id(id)).collect::<Result<Vec<_>, _>>()?;
    dedupe(&mut given);
    let by_filter = args.all || !args.filters.is_empty();
    args.filters.narrow_to(scope.kind)?;
    check_consent(context, &args, &order, scope, &given, by_filter)?;
    if let Some(file) = &args.from_file {
        given = ids_of_file(context, file).await?;
    }
    let concurrency = Concurrency::resolve(context, args.concurrency)?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let asks = permit.must_ask && context.may_ask();
    let bare =
        (args.words.reason.is_none() && !asks).then_some(|error: Error| error.hint("add one with --reason"));
    let permit = permit.check(check_words(&connection.limits, bare, asks || args.words.ticket.is_some()))?;
    let ceiling = scope.sold.ceiling(context, &connection.limits)?;
    let (chosen, listed) = if by_filter || (given.is_empty() && args.from_file.is_none()) {
        let (chosen, outlook) =
            choose_from_list(context, &mut connection, &args, &order, scope.kind, by_filter).await?;
        (chosen, Some(outlook))
    } else {
        (choose::by_ids(context, &mut connection, &given).await?, None)
    };
    choose::check_all_there(&chosen)?;
    check_kind(&chosen, scope.kind, order.decision)?;
    let way = match (args.all, by_filter || args.from_file.is_some()) {
        (true, _) => Way::All,
        (false, true) => Way::Together,
        (false, false) => Way::EachByItself,
    };
    number::check(chosen.len(), args.max, way, &permit)?;
    if let Some(port) = order.move_to.take() {
        let (uid, name) = port_uid_and_name(context, &mut connection, port.as_str()).await?;
        (order.move_to, order.move_to_name) = (Some(uid), name);
    }
    let notes = note_without_end(&chosen, &order)?;
    let orders: Vec<Order> = chosen.iter().map(|one| order_of(one, &order)).collect();
    let must_ask = permit.must_ask;
    let mut outlook = match (listed, &chosen[..]) {
        (Some(listed), _) => listed,
        (None, [Chosen { named: Ok(named), .. }]) if permit.dry_run => {
            Outlook::of_one(&Decider::new(context, &connection), named).await
        }
        (None, [_, _, ..]) if permit.dry_run || must_ask || order.gives_place() => {
            Outlook::of_named(context, &mut connection, &chosen).await
        }
        (None, _) => Outlook::default(),
    };
    check_vlan(&chosen, &order, &outlook)?;
    if chosen.len() > 1 && (must_ask || permit.dry_run) {
        outlook.look_for_holders(context, &connection, &orders).await;
    }
    let expected = args.expect.expectations();
    outlook.leave_out(std::iter::repeat(&expected));
    outlook.look_ahead(&orders);
    let task = |(chosen, order)| Task { expected: expected.clone(), ..Task::new(chosen, order) };
    let tasks = chosen.into_iter().zip(orders).map(task).collect();
    let decider = Decider::new(context, &connection);
    let decisions = Decisions::new(&decider, (), ceiling, &permit).with_outlook(outlook).with_notes(notes);
    let decisions = if asks { decisions.asking_for_words(args.words) } else { decisions };
    decisions.carry_out(permit, tasks, concurrency, Retry::ByIds).await
}

/// Parses an ID. A word that can't be the start of one may belong to the option before it: `--speed-above 500 Mbps`.
fn parse_id(text: &str) -> Result<GivenId, Error> {
    let is_start = text.chars().all(|character| character.is_ascii_hexdigit() || character == '-');
    GivenId::parse(text).map_err(|error| match is_start {
        true => error,
        false => error.hint(
            "if it is part of an option's value, quote the whole value, for example --speed-above '500 Mbps'",
        ),
    })
}

/// Whether a request has an end whose VLAN and port can be set; one that isn't known may have.
pub(super) fn has_end(chosen: &Chosen) -> bool {
    chosen.named.as_ref().map_or(true, |named| named.lead.has_end())
}

/// Refuses the same VLAN for several requests on one port.
fn check_vlan(chosen: &[Chosen], order: &Order, outlook: &Outlook) -> Result<(), Error> {
    if !order.sets_exact_vlan() {
        return Ok(());
    }
    let mut on_port: HashMap<&Uid, &Uid> = HashMap::new();
    for (position, _) in chosen.iter().enumerate().filter(|(_, one)| has_end(one)) {
        let Some(approval) = outlook.seen_approval(position).filter(|one| one.status == Status::Pending)
        else {
            continue;
        };
        let end = approval.my_end();
        let (port, name) = match &order.move_to {
            Some(port) => (Some(port), order.move_to_name.as_ref()),
            None => {
                (end.and_then(|end| end.product_uid.as_ref()), end.and_then(|end| end.product_name.as_ref()))
            }
        };
        let Some(port) = port else { continue };
        if let Some(other) = on_port.insert(port, &approval.id) {
            let name = name.map_or(port.as_str(), String::as_str);
            return Err(Error::usage("the same VLAN can't be used for several requests on one port")
                .reason(format!("{other} and {} are both for {name}", approval.id))
                .hint("use --vlan keep-or-next or --vlan next, or decide the requests one by one"));
        }
    }
    Ok(())
}

/// The order of a request: speed changes and queue entries have no VLAN to set.
fn order_of(chosen: &Chosen, order: &Order) -> Order {
    if has_end(chosen) { order.clone() } else { order.without_end() }
}

/// A note for requests that have no VLAN to set; an error if none has one.
fn note_without_end(chosen: &[Chosen], order: &Order) -> Result<Vec<String>, Error> {
    let options = order.end_options();
    if options.is_empty() {
        return Ok(Vec::new());
    }
    let without = chosen.iter().filter(|one| !has_end(one)).count();
    let options = options.join(", ");
    if without > 0 && without == chosen.len() {
        return Err(Error::usage(format!("{options} can only be used with connection requests"))
            .reason("speed changes and queue entries have no VLAN or port to set")
            .hint("remove the option"));
    }
    if without == 0 {
        return Ok(Vec::new());
    }
    let verb = if order.end_options().len() == 1 { "is" } else { "are" };
    let which = if without == 1 {
        "which is a speed change or queue entry"
    } else {
        "which are speed changes or queue entries"
    };
    Ok(vec![format!("note: {options} {verb} ignored for {without} of the selected requests, {which}")])
}

/// Checks, before any API request, whether the selection is allowed without a prompt.
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
        return Err(Error::usage("IDs can't be combined with filters or --all").hint(format!(
            "use only IDs, and --expect-customer, --expect-port or --expect-speed to check what you {verb}"
        )));
    }
    if by_filter && args.from_file.is_some() {
        return Err(Error::usage("--from-file can't be combined with filters"));
    }
    let Some(why) = context.why_not_ask() else { return Ok(()) };
    if given.is_empty() && !by_filter && args.from_file.is_none() {
        return Err(Error::usage(format!("no request ID given ({why})")).hint(
            Hint::call("use IDs: ", format!("{noun} {verb} ID..."))
                .and(", or select with a filter and --yes, or with --all, --max and --yes"),
        ));
    }
    match by_filter || args.from_file.is_some() {
        true => consent::require_yes(context, args.consent, "with filters, --all or --from-file"),
        false => Ok(()),
    }
}

/// Checks that all given requests are of the command's type.
fn check_kind(chosen: &[Chosen], kind: Option<Kind>, decision: Decision) -> Result<(), Error> {
    let Some(kind) = kind else { return Ok(()) };
    let other = chosen.iter().filter_map(|one| one.named.as_ref().ok()).find(|named| named.lead.kind != kind);
    other.map_or(Ok(()), |named| Err(choose::other_kind_error(named, kind, decision.word())))
}
