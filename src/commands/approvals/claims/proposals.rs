//! `portgate approvals proposals`, `confirm` and `drop`: what a second person must confirm.

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::vlan::Vlan;
use crate::change::{Concurrency, Retry, consent};
use crate::commands::approvals::choose;
use crate::commands::approvals::decide;
use crate::commands::approvals::decide::decisions::Decisions;
use crate::commands::approvals::decide::outlook::Outlook;
use crate::commands::approvals::decide::sold::SoldArgs;
use crate::commands::approvals::decide::task::Task;
use crate::commands::approvals::request::{Decider, Order, Rule};
use crate::domain::approvals::Decision;
use crate::domain::approvals::ids::{GivenId, ShortIds};
use crate::domain::ports::vlan::VlanChoice;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Claimed, Entry, Object, ObjectKind, Step, Terms, name};
use crate::options::{ConcurrencyArgs, ConsentArgs};
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::{Mbps, words};

/// List decisions that a second person must confirm
///
/// A profile can require a second person for some acceptances (`second_person`). Accepting such a request only proposes it
/// (exit code 16); another login to the same ledger confirms it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals proposals
  portgate approvals proposals --query '[].id'")]
pub(crate) struct ProposalsArgs {}

/// Confirm and send decisions that someone else proposed
///
/// They are sent as they were proposed; a request that has changed since then isn't sent (exit code 13). You can't confirm what
/// was proposed with your own login to the ledger.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals confirm 7c1e09ab
  portgate approvals confirm 7c1e09ab --yes -o json")]
pub(crate) struct ConfirmArgs {
    /// Request IDs, or their first 6 or more characters
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    sold: SoldArgs,

    #[command(flatten)]
    concurrency: ConcurrencyArgs,
}

/// Drop proposed decisions without sending them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals drop 7c1e09ab --reason 'wrong VLAN'
  portgate approvals drop 7c1e09ab -o json")]
pub(crate) struct DropArgs {
    /// Request IDs, or their first 6 or more characters
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Reason, recorded in the ledger
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// A decision that was proposed. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    id: Uid,
    decision: String,
    proposed_by: String,
    /// The login to the ledger, which can't confirm it.
    login: Option<String>,
    proposed_at: Timestamp,
    customer: Option<String>,
    port: Option<String>,
    rate_limit_mbps: Option<Mbps>,
    vlan: Option<Vlan>,
    reason: Option<String>,
    ticket: Option<String>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&Record::default())
}

impl From<&Entry> for Record {
    fn from(entry: &Entry) -> Self {
        let Entry { object, who, at, .. } = entry.clone();
        let request = object.request;
        Record {
            id: object.id,
            decision: object.action,
            proposed_by: who.actor,
            login: who.login,
            proposed_at: at,
            customer: request.as_ref().and_then(|request| request.customer.clone()),
            port: request.as_ref().and_then(|request| request.port.clone()),
            rate_limit_mbps: request.and_then(|request| request.rate_limit_mbps),
            vlan: object.vlan,
            reason: object.reason,
            ticket: object.ticket,
        }
    }
}

pub(in crate::commands::approvals) async fn list(
    context: &Context,
    _: ProposalsArgs,
) -> anyhow::Result<Exit> {
    let connection = connection::open(context).await?;
    let proposals = context.with_progress("reading the ledger", proposals_of(&connection)).await?;
    write(context, &proposals)?;
    let count = match proposals.len() {
        0 => "no proposals".to_owned(),
        count => words::count(count, "proposal", "proposals"),
    };
    context.terminal.say(&format!("{count} · {}", connection.place_and_company()));
    Ok(Exit::Done)
}

fn write(context: &Context, proposals: &[Entry]) -> anyhow::Result<()> {
    let records: Vec<Record> = proposals.iter().map(Record::from).collect();
    let ids = ShortIds::from_ids(records.iter().map(|row| &row.id));
    let moments = context.moments();
    let columns = vec![
        Column::new("ID", |row: &Record| ids.shorten(&row.id).to_owned()),
        Column::new("DECISION", |row: &Record| row.decision.clone()),
        Column::text("CUSTOMER", |row: &Record| row.customer.clone()),
        Column::new("SPEED", |row: &Record| words::or_dash(row.rate_limit_mbps)),
        Column::text("PORT", |row: &Record| row.port.clone()),
        Column::new("VLAN", |row: &Record| {
            row.vlan.map_or_else(|| "as requested".to_owned(), |vlan| vlan.to_string())
        }),
        Column::text("PROPOSED BY", |row: &Record| row.proposed_by.clone()).move_below(),
        Column::new("AT", |row: &Record| moments.format(row.proposed_at)).move_below(),
        Column::text("TICKET", |row: &Record| row.ticket.clone())
            .only_if(records.iter().any(|row| row.ticket.is_some()))
            .move_below(),
    ];
    context.write_list(&ListView::new(&records, columns, |row| json!(row)))
}

/// The open proposals of the session's company.
async fn proposals_of(connection: &Connection) -> Result<Vec<Entry>, Error> {
    let mut proposals = Box::pin(connection.ledger.proposals(&connection.backend)).await?;
    proposals
        .retain(|entry| entry.is_of(&connection.backend, &connection.company, connection.partner.is_some()));
    Ok(proposals)
}

