//! JSON documents of changes (batch and dry run), and the exit code of the run.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::single::Record;
use crate::domain::approvals::Account;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Head, is_broken};
use crate::render::error::object;
use crate::render::fields;
use crate::text::words::shell_word;

/// The schema of what was done.
const BATCH: &str = "portgate.batch/v1";
/// The schema of what would be done.
const DRY_RUN: &str = "portgate.dry-run/v1";
/// Ids named in the hint of a batch that failed in part.
const MOST_NAMED: usize = 10;

/// What a report tells of the thing a change was made to.
pub(crate) trait Subject: Sized {
    /// What a row of the batch document has beside id, decision, outcome, error and notes; null where nothing was read.
    fn fields(seen: Option<&Self>) -> Map<String, Value>;

    /// What it is, in a few words: "connection request from Globex Bank, 500 Mbps on SYD1-A".
    fn sentence(&self) -> String;

    /// How one ended that is as asked: "accepted 7c1e09ab: connection request from Globex Bank, 500 Mbps on SYD1-A".
    fn line(outcome: &Outcome<Self>) -> String {
        let Outcome { id, action: Action { participle, .. }, .. } = outcome;
        let what = outcome.seen.as_ref().map(|seen| format!(": {}", seen.sentence())).unwrap_or_default();
        match outcome.kind {
            OutcomeKind::Already => format!("{id} is already {participle}{what}"),
            _ => format!("{participle} {id}{what}"),
        }
    }

    /// What people read of how it ended, on stdout.
    fn lines(outcome: &Outcome<Self>) -> Vec<String> {
        if outcome.kind.is_ok() { vec![Self::line(outcome)] } else { Vec::new() }
    }

    /// Where to see what was done, if it couldn't be written.
    fn look(&self) -> Hint {
        "see the output above".into()
    }
}

/// A document with the managed account that it was done on behalf of, where it was.
pub(crate) fn on_behalf_of(mut document: Value, account: Option<&Account>) -> Value {
    if let (Some(fields), Some(account)) = (document.as_object_mut(), account) {
        fields.shift_insert(1, "on_behalf_of".to_owned(), json!(account));
    }
    document
}

/// How many ended how: `ok` counts done and already, `failed` conflicts as well.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    ok: usize,
    failed: usize,
    /// Not allowed: by a limit, or by the role.
    refused: usize,
    unknown: usize,
    /// Declined, or not tried.
    skipped: usize,
    /// To be confirmed by a second person.
    proposed: usize,
}

impl Summary {
    /// Of these outcomes, and so many more that were not tried.
    pub(crate) fn of<S>(outcomes: &[Outcome<S>], skipped: usize) -> Self {
        let mut summary = Summary { skipped, ..Summary::default() };
        outcomes.iter().for_each(|outcome| summary.add(outcome.kind));
        summary
    }

    pub(super) fn add(&mut self, kind: OutcomeKind) {
        let count = match kind {
            OutcomeKind::Done | OutcomeKind::Already => &mut self.ok,
            OutcomeKind::Unknown => &mut self.unknown,
            OutcomeKind::Skipped => &mut self.skipped,
            OutcomeKind::Proposed => &mut self.proposed,
            OutcomeKind::Refused => &mut self.refused,
            OutcomeKind::Conflict | OutcomeKind::Failed => &mut self.failed,
        };
        *count += 1;
    }

    pub(super) fn ended(&self) -> usize {
        self.ok + self.others().map(|(count, _)| count).sum::<usize>()
    }

    /// Those that are not ok, for people: 2 failed, 1 not allowed.
    pub(crate) fn others(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let Summary { failed, refused, unknown, skipped, proposed, .. } = *self;
        let counts = [
            (failed, "failed"),
            (refused, "not allowed"),
            (unknown, "with unknown outcome"),
            (skipped, "skipped"),
            (proposed, "proposed"),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0)
    }
}

/// The document for these outcomes, with so many more that nothing was tried of; `call` is for what errors propose, and
/// `head` the end of the ledger that has them.
pub(crate) fn batch<S: Subject>(
    outcomes: &[Outcome<S>],
    skipped: usize,
    call: &str,
    head: Option<&Head>,
) -> Value {
    let summary = Summary::of(outcomes, skipped);
    let rows: Vec<Value> = outcomes.iter().map(|outcome| row(outcome, call)).collect();
    let head = head.map(|head| &head.hash);
    json!({ "schema": BATCH, "summary": summary, "ledger_head": head, "results": rows })
}

