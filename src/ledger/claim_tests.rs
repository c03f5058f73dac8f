use super::*;
use crate::ledger::tests::entry;

fn entry_by(actor: &str, attempt: &str, step: Step) -> Entry {
    let mut entry = Entry { step, attempt: attempt.into(), lease_s: Some(60), ..entry("7c1e") };
    entry.who.actor = actor.into();
    entry.who.login = Some("desk".into());
    entry
}

fn judge_lines(own: &Entry, lines: &[(u64, &Entry)], mark: i64) -> &'static str {
    judge_lines_with(own, lines, mark, Second::NotNeeded)
}

fn judge_lines_with(own: &Entry, lines: &[(u64, &Entry)], mark: i64, second: Second) -> &'static str {
    let seen = (1..).zip(lines);
    let seen: Vec<Seen> = seen
        .map(|(place, (age, entry))| Seen { place, age: Duration::from_secs(*age), entry: (*entry).clone() })
        .collect();
    match judge(own, &seen, mark, second) {
        Ok(Grant::Send) => "granted",
        Ok(Grant::Confirm(_)) => "confirmed",
        Ok(Grant::Propose(_)) => "proposed",
        Err(Obstacle::Held(_)) => "held",
        Err(Obstacle::Decided { .. }) => "decided",
    }
}

fn ended(entry: &Entry, outcome: &str) -> Entry {
    Entry { step: Step::Answered, outcome: Some(outcome.into()), ..entry.clone() }
}

#[test]
fn one_decides_at_a_time() {
    let own = entry_by("ana", "a", Step::Sending);
    let other = entry_by("ben", "b", Step::Sending);
    assert_eq!(judge_lines(&own, &[], 0), "granted");
    assert_eq!(judge_lines(&own, &[(3, &other)], 0), "held");
    assert_eq!(judge_lines(&own, &[(60, &other)], 0), "granted", "the lease has ended");
    assert_eq!(judge_lines(&own, &[(3, &own)], 0), "granted", "another form of the same request");
    for (outcome, judgement) in
        [("done", "decided"), ("conflict", "decided"), ("refused", "granted"), ("unknown", "granted")]
    {
        assert_eq!(
            judge_lines(&own, &[(3, &other), (2, &ended(&other, outcome))], 0),
            judgement,
            "{outcome}"
        );
    }
}

#[test]
fn what_was_decided_before_it_was_read_counts_no_more() {
    let own = entry_by("ana", "a", Step::Sending);
    let done = ended(&entry_by("ben", "b", Step::Sending), "done");
    assert_eq!(judge_lines(&own, &[(9, &done)], 0), "decided");
    assert_eq!(judge_lines(&own, &[(9, &done)], 1), "granted");
    assert_eq!(judge_lines(&own, &[(9, &done), (5, &done)], 1), "decided");
}

#[test]
fn what_one_proposes_another_confirms() {
    let with_login = |login: &str, step| {
        let mut entry = entry_by("ana", login, step);
        entry.who.login = Some(login.into());
        entry
    };
    let (own, other) = (with_login("ana", Step::Sending), with_login("ben", Step::Sending));
    let proposed = with_login("ana", Step::Proposed);
    let judged = |own: &Entry, lines: &[&Entry], second| {
        let lines: Vec<(u64, &Entry)> = lines.iter().map(|line| (9000, *line)).collect();
        judge_lines_with(own, &lines, 0, second)
    };
    let (needs, confirms) = (Second::Needed, Second::Confirms);
    assert_eq!(judged(&own, &[], needs), "proposed");
    assert_eq!(judged(&own, &[&proposed], needs), "held", "the same login, whatever name it gives");
    assert_eq!(judged(&own, &[&proposed], confirms), "held");
    assert_eq!(judged(&other, &[&proposed], confirms), "confirmed");
    // Nobody confirms it by accident, or passes it over.
    assert_eq!(judged(&other, &[&proposed], needs), "held");
    assert_eq!(judged(&other, &[&proposed], Second::NotNeeded), "held");
    let moved = |port: &str, entry: &Entry| {
        let mut moved = entry.clone();
        moved.object.move_to = Some(port.into());
        moved
    };
    assert_eq!(judged(&moved("port", &other), &[&moved("PORT", &proposed)], confirms), "confirmed");
    let mut changed = other.clone();
    changed.object.vlan = Some(crate::api::vlan::Vlan::from(7));
    assert_eq!(judged(&changed, &[&proposed], confirms), "held", "other terms");
    let dropped = with_login("ben", Step::Dropped);
    assert_eq!(judged(&other, &[&proposed, &dropped], needs), "proposed");
    assert_eq!(judged(&other, &[&proposed, &dropped], confirms), "held");
    let refused = ended(&entry_by("cho", "x", Step::Sending), "refused");
    assert_eq!(judged(&other, &[&proposed, &refused], confirms), "confirmed", "nothing came of it");
    // The claim of whoever proposed it binds everybody else, but not whoever confirms it.
    let claimed = |login: &str| Entry { lease_s: Some(9999), ..with_login(login, Step::Claimed) };
    let (own_claim, third) = (claimed("ana"), claimed("cho"));
    assert_eq!(judged(&other, &[&own_claim, &proposed], confirms), "confirmed");
    assert_eq!(judged(&other, &[&own_claim], needs), "held");
    assert_eq!(judged(&other, &[&third, &proposed], confirms), "held");
}

#[test]
fn a_request_is_taken_in_work_by_one_person() {
    let own = entry_by("ana", "a", Step::Sending);
    let (mine, hers) = (entry_by("ana", "c", Step::Claimed), entry_by("ben", "d", Step::Claimed));
    let released = entry_by("ben", "e", Step::Released);
    assert_eq!(judge_lines(&own, &[(3, &mine)], 0), "granted");
    assert_eq!(judge_lines(&own, &[(3, &hers)], 0), "held");
    assert_eq!(judge_lines(&own, &[(61, &hers)], 0), "granted");
    assert_eq!(judge_lines(&own, &[(3, &hers), (2, &released)], 0), "granted");
    // Another login may not pass for her.
    let mut posing = entry_by("ben", "f", Step::Sending);
    posing.who.login = Some("pipeline".into());
    assert_eq!(judge_lines(&posing, &[(3, &hers)], 0), "held");
}

#[test]
fn what_is_being_confirmed_cannot_be_dropped() {
    let proposed = entry_by("ana", "a", Step::Proposed);
    let confirming = entry_by("ben", "b", Step::Sending);
    let claimed = entry_by("cho", "c", Step::Claimed);
    let drop = entry_by("dan", "d", Step::Dropped);
    assert_eq!(judge_lines(&drop, &[(9, &proposed)], 0), "granted");
    assert_eq!(judge_lines(&drop, &[(9, &proposed), (3, &confirming)], 0), "held");
    assert_eq!(judge_lines(&drop, &[(9, &proposed), (60, &confirming)], 0), "granted", "the lease has ended");
    let refused = ended(&confirming, "refused");
    assert_eq!(judge_lines(&drop, &[(9, &proposed), (3, &confirming), (2, &refused)], 0), "granted");
    assert_eq!(judge_lines(&drop, &[(9, &proposed), (3, &claimed)], 0), "granted", "a claim is no decision");
}
