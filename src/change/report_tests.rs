use serde_json::Map;

use super::*;
use crate::options::OutputFormat;
use crate::session::example::{NOWHERE, Run};

const ACCEPT: Action = Action { verb: "accept", participle: "accepted" };

#[derive(Debug, Clone)]
struct Thing;

impl Subject for Thing {
    fn fields(_: Option<&Self>) -> Map<String, Value> {
        Map::new()
    }

    fn sentence(&self) -> String {
        "a thing".to_owned()
    }
}

/// One that ended so; with an error of this exit code, if any.
fn outcome(id: &str, kind: OutcomeKind, exit: Exit) -> Outcome<Thing> {
    let outcome = Outcome::new(id, ACCEPT, kind);
    if exit == Exit::Done { outcome } else { outcome.error(Error::new(exit, format!("{id} failed"))) }
}

fn done(id: &str) -> Outcome<Thing> {
    outcome(id, OutcomeKind::Done, Exit::Done)
}

fn failed(id: &str) -> Outcome<Thing> {
    outcome(id, OutcomeKind::Failed, Exit::Timeout)
}

fn with_note(note: Option<&str>) -> Outcome<Thing> {
    Outcome { common_note: note.map(str::to_owned), ..done("id") }
}

/// How a run ended: its exit code, or the lines of its error.
fn lines(ended: anyhow::Result<Exit>) -> Vec<String> {
    match ended {
        Ok(exit) => vec![format!("{exit:?}")],
        Err(error) => match Error::in_chain(&error) {
            Some(error) => error.lines(),
            None => vec![error.to_string()],
        },
    }
}

/// A run of these, with how it ended and what people read on stdout and stderr.
struct Told {
    ended: Vec<String>,
    out: String,
    err: String,
}

/// Ends a run of these outcomes, of which the result can be written or not.
fn end(
    format: OutputFormat,
    outcomes: Vec<Outcome<Thing>>,
    permit: Permit,
    change: impl FnOnce(&mut Report<Thing>),
    written: Result<(), &'static str>,
) -> Told {
    let run = Run::new(format, NOWHERE);
    let all = outcomes.len();
    let mut report = Report::new(all);
    let renderer = Renderer { context: &run.context, all, many: all > 1 };
    outcomes.into_iter().for_each(|one| report.add(&renderer, one));
    change(&mut report);
    let ended = report.end(&run.context, permit, |_| written.map_err(anyhow::Error::msg));
    Told { ended: lines(ended), out: run.out(), err: run.err() }
}

#[test]
fn a_signal_comes_before_the_outcomes_and_these_before_a_result_that_is_not_written() {
    let (none, lost) = (Ok(()), Err("the disk is full"));
    let permit = || Permit::asking(false);
    let stop = |report: &mut Report<Thing>| report.stopped_by = Some(Exit::Interrupted);
    let goes_on = |_: &mut Report<Thing>| ();
    let of = |outcomes, change: fn(&mut Report<Thing>), written| {
        let told = end(OutputFormat::Json, outcomes, permit(), change, written);
        (told.ended, told.err)
    };
    let is = |ended: &[&str], err: &str| {
        (ended.iter().map(|&line| line.to_owned()).collect::<Vec<_>>(), err.to_owned())
    };
    let warned = "warning: the disk is full\n";
    let retry = "fix the problem, then retry only: a";
    let interrupted = "Interrupted: interrupted; the change in progress was completed: accepted a";
    assert_eq!(of(vec![done("a")], goes_on, none), is(&["Done"], ""));
    assert_eq!(of(vec![done("a")], goes_on, lost), is(&["the disk is full"], ""));
    assert_eq!(of(vec![failed("a")], goes_on, none), is(&["Timeout: a failed"], ""));
    assert_eq!(of(vec![failed("a")], goes_on, lost), is(&["Timeout: a failed"], warned));
    assert_eq!(of(vec![failed("a"), done("b")], goes_on, none), is(&["Partial: 1 of 2 failed", retry], ""));
    assert_eq!(of(vec![failed("a"), done("b")], goes_on, lost), is(&["the disk is full"], ""));
    assert_eq!(of(vec![done("a")], stop, none), is(&[interrupted], ""));
    assert_eq!(of(vec![done("a")], stop, lost), is(&[interrupted], ""));
}

