//! How a run of several changes ends: its exit code, and what to send again.

use crate::change::document::Summary;
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::subject::Subject;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::is_broken;
use crate::text::words::shell_word;

/// IDs named in the hint of a batch that failed in part.
const MOST_NAMED: usize = 10;

/// How changes that failed are sent again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Retry {
    /// By their IDs: the same filter might select new ones.
    #[default]
    ByIds,
    /// By the same command, which takes no IDs, and finds out by itself what is left.
    BySameCommand,
}

/// What the error of a run says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wording {
    pub(crate) is_dry_run: bool,
    /// Each failure was told before, so that the error can refer to them; else they are in the result.
    pub(crate) is_above: bool,
    pub(crate) retry: Retry,
}

/// The exit code of the run: a single change's own; of several 15 if only a limit stopped some, 5 if all were declined, else
/// 12. `all` includes changes that a dry run would send.
pub(crate) fn conclusion<S: Subject>(
    outcomes: &[Outcome<S>],
    all: usize,
    wording: Wording,
) -> Result<Exit, Error> {
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
    let mut message = String::new();
    for (count, kind, word) in Summary::count(outcomes, 0).counts_not_ok() {
        let word = match kind {
            OutcomeKind::Failed if wording.is_dry_run => "would fail",
            OutcomeKind::Skipped if wording.is_dry_run => "would be skipped",
            _ => word,
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
    if wording.is_dry_run {
        return Err(error);
    }
    if let Some(hint) = hint_on_unknown(outcomes) {
        error = error.hint(hint);
    }
    let ids: Vec<&str> =
        others.iter().filter(|one| can_be_mended(one)).map(|outcome| outcome.id.as_str()).collect();
    // Those that were not sent are named together, and not all of them.
    let is_unsent = |one: &&Outcome<S>| one.kind == OutcomeKind::Skipped && can_be_mended(one);
    let where_all_are = match (wording.is_above, others.iter().any(is_unsent)) {
        (false, _) => "see their errors in the result",
        (true, false) => "see the errors above",
        (true, true) => "-o json lists all of them",
    };
    if let Some(hint) = hint_on_retry(&ids, wording.retry, where_all_are) {
        error = error.hint(hint);
    }
    Err(error)
}

/// Where to look before anything is done about changes whose outcome isn't known, if there are any.
pub(super) fn hint_on_unknown<S>(outcomes: &[Outcome<S>]) -> Option<Hint> {
    let is_unknown = outcomes.iter().any(|outcome| outcome.kind == OutcomeKind::Unknown);
    is_unknown.then(|| {
        Hint::call(
            "check the unknown ones before you do anything else; list them: ",
            "ledger list --outcome unknown",
        )
    })
}

/// Whether it may succeed when it is sent again. It doesn't where a limit, the user, the second person or the state of the
/// thing itself stops it again, and mustn't be tried where the first may have taken effect.
fn can_be_mended<S: Subject>(outcome: &Outcome<S>) -> bool {
    match (outcome.kind, outcome.exit()) {
        (OutcomeKind::Unknown | OutcomeKind::Proposed, _) => false,
        // Not sent, because the run ended before.
        (OutcomeKind::Skipped, exit) => exit != Exit::Declined,
        (_, Exit::Refused | Exit::Declined | Exit::Proposed | Exit::NotFound) => false,
        _ => outcome.seen.as_ref().is_none_or(Subject::is_open),
    }
}

fn hint_on_retry(ids: &[&str], retry: Retry, where_all_are: &str) -> Option<String> {
    if ids.is_empty() {
        return None;
    }
    if retry == Retry::BySameCommand {
        return Some("fix the problem, then run the same command again: nothing is decided twice".to_owned());
    }
    let (named, more) = ids.split_at(ids.len().min(MOST_NAMED));
    let named: Vec<String> = named.iter().map(|id| shell_word(id)).collect();
    let more = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more ({where_all_are})"),
    };
    Some(format!("fix the problem, then retry only: {}{more}", named.join(" ")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::change::Action;

    const ACCEPT: Action = Action { verb: "accept", participle: "accepted" };

    #[derive(Debug, Clone)]
    struct Thing {
        is_open: bool,
    }

    impl Subject for Thing {
        fn fields(_: Option<&Self>) -> Map<String, Value> {
            Map::new()
        }

        fn sentence(&self) -> String {
            String::new()
        }

        fn is_open(&self) -> bool {
            self.is_open
        }
    }

    fn ended(id: &str, kind: OutcomeKind, exit: Exit) -> Outcome<Thing> {
        let outcome = Outcome::new(id, ACCEPT, kind);
        if kind.is_ok() { outcome } else { outcome.error(Error::new(exit, format!("{id} failed"))) }
    }

    fn hints(outcomes: &[Outcome<Thing>], wording: Wording) -> Vec<String> {
        let error = conclusion(outcomes, outcomes.len(), wording).unwrap_err();
        error.hints.iter().map(|hint| hint.text(&crate::error::Invocation::default())).collect()
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
        let code = |outcomes: &[Outcome<Thing>], all| match conclusion(outcomes, all, Wording::default()) {
            Ok(exit) => (exit, String::new()),
            Err(error) => (error.exit, error.message),
        };
        let is = |exit, message: &str| (exit, message.to_owned());
        assert_eq!(code(&[done(), already()], 2).0, Exit::Done);
        assert_eq!(code(&[conflict()], 1), is(Exit::Conflict, "c failed"));
        assert_eq!(code(&[unknown()], 1).0, Exit::Unknown);
        assert_eq!(code(&[done(), conflict()], 2), is(Exit::Partial, "1 of 2 failed"));
        // The others would be sent: it is one of several all the same.
        assert_eq!(code(&[conflict()], 3), is(Exit::Partial, "1 of 3 failed"));
        let both = code(&[unknown(), conflict(), done()], 3);
        assert_eq!(both, is(Exit::Partial, "1 of 3 failed, 1 with unknown outcome"));
        assert_eq!(code(&[done(), limited()], 2), is(Exit::Refused, "1 of 2 not allowed"));
        let mixed = code(&[conflict(), limited(), declined(), forbidden()], 4);
        assert_eq!(mixed, is(Exit::Partial, "1 of 4 failed, 2 not allowed, 1 skipped"));
        assert_eq!(code(&[done(), declined()], 2), is(Exit::Partial, "1 of 2 skipped"));
        assert_eq!(code(&[declined(), declined()], 2), is(Exit::Declined, "2 of 2 skipped"));
    }

    #[test]
    fn only_what_may_succeed_is_to_be_sent_again() {
        let open = ended("taken", OutcomeKind::Conflict, Exit::Conflict).seen(Thing { is_open: true });
        let settled = ended("settled", OutcomeKind::Conflict, Exit::Conflict).seen(Thing { is_open: false });
        let outcomes = [
            ended("done", OutcomeKind::Done, Exit::Done),
            open,
            settled.clone(),
            ended("missing", OutcomeKind::Failed, Exit::NotFound),
            ended("un known", OutcomeKind::Unknown, Exit::Unknown),
            ended("limited", OutcomeKind::Refused, Exit::Refused),
            ended("forbidden", OutcomeKind::Refused, Exit::Forbidden),
            ended("declined", OutcomeKind::Skipped, Exit::Declined),
            ended("proposed", OutcomeKind::Proposed, Exit::Proposed),
            ended("not sent", OutcomeKind::Skipped, Exit::Refused),
            ended("slow", OutcomeKind::Failed, Exit::Timeout),
        ];
        let unknown = "check the unknown ones before you do anything else; list them: portgate ledger list --outcome unknown";
        let retry = "fix the problem, then retry only: taken forbidden 'not sent' slow";
        assert_eq!(hints(&outcomes, Wording::default()), [unknown, retry]);
        let by_command = Wording { retry: Retry::BySameCommand, ..Wording::default() };
        let again = "fix the problem, then run the same command again: nothing is decided twice";
        assert_eq!(hints(&outcomes, by_command), [unknown, again]);
        assert_eq!(hints(&outcomes, Wording { is_dry_run: true, ..Wording::default() }), [""; 0]);
        assert_eq!(hints(&[settled.clone(), settled], Wording::default()), [""; 0]);
    }

    #[test]
    fn those_that_are_not_named_are_where_they_were_told() {
        let all: Vec<_> =
            (0..12).map(|nth| ended(&nth.to_string(), OutcomeKind::Failed, Exit::Timeout)).collect();
        let named = "fix the problem, then retry only: 0 1 2 3 4 5 6 7 8 9 and 2 more";
        let above = Wording { is_above: true, ..Wording::default() };
        assert_eq!(hints(&all, above), [format!("{named} (see the errors above)")]);
        assert_eq!(hints(&all, Wording::default()), [format!("{named} (see their errors in the result)")]);
        let unsent = [all, vec![ended("12", OutcomeKind::Skipped, Exit::Refused)]].concat();
        let named = named.replace("2 more", "3 more");
        assert_eq!(hints(&unsent, above), [format!("{named} (-o json lists all of them)")]);
    }
}