/// The fields of a row.
pub(crate) fn fields<S: Subject>() -> Vec<String> {
    let action = Action { verb: "", participle: "" };
    fields::paths_of(&row::<S>(&Outcome::failure("", action, Error::new(Exit::Other, "")), ""))
}

/// The fields of a row of a dry run, for a command whose results have these.
pub(crate) fn dry_run_fields(of_results: Vec<String>) -> Vec<String> {
    let is_batch = of_results.iter().any(|field| field == "decision");
    let mut fields = if is_batch { of_results } else { fields::<Record>() };
    fields.extend(["method", "path", "body"].map(str::to_owned));
    fields
}

/// What programs read of an outcome; `call` is for what its error proposes.
pub(super) fn row<S: Subject>(outcome: &Outcome<S>, call: &str) -> Value {
    let error = outcome.error.as_ref().map_or(Value::Null, |error| {
        object(&error.clone().into(), call).get_mut("error").map(Value::take).unwrap_or_default()
    });
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(outcome.id));
    row.insert("decision".to_owned(), json!(outcome.action.verb));
    row.insert("outcome".to_owned(), json!(outcome.kind));
    row.insert("error".to_owned(), error);
    row.extend(S::fields(outcome.seen.as_ref()));
    row.insert("notes".to_owned(), json!(outcome.all_notes().collect::<Vec<_>>()));
    Value::Object(row)
}

/// The document of a dry run: the requests that would be sent, and how the others ended without.
pub(crate) fn dry_run(would_send: Vec<Value>, settled: Value) -> Value {
    json!({ "schema": DRY_RUN, "would_send": would_send, "settled": settled })
}