#[test]
fn a_dry_run_writes_what_would_be_sent_and_ends_with_what_the_profile_has_against_it() {
    let limited = Error::new(Exit::Refused, "the profile is read-only");
    let plain = || Permit::to_show();
    let limited = || Permit::to_show().check(Err(limited.clone())).unwrap();
    let would_send = |report: &mut Report<Thing>| report.would_send.push(serde_json::json!({ "id": "b" }));
    let of = |outcomes, permit| end(OutputFormat::Jsonl, outcomes, permit, would_send, Err("it isn't used"));
    let told = of(vec![failed("a")], plain());
    assert_eq!(told.ended, ["Timeout: a failed"]);
    let rows: Vec<Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&Value> = rows.iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, ["b", "a"]);
    let told = of(vec![failed("a")], limited());
    assert_eq!(
        (&told.ended[..], &told.err[..]),
        (&["Refused: the profile is read-only".to_owned()][..], "warning: a failed\n")
    );
    let told = of(vec![done("a")], limited());
    assert_eq!((&told.ended[..], &told.err[..]), (&["Refused: the profile is read-only".to_owned()][..], ""));
}

#[test]
fn people_read_a_note_that_several_have_once_and_programs_in_the_result() {
    let notes =
        || vec![with_note(Some("sent as a comment")), with_note(Some("sent as a comment")), with_note(None)];
    let of = |format, outcomes| end(format, outcomes, Permit::asking(false), |_| (), Ok(())).err;
    assert_eq!(of(OutputFormat::Table, notes()), "note (2 of 3): sent as a comment\n");
    assert_eq!(of(OutputFormat::Json, notes()), "");
    assert_eq!(
        of(OutputFormat::Table, vec![with_note(Some("sent as a comment"))]),
        "note: sent as a comment\n"
    );
}

#[test]
fn common_notes_are_counted_in_the_order_in_which_they_came() {
    for (notes, expected) in [
        (&[][..], &[][..]),
        (&[None], &[]),
        (&[Some("a")], &["note: a"]),
        (&[Some("a"), Some("a")], &["note (all 2): a"]),
        (&[Some("b"), Some("a"), None, Some("b")], &["note (2 of 4): b", "note (1 of 4): a"]),
    ] {
        let outcomes: Vec<_> = notes.iter().map(|note: &Option<&str>| with_note(*note)).collect();
        assert_eq!(common_notes(&outcomes), expected, "{notes:?}");
    }
}

#[test]
fn an_interruption_tells_what_became_of_the_only_change() {
    use OutcomeKind::{Already, Conflict, Failed, Refused, Skipped, Unknown};
    let completed = "interrupted; the change in progress was completed:";
    for (outcome, expected) in [
        (done("a"), format!("{completed} accepted a")),
        (outcome("a", Already, Exit::Done), format!("{completed} a is already accepted")),
        (done("a").seen(Thing), format!("{completed} accepted a: a thing")),
        (
            outcome("a", Failed, Exit::Timeout),
            "interrupted; the change in progress failed: a failed".to_owned(),
        ),
        (
            outcome("a", Refused, Exit::Forbidden),
            "interrupted; the change in progress failed: a failed".to_owned(),
        ),
        (outcome("a", Conflict, Exit::Conflict), "interrupted; a failed".to_owned()),
        (outcome("a", Unknown, Exit::Unknown), "interrupted; a failed".to_owned()),
        (outcome("a", Skipped, Exit::Interrupted), "interrupted; nothing was sent".to_owned()),
    ] {
        let found = interruption(Exit::Terminated, &[outcome], 0).lines();
        assert_eq!(found, [format!("Terminated: {expected}")]);
    }
    // Of what was sent in part, something is to be done.
    let partly = Error::new(Exit::Interrupted, "a was not accepted").hint("look");
    let partly = Outcome { error: Some(partly), ..outcome("a", Skipped, Exit::Interrupted) };
    let found = interruption(Exit::HungUp, &[partly], 0).lines();
    assert_eq!(found, ["HungUp: interrupted; a was not accepted", "look"]);
}