/// Who decided the request of this ID, or dropped what was proposed, if the ledger says so.
async fn how_it_ended(context: &Context, connection: &Connection, given: &GivenId) -> Option<String> {
    let entries = connection.entries_about(given.text()).await;
    let ends = |entry: &&Entry| matches!(entry.step, Step::Answered | Step::Dropped);
    let last = entries.iter().rev().find(ends).filter(|entry| entry.outcome.as_deref() == Some("done"))?;
    let ended = match last.decision() {
        Some(decision) => &format!("the request was {}", decision.participle()),
        None => "the proposal was dropped",
    };
    // A prefix may be that of another one, too.
    let is_one = entries.iter().all(|entry| entry.object.id == last.object.id);
    is_one.then(|| format!("{ended} by {} at {}", name(last), context.moments().format(last.at)))
}

/// The open proposal of each of these requests.
async fn find_proposals(
    context: &Context,
    connection: &Connection,
    ids: &[String],
) -> Result<Vec<Entry>, Error> {
    let proposals = proposals_of(connection).await?;
    let mut found: Vec<Entry> = Vec::new();
    for id in ids {
        let given = GivenId::parse(id)?;
        let mut matching = proposals.iter().filter(|entry| given.names(&entry.object.id));
        let missing = |why: &str| {
            Error::new(Exit::NotFound, format!("{why} {id}"))
                .hint(Hint::call("list all proposals: ", "approvals proposals"))
                .resource(id)
        };
        match (matching.next(), matching.next()) {
            (None, _) => {
                let error = missing("no proposal found for");
                return Err(match how_it_ended(context, connection, &given).await {
                    Some(ended) => error.reason(ended),
                    None => error,
                });
            }
            (Some(_), Some(_)) => return Err(missing("several proposals match")),
            (Some(entry), None) if !found.contains(entry) => found.push(entry.clone()),
            (Some(_), None) => {}
        }
    }
    Ok(found)
}

pub(in crate::commands::approvals) async fn confirm(
    context: &Context,
    args: ConfirmArgs,
) -> anyhow::Result<Exit> {
    let concurrency = Concurrency::resolve(context, args.concurrency)?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let proposals = find_proposals(context, &connection, &args.ids).await?;
    let ceiling = args.sold.ceiling(context, &connection.limits)?;
    let given: Vec<GivenId> = proposals
        .iter()
        .map(|entry| GivenId::parse(entry.object.id.as_str()))
        .collect::<Result<_, Error>>()?;
    let chosen = choose::each_id(context, &mut connection, &given).await?;
    choose::check_all_there(&chosen)?;
    let orders: Vec<Order> = proposals.iter().map(order).collect::<Result<_, Error>>()?;
    let outlook = match chosen.len() > 1 && (permit.dry_run || permit.must_ask) {
        true => decide::read_together(context, &mut connection, &chosen, &orders, std::iter::empty()).await,
        false => Outlook::default(),
    };
    let tasks = chosen
        .into_iter()
        .zip(orders)
        .zip(&proposals)
        .map(|((chosen, order), proposal)| Task { rule: rule(proposal), ..Task::new(chosen, order) })
        .collect();
    let notes = proposals.iter().map(|entry| format!("{} was proposed by {}", entry.object.id, name(entry)));
    let decider = Decider::new(context, &connection);
    let decisions =
        Decisions::new(&decider, (), ceiling, &permit).with_outlook(outlook).with_notes(notes.collect());
    decisions.carry_out(permit, tasks, concurrency, Retry::ByIds).await
}

/// The rule that proposed it.
fn rule(entry: &Entry) -> Option<Rule> {
    let name = entry.object.rule.as_deref()?;
    Some(Rule { policy: entry.object.policy.clone(), ..Rule::with_name(name) })
}

/// The decision as it was proposed.
fn order(entry: &Entry) -> Result<Order, Error> {
    let object = &entry.object;
    let decision = entry.decision().filter(|decision| *decision == Decision::Accept).ok_or_else(|| {
        Error::new(Exit::Other, format!("the proposal for {} can't be read", object.id)).resource(&object.id)
    })?;
    Ok(Order {
        vlan: object.vlan.map(VlanChoice::Exactly),
        inner_vlan: object.inner_vlan,
        move_to: object.move_to.clone(),
        reason: object.reason.clone(),
        ticket: object.ticket.clone(),
        proposed_by: Some(entry.who.actor.clone()),
        ..Order::new(decision)
    })
}

pub(in crate::commands::approvals) async fn drop(context: &Context, args: DropArgs) -> anyhow::Result<Exit> {
    let connection = consent::open_ledger(context).await?;
    let proposals = find_proposals(context, &connection, &args.ids).await?;
    for entry in &proposals {
        let object = Object {
            request: entry.object.request.clone(),
            reason: args.reason.clone(),
            // Limits of policies no longer count it.
            rule: entry.object.rule.clone(),
            policy: entry.object.policy.clone(),
            ..Object::new(ObjectKind::Request, entry.object.id.clone(), "drop")
        };
        let line = Entry {
            outcome: Some("done".to_owned()),
            proposed_by: Some(entry.who.clone()),
            // It belongs to the proposal's chain, even if the company isn't known here yet.
            company: entry.company.clone(),
            partner: entry.partner.clone(),
            ..connection.entry(Step::Dropped, Uuid::new_v4().to_string(), object)
        };
        match connection.ledger.claim(&line, Terms::NONE, connection.client.patience.time_left()).await? {
            Claimed::Granted => {}
            Claimed::Stale(error) | Claimed::Proposed(error) => return Err(error.into()),
        }
    }
    write(context, &proposals)?;
    context.terminal.say(&format!("dropped {}", words::count(proposals.len(), "proposal", "proposals")));
    Ok(Exit::Done)
}