/// The exit code of the run: a single change's own; of several 15 if only a limit stopped some, 5 if all were declined, else
/// 12. `all` includes changes that a dry run would send.
pub(crate) fn conclusion<S>(outcomes: &[Outcome<S>], all: usize, is_dry_run: bool) -> Result<Exit, Error> {
    let others: Vec<&Outcome<S>> = outcomes.iter().filter(|outcome| !outcome.kind.is_ok()).collect();
    let Some(first) = others.first() else { return Ok(Exit::Done) };
    if all == 1 {
        return Err(first.error.clone().unwrap_or_else(|| {
            Error::new(first.exit(), format!("{} was not {}", first.id, first.action.participle))
        }));
    }
    let broken = others.iter().filter_map(|one| one.error.as_ref()).filter(|error| is_broken(error));
    // One thing is wrong, and not with the requests.
    if let Some(error) =
        broken.clone().max_by_key(|error| error.hints.len()).filter(|_| broken.count() == all)
    {
        return Err(error.clone());
    }
    let counts: Vec<(usize, &str)> = Summary::of(outcomes, 0).others().collect();
    let mut message = String::new();
    for (count, word) in counts {
        let word = match word {
            "failed" if is_dry_run => "would fail",
            "skipped" if is_dry_run => "would be skipped",
            word => word,
        };
        message.push_str(&match message.is_empty() {
            true => format!("{count} of {all} {word}"),
            false => format!(", {count} {word}"),
        });
    }
    let all_end = |exit: Exit| others.iter().all(|outcome| outcome.exit() == exit);
    let exit = match () {
        () if all_end(Exit::Refused) => Exit::Refused,
        () if all_end(Exit::Proposed) => Exit::Proposed,
        () if all_end(Exit::Declined) && others.len() == all => Exit::Declined,
        () => Exit::Partial,
    };
    if exit == Exit::Proposed {
        let count = others.len();
        message = format!("{count} of {all} proposed; a second person must confirm them");
    }
    let mut error = Error::new(exit, message);
    if exit == Exit::Refused {
        error.reason = others.iter().find_map(|outcome| outcome.error.as_ref()).map(ToString::to_string);
    }
    // A limit, the user or the second person stops it again.
    let retried =
        others.iter().filter(|one| !matches!(one.exit(), Exit::Refused | Exit::Declined | Exit::Proposed));
    let ids: Vec<String> = retried.map(|outcome| shell_word(&outcome.id)).collect();
    if ids.is_empty() || is_dry_run {
        return Err(error);
    }
    // Repeating the same filter might select new requests.
    let (named, more) = ids.split_at(ids.len().min(MOST_NAMED));
    let more = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more (see above)"),
    };
    let advice = match others.iter().all(|outcome| outcome.kind == OutcomeKind::Unknown) {
        true => "check the current state of each before you retry",
        false => "fix the problem, then retry only",
    };
    Err(error.hint(format!("{advice}: {}{more}", named.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Action;

    const ACCEPT: Action = Action { verb: "accept", participle: "accepted" };

    fn ended(id: &str, kind: OutcomeKind, exit: Exit) -> Outcome<Record> {
        let outcome = Outcome::new(id, ACCEPT, kind);
        if kind.is_ok() { outcome } else { outcome.error(Error::new(exit, format!("{id} failed"))) }
    }

    #[test]
    fn one_ends_with_its_own_code_and_several_with_12_15_or_5() {
        let done = || ended("a", OutcomeKind::Done, Exit::Done);
        let already = || ended("b", OutcomeKind::Already, Exit::Done);
        let conflict = || ended("c", OutcomeKind::Conflict, Exit::Conflict);
        let unknown = || ended("d d", OutcomeKind::Unknown, Exit::Unknown);
        let limited = || ended("e", OutcomeKind::Refused, Exit::Refused);
        let forbidden = || ended("f", OutcomeKind::Refused, Exit::Forbidden);
        let declined = || ended("g", OutcomeKind::Skipped, Exit::Declined);
        let code = |outcomes: &[Outcome<Record>], all| match conclusion(outcomes, all, false) {
            Ok(exit) => (exit, String::new(), String::new()),
            Err(error) => {
                let hint = error.hints.first().map(|hint| hint.text("portgate")).unwrap_or_default();
                (error.exit, error.message, hint.rsplit("only: ").next().unwrap_or_default().to_owned())
            }
        };
        let is = |exit, message: &str, retried: &str| (exit, message.to_owned(), retried.to_owned());
        assert_eq!(code(&[done(), already()], 2).0, Exit::Done);
        assert_eq!(code(&[conflict()], 1), is(Exit::Conflict, "c failed", ""));
        assert_eq!(code(&[unknown()], 1).0, Exit::Unknown);
        assert_eq!(code(&[done(), conflict()], 2), is(Exit::Partial, "1 of 2 failed", "c"));
        // The others would be sent: it is one of several all the same.
        assert_eq!(code(&[conflict()], 3), is(Exit::Partial, "1 of 3 failed", "c"));
        let both = code(&[unknown(), conflict(), done()], 3);
        assert_eq!(both, is(Exit::Partial, "1 of 3 failed, 1 with unknown outcome", "'d d' c"));
        assert_eq!(code(&[done(), limited()], 2), is(Exit::Refused, "1 of 2 not allowed", ""));
        let mixed = code(&[conflict(), limited(), declined(), forbidden()], 4);
        assert_eq!(mixed, is(Exit::Partial, "1 of 4 failed, 2 not allowed, 1 skipped", "c f"));
        assert_eq!(code(&[done(), declined()], 2), is(Exit::Partial, "1 of 2 skipped", ""));
        assert_eq!(code(&[declined(), declined()], 2), is(Exit::Declined, "2 of 2 skipped", ""));
    }

    #[test]
    fn the_summary_counts_what_is_as_asked_and_what_nobody_knows() {
        let kinds = [
            OutcomeKind::Done,
            OutcomeKind::Already,
            OutcomeKind::Conflict,
            OutcomeKind::Refused,
            OutcomeKind::Failed,
            OutcomeKind::Unknown,
            OutcomeKind::Skipped,
        ];
        let outcomes = kinds.map(|kind| ended("x", kind, Exit::Other));
        let document = batch(&outcomes, 2, "portgate", None);
        assert_eq!(
            document["summary"],
            json!({"ok": 2, "failed": 2, "refused": 1, "unknown": 1, "skipped": 3, "proposed": 0})
        );
        let words: Vec<&str> = document["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(words, kinds.map(OutcomeKind::word));
    }
}
