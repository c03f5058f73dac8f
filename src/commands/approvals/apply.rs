//! `portgate approvals apply`

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;

use super::choose::{self, Chosen};
use super::decide::decisions::Decisions;
use super::decide::number::{self, Way};
use super::decide::outlook::Outlook;
use super::decide::sold::SoldArgs;
use super::decide::task::Task;
use super::decide::{self, ReasonArgs};
use super::decision_file::{self, DecisionFile, Row};
use crate::change::{Concurrency, Retry, consent};
use crate::commands::approvals::request::{Decider, Order, Rule};
use crate::commands::input;
use crate::domain::approvals::ids::GivenId;
use crate::error::Error;
use crate::exit::Exit;
use crate::options::{ConcurrencyArgs, ConsentArgs};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::amounts::parse_count;

/// Carry out decisions from a JSON, JSON Lines or CSV file
///
/// Each row requires an id and a decision (accept, deny or leave). It can also have a vlan (a number, next, keep,
/// keep-or-next or untagged), a vlan_pool to choose from with next or keep-or-next (such as 1200-1299,1400), a reason (default: --reason), and the expected speed, customer, port and type. The output of
/// `policy plan` can be used directly, and that of `approvals list` once each row has a decision. The whole file is checked before anything is
/// sent. You can safely run the same file again: requests already decided that way are left unchanged.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals apply decisions.csv
  portgate policy plan -o json > plan.json && \\
    portgate approvals apply plan.json --dry-run
  printf 'id,decision,speed\\n7c1e09ab,accept,500\\n' | \\
    portgate approvals apply - --yes -o json")]
pub(crate) struct ApplyArgs {
    /// File to read ('-' for stdin)
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Maximum number of requests to decide
    #[arg(long, value_name = "N", value_parser = parse_count, allow_hyphen_values = true, hide_short_help = true)]
    max: Option<u64>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    concurrency: ConcurrencyArgs,

    #[command(flatten)]
    words: ReasonArgs,

    #[command(flatten)]
    sold: SoldArgs,
}

pub(super) async fn run(context: &Context, args: ApplyArgs) -> anyhow::Result<Exit> {
    let file = decision_file::read(&input::read_text(context, &args.file, "the decisions").await?)?;
    let reasons = file.rows.iter().map(|row| reason(row, &args)).collect::<Result<Vec<_>, _>>()?;
    consent::require_yes(context, args.consent, "to apply a file")?;
    check_environment(context, &file)?;
    if file.rows.is_empty() {
        context.terminal.say("every row says 'leave': nothing to do");
    }
    let concurrency = Concurrency::resolve(context, args.concurrency)?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let bare = file.rows.iter().find(|row| row.reason.is_none() && args.words.reason.is_none()).map(|row| {
        let hint = "add a reason to the row, or use --reason for all rows";
        move |error: Error| error.reason(format!("{} has no reason", row.place)).hint(hint)
    });
    let permit = permit.check(decide::check_words(&connection.limits, bare, args.words.ticket.is_some()))?;
    let given: Vec<_> = file.rows.iter().map(|row| row.id.clone()).collect();
    let chosen = choose::each_id(context, &mut connection, &given).await?;
    check_backend(&connection, &file)?;
    check_company(&connection, &file)?;
    check_twice(&file, &chosen)?;
    check_vlans(&file.rows, &chosen)?;
    choose::check_all_there(&chosen)?;
    number::check(chosen.len(), args.max, Way::EachByItself, &permit)?;
    let orders: Vec<Order> = file
        .rows
        .iter()
        .zip(reasons)
        .map(|(row, reason)| order(row, reason, args.words.ticket.as_deref()))
        .collect();
    let ceiling = args.sold.ceiling(context, &connection.limits)?;
    let outlook = match chosen.len() > 1 && (permit.dry_run || permit.must_ask) {
        true => {
            let expected = file.rows.iter().map(|row| &row.expected);
            decide::read_together(context, &mut connection, &chosen, &orders, expected).await
        }
        false => Outlook::default(),
    };
    let tasks = chosen
        .into_iter()
        .zip(orders)
        .zip(&file.rows)
        .map(|((chosen, order), row)| Task {
            rule: row.rule.as_deref().map(Rule::with_name),
            expected: row.expected.clone(),
            ..Task::new(chosen, order)
        })
        .collect();
    let decider = Decider::new(context, &connection);
    let decisions = Decisions::new(&decider, (), ceiling, &permit).with_outlook(outlook);
    decisions.carry_out(permit, tasks, concurrency, Retry::BySameCommand).await
}

