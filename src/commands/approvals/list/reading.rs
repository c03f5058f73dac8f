//! Reads requests, and keeps what completion and later runs need of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::commands::approvals::view;
use crate::domain::approvals::{Approval, Source, Status};
use crate::domain::collect::{Collected, SourceState, Wanted, collect};
use crate::domain::ports::bare;
use crate::domain::ports::scan::{Keep, Port};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::id_map::{MOST_OFFERED, Seen};
use crate::text::Uid;
use crate::text::name::{distinguish, look_alikes};

/// Reads both sources, notes which were skipped, and updates the ID map.
pub(in crate::commands) async fn read(
    context: &Context,
    connection: &mut Connection,
    wanted: &Wanted,
) -> anyhow::Result<Collected> {
    let collected = context.with_progress("reading requests", read_quietly(connection, wanted)).await?;
    for note in skipped_notes(&collected) {
        context.terminal.say(&format!("note: {note}"));
    }
    for id in collected.shared_ids() {
        let message = format!("several requests have the ID {id}: portgate can't tell which one to decide");
        context.terminal.warn(&message);
    }
    let waiting = collected.approvals.iter().filter(|one| one.status == Status::Pending);
    for (one, other) in look_alikes(waiting.filter_map(|one| one.customer.name.as_deref())) {
        let (one, other) = (distinguish(one, other), distinguish(other, one));
        context.terminal.warn(&format!("'{one}' and '{other}' look alike but are different customers"));
    }
    Ok(collected)
}

/// Notes about the sources that were skipped.
pub(in crate::commands::approvals) fn skipped_notes(collected: &Collected) -> Vec<String> {
    let sources = [("Marketplace", &collected.marketplace), ("service approval queue", &collected.queue)];
    let note = |(name, state): (&str, &SourceState)| match state {
        SourceState::Skipped(error) => {
            let status = error.http_status.unwrap_or_default();
            Some(format!("this key has no access to the {name} ({status}); its requests are not shown"))
        }
        _ => None,
    };
    sources.into_iter().filter_map(note).collect()
}

/// Like [`read`], without notes.
pub(in crate::commands::approvals) async fn read_quietly(
    connection: &mut Connection,
    wanted: &Wanted,
) -> Result<Collected, Error> {
    let now = connection.clock.now();
    let mut collected = collect(&connection.client, &connection.company, wanted, now).await?;
    connection.learn_company(&collected.company)?;
    if let Some(error) = collected.nothing_open() {
        let mut closed = Error::new(
            Exit::Forbidden,
            "this key has access to neither the Marketplace nor the service approval queue",
        );
        closed.reason.clone_from(&error.reason);
        closed.http_status = error.http_status;
        closed.trace_id.clone_from(&error.trace_id);
        closed.hints.clone_from(&error.hints);
        return Err(closed);
    }
    let learned = name_ports(connection, &mut collected).await;
    let is_whole =
        !matches!(wanted.keep, Keep::Prefixes(_)) && wanted.only.is_none() && collected.failure().is_none();
    let named = collected.approvals.iter().filter(|one| collected.namesakes(&one.id).is_empty());
    connection.ids.keep(&collected.company, named, |seen| {
        if is_whole {
            offer(seen, &collected);
        } else {
            let decided = collected.approvals.iter().filter(|one| !one.may_be_pending());
            seen.forget_waiting(&decided.map(|one| one.id.clone()).collect::<Vec<_>>());
        }
        seen.port_names.extend(learned);
    });
    Ok(collected)
}

/// Most ports of which the names are read by themselves, and how long that may take.
const MOST_READ_BY_NAME: usize = 5;
const LONGEST_READ_BY_NAME: Duration = Duration::from_secs(5);

/// Names the ports of entries of the queue, which has only their UIDs: as other requests call them, as they were last called
/// here, or, where the ports weren't read as well, as a few of them are called now. Returns the names that were read. A name
/// that can't be read is no failure: the UID is shown.
async fn name_ports(connection: &Connection, collected: &mut Collected) -> BTreeMap<Uid, String> {
    let named = |approval: &Approval| {
        let end = approval.b_end.as_ref()?;
        Some((end.product_uid.clone()?, end.product_name.clone()?))
    };
    let mut learned: BTreeMap<Uid, String> = collected.approvals.iter().filter_map(named).collect();
    let unnamed = |approval: &Approval| {
        let end = approval.b_end.as_ref().filter(|end| end.product_name.is_none())?;
        end.product_uid.clone()
    };
    let is_unnamed = |uid: &Uid| !learned.contains_key(uid);
    let uids: BTreeSet<Uid> = collected.approvals.iter().filter_map(unnamed).filter(is_unnamed).collect();
    let may_ask = collected.marketplace == SourceState::NotAsked;
    let unknown = uids.iter().filter(|uid| may_ask && connection.ids.port_name(uid).is_none());
    let reading = async {
        for uid in unknown.take(MOST_READ_BY_NAME) {
            let Ok(port) = bare::find(&connection.client, uid.as_str()).await else { break };
            learned.extend(port.product_name.map(|name| (uid.clone(), name)));
        }
    };
    let _ = tokio::time::timeout(LONGEST_READ_BY_NAME, reading).await;
    for approval in &mut collected.approvals {
        if let (Some(uid), Some(end)) = (unnamed(approval), approval.b_end.as_mut()) {
            end.product_name = learned.get(&uid).or_else(|| connection.ids.port_name(&uid)).cloned();
        }
    }
    learned
}

/// Stores candidates for shell completion.
fn offer(seen: &mut Seen, collected: &Collected) {
    let waiting = collected.approvals.iter().filter(|one| one.is_in_all()).take(MOST_OFFERED);
    seen.waiting = waiting.map(|one| (one.id.clone(), view::sentence(one))).collect();
    let named = |port: &Port| Some((port.product.product_uid.clone()?, port.product.product_name.clone()?));
    seen.port_names = collected.ports.iter().filter_map(named).collect();
    seen.ports = collected.ports.iter().filter_map(|port| port.product.product_name.clone()).collect();
}

/// The warning for a source that failed.
pub(in crate::commands::approvals) fn missing_warning(source: Source) -> String {
    match source {
        Source::Marketplace => {
            "could not read the Marketplace: connection requests and speed changes are missing".to_owned()
        }
        Source::Queue => "could not read the service approval queue: its entries are missing".to_owned(),
    }
}
