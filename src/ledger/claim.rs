//! Whether a decision may be sent, by what a shared ledger says of the request.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Entry, Object, Step, Who};
use crate::domain::approvals::ids;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::Uid;
use crate::text::words;

/// What became of an attempt to claim a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claimed {
    Granted,
    /// It was recorded as a proposal: a second person must confirm it. The error says so.
    Proposed(Error),
    /// Somebody else decided it: it must be read again. The error is the outcome if it can't be.
    Stale(Error),
}

/// A line about a request in a shared ledger.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Its place among all lines of the backend.
    pub(super) place: i64,
    /// How long ago it was recorded, by the database's clock.
    pub(super) age: Duration,
    pub(super) entry: Entry,
}

impl Seen {
    /// How long its claim still lasts.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let lease = Duration::from_secs(self.entry.lease_s?);
        lease.checked_sub(self.age).filter(|left| !left.is_zero())
    }
}

/// Why a decision can't be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Somebody has it.
    Held(Error),
    /// It was decided, by the line at this place.
    Decided { place: i64, error: Error },
}

/// What a second person has to do with a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Second {
    NotNeeded,
    /// One must confirm it.
    Needed,
    /// It confirms what was proposed.
    Confirms,
}

/// A decision that may be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    Send,
    /// By a second person, as this one proposed it.
    Confirm(Box<Who>),
    /// It is to be proposed.
    Propose(Error),
}

/// Whether the decision `own` may be sent. `lines` are all lines on its request, oldest first, and `mark` is the place up to
/// which its current state takes them into account.
pub(super) fn judge(own: &Entry, lines: &[Seen], mark: i64, second: Second) -> Result<Grant, Obstacle> {
    let id = &own.object.id;
    // What is dropped is only in the way of what is under way.
    let is_drop = own.step == Step::Dropped;
    let decided = lines.iter().rev().find(|line| line.place > mark && decides(&line.entry) && !is_drop);
    if let Some(Seen { place, age, entry }) = decided.filter(|line| line.entry.attempt != own.attempt) {
        let error = Error::new(Exit::Conflict, format!("{id} has just been decided"))
            .unsent()
            .reason(format!("{} decided it {} ago", name(entry), words::duration_in_words(*age)))
            .resource(id);
        return Err(Obstacle::Decided { place: *place, error });
    }
    let (taken, sending) = find_holders(lines.iter());
    let others = |line: &&Seen| line.entry.attempt != own.attempt && line.time_left().is_some();
    if let Some(line) = sending.into_iter().find(others) {
        return Err(Obstacle::Held(
            Error::new(Exit::Conflict, format!("{} is deciding {id}", name(&line.entry)))
                .unsent()
                .reason(format!(
                    "{} started to {} it {} ago{}",
                    line.entry.who.actor,
                    line.entry.object.action,
                    words::duration_in_words(line.age),
                    place_of(&line.entry)
                ))
                .hint("run the command again to see the result")
                .resource(id),
        ));
    }
    let proposal = open_proposal(lines.iter());
    let binds = |line: &&Seen| {
        let is_of = |who: &Who| is_same_person(&line.entry.who, who);
        // Whoever proposed it waits for a second person.
        let waits = second == Second::Confirms && proposal.is_some_and(|proposed| is_of(&proposed.entry.who));
        !is_drop && !waits && !is_of(&own.who)
    };
    match taken.filter(binds).and_then(|line| Some((line, line.time_left()?))) {
        // Taking it in work decides nothing.
        None if own.step != Step::Sending => Ok(Grant::Send),
        None => with_second(own, proposal, second),
        Some((line, left)) => Err(Obstacle::Held(
            Error::new(Exit::Conflict, format!("{id} is claimed by {}", name(&line.entry)))
                .unsent()
                .reason(format!("the claim ends in {}", words::duration_in_words(left)))
                .hint(format!("wait until then, or ask {} to release it", line.entry.who.actor))
                .resource(id),
        )),
    }
}

