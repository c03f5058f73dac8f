//! Selects requests from a file, by filter, or interactively.

use jiff::Timestamp;

use super::args::DecideArgs;
use super::outlook::Outlook;
use crate::commands::approvals::choose::{self, Chosen};
use crate::commands::approvals::list::reading;
use crate::commands::approvals::request::Order;
use crate::commands::approvals::{list, view};
use crate::commands::input;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::ids::{self, GivenId, ShortIds};
use crate::domain::approvals::{Approval, Decision, Kind, Source};
use crate::domain::collect::Wanted;
use crate::domain::ports::scan::Keep;
use crate::domain::ports::{no_such_port, only_one_port};
use crate::error::Error;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::place;
use crate::terminal::pick::Choices;
use crate::terminal::prompt::declined_error;
use crate::text::Uid;

pub(crate) fn dedupe(given: &mut Vec<GivenId>) {
    let mut seen = std::collections::HashSet::new();
    given.retain(|id| seen.insert(id.clone()));
}

/// Reads IDs from a text file (words separated by spaces or commas, optionally quoted; a heading `id`, empty lines and #
/// comments are ignored), or from JSON or JSON Lines (strings, or objects with `id`).
pub(crate) async fn ids_of_file(context: &Context, file: &std::path::Path) -> Result<Vec<GivenId>, Error> {
    let text = input::read_text(context, file, "the IDs").await?;
    let mut ids = Vec::new();
    for (place, word) in
        ids::words_in(&text).map_err(|why| Error::usage(format!("{}: {why}", file.display())))?
    {
        let id = GivenId::parse(&word).map_err(|error| {
            let at = format!("{place} of {}", file.display());
            Error { message: format!("{at}: {}", error.message), ..error }
        })?;
        ids.push(id);
    }
    if ids.is_empty() {
        let place =
            if file.as_os_str() == "-" { "on stdin".into() } else { format!("in {}", file.display()) };
        return Err(Error::usage(format!("no IDs found {place}")));
    }
    dedupe(&mut ids);
    Ok(ids)
}

/// Selects pending requests of the command's type by filter or interactively.
pub(crate) async fn choose_from_list(
    context: &Context,
    connection: &mut Connection,
    args: &DecideArgs,
    order: &Order,
    kind: Option<Kind>,
    by_filter: bool,
) -> anyhow::Result<(Vec<Chosen>, Outlook)> {
    let wanted = Wanted { keep: Keep::Pending, vlans: true, only: args.filters.only_source() };
    let collected = reading::read(context, connection, &wanted).await?;
    if let Some((_, error)) = collected.failure() {
        // --all requires a complete list.
        return Err(anyhow::Error::from(error.clone())
            .context("not all pending requests could be read; nothing was sent"));
    }
    place::say_place(context, connection);
    list::check_filters(&args.filters, &collected)?;
    list::warn_of_look_alikes(context, &collected, &args.filters);
    let now = connection.clock.now();
    let matching = choose::by_filter(&collected, &args.filters, now);
    let is_of_kind = |one: &&Approval| one.is_in_all() && kind.is_none_or(|kind| one.kind == kind);
    let count = |approvals: &[Approval]| approvals.iter().filter(is_of_kind).count();
    let is_everything = by_filter && count(&matching) == count(&collected.approvals);
    let mut waiting = choose::keep_understood(context, &collected, matching);
    choose::say_left_out(context, &collected, &args.filters, now);
    if waiting.is_empty() {
        context.terminal.say("no matching requests are waiting for you");
    } else if !by_filter {
        if !context.may_ask() {
            return Err(Error::usage("no request ID given").hint("use IDs, or --all").into());
        }
        let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| &approval.id));
        waiting = ask_which(context, order.decision, waiting, &ids, now).await?;
    }
    let chosen = waiting.iter().map(Chosen::from_approval).collect();
    Ok((chosen, Outlook::of_list(collected, waiting, is_everything)))
}

async fn ask_which(
    context: &Context,
    decision: Decision,
    waiting: Vec<Approval>,
    ids: &ShortIds,
    now: Timestamp,
) -> Result<Vec<Approval>, Error> {
    let rows = waiting.iter().map(|one| view::choice(one, ids.shorten(&one.id), now));
    let (lines, below) = rows.map(|[line, below]| (line, below)).unzip();
    let choices = Choices { lines, below, ..Choices::default() };
    let question = format!("Which requests do you want to {}?", decision.word());
    let picked = context.prompter().pick_among(&question, &choices).await?;
    let picked = picked.filter(|picked| !picked.is_empty()).ok_or_else(declined_error)?;
    Ok(waiting
        .into_iter()
        .enumerate()
        .filter(|(index, _)| picked.contains(index))
        .map(|(_, one)| one)
        .collect())
}

/// The UID of one of my ports, given by name, UID or its first characters.
pub(crate) async fn port_uid_and_name(
    context: &Context,
    connection: &mut Connection,
    port: &str,
) -> anyhow::Result<(Uid, Option<String>)> {
    let wanted = Wanted { keep: Keep::Pending, vlans: false, only: Some(Source::Marketplace) };
    let collected = reading::read(context, connection, &wanted).await?;
    if let Some((_, error)) = collected.failure() {
        return Err(error.clone().into());
    }
    let ports = collected.ports.iter().filter(|one| one.is_called(port)).map(|one| &one.product);
    let ports = ports.filter(|port| port.product_uid.is_some()).collect();
    let found = only_one_port(ports, port)?;
    Ok(found
        .and_then(|found| Some((found.product_uid.clone()?, found.product_name.clone())))
        .ok_or_else(|| with_ports_hint(no_such_port(port)))?)
}
