//! `portgate policy plan`

use clap::Args;

use super::load::{FileArgs, check_environment, load};
use super::survey::survey;
use super::view::{self, Tally};
use crate::change::document::on_behalf_of;
use crate::commands::approvals::decide::sold::SoldArgs;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;

/// Show what the policy would decide, without sending anything
///
/// SPEED and ROOM AFTER are in Mbps. ROOM AFTER includes requests that the policy accepts higher up in the table. You can save the JSON output, review and
/// edit it, and carry it out with `approvals apply`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate policy plan
  portgate policy plan -o json > plan.json
  portgate policy plan -o html=plan.html
  portgate policy plan --exit-pending || [ $? -eq 20 ]")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    file: FileArgs,

    #[command(flatten)]
    sold: SoldArgs,

    /// Exit with code 20 if any requests are left for manual review
    #[arg(long)]
    exit_pending: bool,
}

pub(super) async fn run(context: &Context, args: PlanArgs) -> anyhow::Result<Exit> {
    let file = &args.file.file;
    let policy = load(context, file)?;
    check_environment(context, &policy)?;
    let mut connection = connection::open(context).await?;
    if let Err(error) = connection.ledger.check_chain(&connection.backend).await {
        context.terminal.warn(&error.to_string());
    }
    let ceiling = args.sold.ceiling(context, &connection.limits)?;
    let survey = survey(context, &mut connection, &policy, ceiling).await?;
    context.learn_company(&connection.company);
    let tally = Tally::count(&survey.planned);
    let note = format!("{} · {}", tally.sentence(), connection.place_and_company());
    if context.output.is_table() {
        let list = view::list(&policy, &survey, connection.clock.now());
        context.write_list(&list.with_heading(format!("Plan of {}", file.display()), vec![note.clone()]))?;
    } else {
        let document = view::document(file, &policy, &survey, &connection);
        context.write_document(&on_behalf_of(document, context.account()), "decisions")?;
    }
    context.terminal.say(&note);
    if let Some(window) =
        policy.limits.window.as_ref().filter(|window| !window.is_open(connection.clock.now()))
    {
        context.terminal.warn(&format!("this policy can only be applied {}", window.in_words()));
    }
    if let Some((_, error)) = survey.collected.failure() {
        context.terminal.warn("could not read one of the sources: its requests are missing");
        return Err(error.clone().into());
    }
    let left = tally.leave + tally.stopped;
    Ok(if args.exit_pending && left > 0 { Exit::Pending } else { Exit::Done })
}