/// Whether the decision may be sent, where a second person must confirm it or it confirms what was proposed. One login is
/// one person, whatever name it gives.
fn with_second(own: &Entry, proposal: Option<&Seen>, second: Second) -> Result<Grant, Obstacle> {
    let id = &own.object.id;
    let refuse = |exit, message: String, why: String, hint: Hint| {
        Err(Obstacle::Held(Error::new(exit, message).unsent().reason(why).hint(hint).resource(id)))
    };
    let Some(Seen { entry, .. }) = proposal else {
        return match second {
            Second::NotNeeded => Ok(Grant::Send),
            Second::Needed => Ok(Grant::Propose(proposed_error(id))),
            Second::Confirms => refuse(
                Exit::Conflict,
                format!("{id} is no longer proposed"),
                "the proposal was confirmed or dropped".to_owned(),
                Hint::call("see its status: ", format!("approvals show {id}")),
            ),
        };
    };
    let is_own = entry.who.login == own.who.login;
    match (second, has_same_terms(entry, own)) {
        (Second::Confirms, true) if !is_own => Ok(Grant::Confirm(Box::new(entry.who.clone()))),
        (Second::Confirms, false) => refuse(
            Exit::Conflict,
            format!("{id} has changed since it was proposed"),
            format!("{} proposed it with other terms", name(entry)),
            Hint::call("drop the proposal: ", format!("approvals drop {id}")),
        ),
        (Second::Confirms, true) => refuse(
            Exit::Proposed,
            format!("you can't confirm your own proposal of {id}"),
            format!("{} proposed it with the same login to the ledger", name(entry)),
            confirm_hint(id),
        ),
        (Second::Needed, true) if is_own => refuse(
            Exit::Proposed,
            format!("{id} is already proposed"),
            format!("{} proposed it, and another login must confirm it", name(entry)),
            confirm_hint(id),
        ),
        _ => refuse(
            Exit::Conflict,
            format!("{id} is proposed"),
            format!("{} proposed to {} it", name(entry), entry.object.action),
            Hint::call("to decide it otherwise, drop the proposal first: ", format!("approvals drop {id}")),
        ),
    }
}

/// The outcome of a decision that was proposed (exit 16).
pub(super) fn proposed_error(id: &Uid) -> Error {
    Error::new(Exit::Proposed, format!("{id} was proposed"))
        .unsent()
        .reason("a second person must confirm it")
        .hint(confirm_hint(id))
        .resource(id)
}

/// How another person confirms what is proposed. Only among the proposals must its ID be unique, and a few characters are.
pub(crate) fn confirm_hint(id: &Uid) -> Hint {
    let [whole, short] = [id.as_str(), ids::short(id)].map(|id| format!("approvals confirm {id}"));
    Hint::shortened("another person confirms it with: ", whole, short)
}

/// The proposal that nothing has ended, of one request.
fn open_proposal<'a>(lines: impl Iterator<Item = &'a Seen>) -> Option<&'a Seen> {
    let mut open = None;
    for line in lines {
        match line.entry.step {
            // What is imported was proposed elsewhere.
            Step::Proposed | Step::Dropped if line.entry.imported.is_some() => {}
            Step::Proposed => open = Some(line),
            Step::Dropped => open = None,
            _ if decides(&line.entry) => open = None,
            _ => {}
        }
    }
    open
}

/// The proposals that nothing has ended, by these lines in their order.
pub(super) fn open_proposals(lines: &[Seen]) -> Vec<Entry> {
    let open = by_request(lines).into_values().filter_map(|lines| open_proposal(lines.into_iter()));
    open.map(|line| line.entry.clone()).collect()
}

fn by_request(lines: &[Seen]) -> BTreeMap<&Uid, Vec<&Seen>> {
    let mut of_request: BTreeMap<&Uid, Vec<&Seen>> = BTreeMap::new();
    for line in lines {
        of_request.entry(&line.entry.object.id).or_default().push(line);
    }
    of_request
}