#[test]
fn an_interruption_counts_several_changes() {
    use OutcomeKind::{Already, Conflict, Failed, Proposed, Refused, Skipped, Unknown};
    let of = |kind| outcome("a", kind, Exit::Other);
    let look = "check the unknown ones before you do anything else; list them: \
                portgate ledger list --outcome unknown";
    for (outcomes, left, expected) in [
        (vec![], 3, &["Interrupted: interrupted; nothing was sent"][..]),
        (vec![of(Skipped), of(Skipped)], 1, &["Interrupted: interrupted; nothing was sent"]),
        (vec![done("a")], 1, &["Interrupted: interrupted; 1 change is done, 1 was not tried"]),
        (
            vec![done("a"), of(Already), of(Skipped)],
            1,
            &["Interrupted: interrupted; 2 changes are done, 2 were not tried"],
        ),
        (
            vec![of(Failed), of(Refused), of(Conflict), of(Proposed), of(Proposed)],
            0,
            &["Interrupted: interrupted; 2 were proposed, 3 failed"],
        ),
        (
            vec![done("a"), of(Proposed), of(Failed), of(Unknown)],
            2,
            &[
                "Interrupted: interrupted; 1 change is done, 1 was proposed, 1 failed, 1 has an unknown outcome, 2 were \
                 not tried",
                look,
            ],
        ),
        (vec![of(Unknown), of(Unknown)], 0, &["Interrupted: interrupted; 2 have an unknown outcome", look]),
    ] {
        assert_eq!(interruption(Exit::Interrupted, &outcomes, left).lines(), expected);
    }
}

#[test]
fn changes_that_are_left_are_told_together_and_a_signal_is_no_fault() {
    let run = Run::new(OutputFormat::Table, NOWHERE);
    let renderer = Renderer { context: &run.context, all: 3, many: true };
    let mut report = Report::<Thing>::new(3);
    let subject = |id: &str| (id.to_owned(), ACCEPT);
    report.leave(subject("a"), Stop::Halt(Error::new(Exit::Network, "the ledger is away")));
    assert_eq!(report.stopped_by, None);
    report.leave(subject("b"), Stop::Signal(Exit::Terminated));
    report.leave(subject("c"), Stop::Signal(Exit::Terminated));
    assert_eq!(report.stopped_by, Some(Exit::Terminated));
    report.tell_unsent(&renderer, "request");
    report.tell_unsent(&renderer, "request");
    let expected =
        "warning: a was not sent: the ledger is away\n2 requests were not sent (interrupted): b c\n";
    assert_eq!((run.out().as_str(), run.err().as_str()), ("", expected));
    let told: Vec<(OutcomeKind, Vec<String>)> =
        report.outcomes.iter().map(|one| (one.kind, one.error.as_ref().unwrap().lines())).collect();
    let is = |line: &str, id: &str| (OutcomeKind::Skipped, vec![line.to_owned(), format!("about {id}")]);
    let expected = [
        is("Network: a was not sent: the ledger is away", "a"),
        is("Terminated: b was not sent: interrupted", "b"),
        is("Terminated: c was not sent: interrupted", "c"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_was_carried_out_by_itself_counts() {
    let mut report = Report::<Thing>::new(1);
    report.outcomes.push(done("a"));
    let mut other = Report::new(2);
    other.outcomes.extend([done("b"), with_note(Some("n"))]);
    (other.has_untold_notes, other.stopped_by) = (true, Some(Exit::HungUp));
    other.unwritten = Some(anyhow::Error::msg("second"));
    report.absorb(other);
    let mut third = Report::new(1);
    (third.stopped_by, third.unwritten) = (Some(Exit::Interrupted), Some(anyhow::Error::msg("third")));
    report.absorb(third);
    let ids: Vec<&str> = report.outcomes.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((ids, report.all), (vec!["a", "b", "id"], 4));
    assert_eq!((report.stopped_by, report.has_untold_notes), (Some(Exit::HungUp), true));
    assert_eq!(report.unwritten.unwrap().to_string(), "second");
}