/// The reason of a row, with the ticket.
fn reason(row: &Row, args: &ApplyArgs) -> Result<Option<String>, Error> {
    let own = row.reason.as_deref().or(args.words.reason.as_deref()).map(str::trim);
    decide::reason_with_ticket(own, args.words.ticket.as_deref()).map_err(|mut error| {
        error.message = format!("{}: {}", row.place, error.message);
        error
    })
}

/// Refuses a plan made for another environment.
fn check_environment(context: &Context, file: &DecisionFile) -> anyhow::Result<()> {
    let here = context.target()?.environment.name();
    match file.environment.as_deref().filter(|&made| made != here) {
        None => Ok(()),
        Some(made) => {
            Err(Error::usage(format!("the plan was made for {made}, but this environment is {here}"))
                .hint("choose the environment with --env or --profile, or make a new plan")
                .into())
        }
    }
}

fn check_backend(connection: &Connection, file: &DecisionFile) -> Result<(), Error> {
    match file.api_url.as_ref().filter(|&made| *made != connection.backend) {
        None => Ok(()),
        Some(made) => {
            let here = &connection.backend;
            Err(Error::usage(format!("the plan was made for {made}, but this backend is {here}"))
                .hint("choose the backend with --profile or --api-url, or make a new plan"))
        }
    }
}

fn check_company(connection: &Connection, file: &DecisionFile) -> Result<(), Error> {
    match (&file.company_uid, &connection.company.uid) {
        (Some(made), Some(here)) if made != here => {
            Err(Error::usage("the plan was made for another company")
                .hint("choose the company with --profile, or its managed account with --on-behalf-of"))
        }
        _ => Ok(()),
    }
}

/// Refuses two rows for the same request, where one uses a prefix or the VXC's UID.
fn check_twice(file: &DecisionFile, chosen: &[Chosen]) -> Result<(), Error> {
    let mut places: HashMap<&Uid, &str> = HashMap::new();
    let mut problems = Vec::new();
    for (row, one) in file.rows.iter().zip(chosen) {
        let Ok(named) = &one.named else { continue };
        if let Some(before) = places.insert(&named.id, &row.place) {
            problems.push(format!("{}: {} is the same request as {before}", row.place, one.given));
        }
        let is_it = |left: &GivenId| {
            left.names(&named.id) || named.lead.vxc_uid.as_ref().is_some_and(|uid| left.names(uid))
        };
        for (place, left) in file.left.iter().filter(|(_, left)| is_it(left)) {
            problems.push(format!(
                "{}: {} is the same request as {} on {place}",
                row.place,
                one.given,
                left.text()
            ));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(decision_file::unusable_error(&problems)) }
}

/// Refuses a VLAN for a speed change or a queue entry, before anything is sent.
fn check_vlans(rows: &[Row], chosen: &[Chosen]) -> Result<(), Error> {
    let problem = |(row, one): (&Row, &Chosen)| {
        (row.vlan.is_some() && !decide::has_end(one)).then(|| {
            format!(
                "{}: {} is a speed change or queue entry, which has no VLAN to set: remove its vlan",
                row.place, one.given
            )
        })
    };
    let problems: Vec<String> = rows.iter().zip(chosen).filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(decision_file::unusable_error(&problems)) }
}

fn order(row: &Row, reason: Option<String>, ticket: Option<&str>) -> Order {
    let ticket = ticket.map(str::to_owned);
    Order { vlan: row.vlan, pool: row.pool.clone(), reason, ticket, ..Order::new(row.decision) }
}