/// Whether both decide the request alike, and it asks for the same.
fn has_same_terms(one: &Entry, other: &Entry) -> bool {
    let terms = |entry: &Entry| {
        let Object { action, vlan, inner_vlan, move_to, request, .. } = entry.object.clone();
        let asked = request.map(|request| (request.rate_limit_mbps, request.port_uid, request.vxc_uid));
        (action, vlan, inner_vlan, move_to, asked)
    };
    terms(one) == terms(other)
}

/// Who has a request: whoever decides it now, or has taken it in work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) entry: Entry,
    /// How long others must wait at most.
    pub(crate) left: Duration,
    /// Whether it is the one who asks, who may decide it.
    pub(crate) is_own: bool,
}

/// Who has each of the requests that these lines are about, for `asking`; the lines are in their order.
pub(super) fn holders(lines: &[Seen], asking: &Who) -> Vec<Holder> {
    let holder = |lines: Vec<&Seen>| {
        let (taken, sending) = find_holders(lines.into_iter());
        let (line, left) =
            sending.into_iter().chain(taken).find_map(|line| Some((line, line.time_left()?)))?;
        let is_own = line.entry.step == Step::Claimed && is_same_person(&line.entry.who, asking);
        Some(Holder { entry: line.entry.clone(), left, is_own })
    };
    by_request(lines).into_values().filter_map(holder).collect()
}

/// The line by which somebody has taken a request in work, and those of attempts at it that have not ended.
fn find_holders<'a>(lines: impl Iterator<Item = &'a Seen>) -> (Option<&'a Seen>, Vec<&'a Seen>) {
    let mut last: BTreeMap<&str, &Seen> = BTreeMap::new();
    let mut taken = None;
    for line in lines {
        // What is imported was in force elsewhere.
        let is_imported = line.entry.imported.is_some();
        match line.entry.step {
            Step::Claimed | Step::Released | Step::Sending if is_imported => {}
            // Another's claim is not taken over while it lasts.
            Step::Claimed
                if taken.is_some_and(|taken: &Seen| {
                    taken.time_left().is_some() && !is_same_person(&taken.entry.who, &line.entry.who)
                }) => {}
            Step::Claimed => taken = Some(line),
            Step::Released => taken = None,
            Step::Proposed | Step::Dropped => {}
            // Others can't end what is under way.
            Step::Closed
                if last
                    .get(line.entry.attempt.as_str())
                    .is_some_and(|sent| sent.entry.step == Step::Sending && sent.time_left().is_some()) => {}
            Step::Sending | Step::Answered | Step::Closed => {
                if decides(&line.entry) {
                    taken = None;
                }
                last.insert(&line.entry.attempt, line);
            }
        }
    }
    (taken, last.into_values().filter(|line| line.entry.step == Step::Sending).collect())
}

/// Whether the line says that the request was decided.
fn decides(entry: &Entry) -> bool {
    entry.decision().is_some() && matches!(outcome(entry), "done" | "already" | "conflict")
}

fn outcome(entry: &Entry) -> &str {
    entry.outcome.as_deref().unwrap_or_default()
}

/// Whether these are one person: one login to the ledger, under one name.
fn is_same_person(one: &Who, other: &Who) -> bool {
    (&one.login, &one.actor) == (&other.login, &other.actor)
}

/// Who it was, with the login to the ledger where that is another name, and the API key.
pub(crate) fn name(entry: &Entry) -> String {
    let who = &entry.who;
    let login = who.login.as_ref().filter(|login| **login != who.actor).map(|login| format!("login {login}"));
    let key = who.client_id.as_ref().map(|key| format!("API key {key}"));
    let more: Vec<String> = login.into_iter().chain(key).collect();
    match more.is_empty() {
        true => who.actor.clone(),
        false => format!("{} ({})", who.actor, more.join(", ")),
    }
}

fn place_of(entry: &Entry) -> String {
    match (&entry.machine.ci_run, &entry.machine.host) {
        (Some(run), _) => format!(" in {run}"),
        (None, Some(host)) => format!(" on {host}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
