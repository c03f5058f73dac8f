mod case;

use case::{Case, SENT_UNKNOWN, Switch, UNKNOWN};
use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::api::Method;
use crate::session::example::Response;

const YES: Option<Response> = Some(("200 OK", r#"{"message":"ok","data":{}}"#));
const PAGE: Option<Response> = Some(("200 OK", "<html>welcome</html>"));
const REJECTED: Option<Response> = Some(("400 Bad Request", r#"{"message":"no"}"#));
const FORBIDDEN: Option<Response> = Some(("403 Forbidden", r#"{"message":"no"}"#));
const BROKEN: Option<Response> = Some(("500 Internal Server Error", r#"{"message":"oops"}"#));
const UNAVAILABLE: Option<Response> = Some(("503 Service Unavailable", r#"{"message":"oops"}"#));
const LIMITED: Option<Response> = Some(("429 Too Many Requests\r\nRetry-After: 3", r#"{"message":"slow"}"#));
const LIMITED_LONG: Option<Response> =
    Some(("429 Too Many Requests\r\nRetry-After: 4", r#"{"message":"slow"}"#));
/// The connection ends without an answer.
const CUT: Option<Response> = None;

fn two_forms(write: &mut Switch) {
    write.calls.push(Call::with_body(Method::PUT, "/two", json!({})));
}

fn other_way(write: &mut Switch) {
    write.has_other_way = true;
}

fn conflicts(write: &mut Switch) {
    write.concludes = OutcomeKind::Conflict;
}

fn conflicts_for_good(write: &mut Switch) {
    (write.concludes, write.is_final) = (OutcomeKind::Conflict, true);
}

const SENT_CONFLICT: &[&str] = &["sending /one - -", "answered /one conflict Settled"];
const SENT_FAILED: &[&str] = &["sending /one - -", "answered /one failed -"];
const SENT_DONE: &[&str] = &["sending /one - -", "answered /one done Settled"];

#[tokio::test]
async fn a_yes_counts_once_it_is_read_back() {
    use Place::{Before, Lagging, NotShown, Settled};
    join_all(
        [
            Case::new("it shows", &[YES], &[Settled]).ends(&["done, Settled"]).records(SENT_DONE),
            Case::new("it shows later", &[YES], &[Before, NotShown, Settled])
                .ends(&["done, Settled"])
                .records(SENT_DONE),
            Case::new("it lags, and settles", &[YES], &[Lagging, Settled])
                .ends(&["done, Settled"])
                .records(SENT_DONE),
            Case::new("it goes on lagging", &[YES], &[Lagging])
                .ends(&["done, Lagging"])
                .records(&["sending /one - -", "answered /one done Lagging"]),
            Case::new("it stays as it was", &[YES], &[Before])
                .ends(&["unknown, Before", UNKNOWN, "look"])
                .records(SENT_UNKNOWN),
            Case::new("it stays as it was until the end", &[YES], &[Before])
                .unreadable(Exit::Timeout)
                .ends(&["unknown, Before", UNKNOWN, "look"])
                .records(SENT_UNKNOWN),
            Case::new("it can't be read", &[YES], &[]).unreadable(Exit::Network).ends_unknown(),
            Case::new("somebody else was faster", &[YES], &[Settled])
                .change(conflicts)
                .ends(&["conflict, Settled"])
                .records(SENT_CONFLICT),
            Case::new("after a loss", &[YES], &[Settled])
                .after_loss()
                .ends(&[
                    "done, Settled",
                    "a response was lost and nothing had changed, so the change was sent again",
                ])
                .records(SENT_DONE),
        ]
        .map(Case::check),
    )
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_looked_after() {
    use Place::{Before, Lagging, NotShown, Settled};
    let took_effect: &[&str] = &["done, Settled", "the API's response was lost, but the change took effect"];
    let once = |write: &mut Switch| write.can_repeat = false;
    join_all(
        [
            Case::new("cut, and done", &[CUT], &[Settled]).ends(took_effect).records(SENT_DONE),
            Case::new("a page, and done", &[PAGE], &[Before, Settled]).ends(took_effect).records(SENT_DONE),
            Case::new("500, and done", &[BROKEN], &[Settled]).ends(took_effect).records(SENT_DONE),
            Case::new("cut, and shown in part", &[CUT], &[Lagging])
                .ends(&["done, Lagging", "the API's response was lost, but the change took effect"])
                .records(&["sending /one - -", "answered /one done Lagging"]),
            Case::new("cut, and as it was", &[CUT], &[Before])
                .ends(&[
                    "again after 0 s, 0 pauses, 1 other ways, lost: the connection was lost during PUT /one",
                    "unknown",
                    UNKNOWN,
                    "look",
                ])
                .records(SENT_UNKNOWN),
            Case::new("503, and as it was", &[UNAVAILABLE], &[Before])
                .ends(&[
                    "again after 0 s, 0 pauses, 1 other ways, lost: the API returned an error (503)",
                    "unknown",
                    UNKNOWN,
                    "look",
                ])
                .records(SENT_UNKNOWN),
            Case::new("500, and as it was", &[BROKEN], &[Before])
                .ends(&["failed, Before", "Api: the API returned an error (500)"])
                .records(SENT_FAILED),
            Case::new("500, once only", &[BROKEN], &[Before]).change(once).ends_unknown(),
            Case::new("cut, once only", &[CUT], &[Before]).change(once).ends_unknown(),
            Case::new("cut twice", &[CUT], &[Before]).after_loss().ends_unknown(),
            Case::new("500 after a loss", &[BROKEN], &[Before]).after_loss().ends_unknown(),
            Case::new("cut, and not shown", &[CUT], &[NotShown]).ends_unknown(),
            Case::new("cut, and unreadable", &[CUT], &[]).unreadable(Exit::Network).ends_unknown(),
            Case::new("cut, and changed by others", &[CUT], &[Settled]).change(conflicts).ends_unknown(),
            Case::new("cut, and decided by others for good", &[CUT], &[Settled])
                .change(conflicts_for_good)
                .ends(&["conflict, Settled"])
                .records(SENT_CONFLICT),
        ]
        .map(Case::check),
    )
    .await;
}

#[tokio::test]
async fn a_refusal_is_looked_after_too() {
    use Place::{Before, Settled};
    let rejected: &[&str] = &["failed, Before", "Api: the API rejected the request (400)"];
    let both: &[&str] = &["PUT /one {}", "PUT /two {}"];
    join_all(
        [
            Case::new("as it was", &[REJECTED], &[Before]).ends(rejected).records(SENT_FAILED),
            Case::new("done before", &[REJECTED], &[Settled])
                .ends(&["already, Settled"])
                .records(&["sending /one - -", "answered /one already Settled"]),
            Case::new("unreadable", &[FORBIDDEN], &[])
                .unreadable(Exit::Network)
                .ends(&["refused", "Forbidden: this key's role doesn't allow this (403)"])
                .records(&["sending /one - -", "answered /one refused -"]),
            Case::new("another form", &[REJECTED, YES], &[Before, Settled])
                .change(two_forms)
                .ends(&["done, Settled"])
                .sends(both)
                .records(&["sending /one - -", "sending /two - -", "answered /two done Settled"]),
            Case::new("another form, refused too", &[REJECTED, REJECTED], &[Before])
                .change(two_forms)
                .ends(rejected)
                .sends(both)
                .records(&["sending /one - -", "sending /two - -", "answered /two failed -"]),
            Case::new("no other form of what was done", &[REJECTED], &[Settled])
                .change(two_forms)
                .ends(&["already, Settled"])
                .records(&["sending /one - -", "answered /one already Settled"]),
            Case::new("no other form of what isn't allowed", &[FORBIDDEN], &[Before])
                .change(two_forms)
                .ends(&["refused, Before", "Forbidden: this key's role doesn't allow this (403)"])
                .records(&["sending /one - -", "answered /one refused -"]),
            Case::new("another way", &[REJECTED], &[Before])
                .change(other_way)
                .ends(&[
                    "again after 0 s, 0 pauses, 2 other ways",
                    "failed, Before",
                    "Api: the API rejected the request (400)",
                ])
                .records(SENT_FAILED),
            Case::new("one way too many", &[REJECTED], &[Before])
                .after_other_ways(MOST_OTHER_WAYS)
                .change(other_way)
                .ends(rejected)
                .records(SENT_FAILED),
            Case::new("as it was, after a loss", &[REJECTED], &[Before]).after_loss().ends_unknown(),
            Case::new("done, after a loss", &[REJECTED], &[Settled])
                .after_loss()
                .ends(&["done, Settled"])
                .records(SENT_DONE),
            Case::new("unreadable, after a loss", &[REJECTED], &[])
                .after_loss()
                .unreadable(Exit::Network)
                .ends_unknown(),
        ]
        .map(Case::check),
    )
    .await;
}

#[tokio::test]
async fn what_is_rate_limited_waits_if_there_is_time() {
    const TOLD: &str = "RateLimited: the rate limit was exceeded (429)";
    join_all(
        [
            Case::new("a short pause", &[LIMITED], &[Place::Before])
                .ends(&["again after 3 s, 1 pauses, 1 other ways", "failed", TOLD])
                .records(SENT_FAILED),
            Case::new("a long pause", &[LIMITED_LONG], &[Place::Before])
                .ends(&["failed, Before", TOLD])
                .records(SENT_FAILED),
            Case::new("after a loss", &[LIMITED], &[Place::Before]).after_loss().ends_unknown(),
        ]
        .map(Case::check),
    )
    .await;
}

#[tokio::test]
async fn what_never_left_has_failed_unless_an_earlier_one_may_arrive() {
    join_all(
        [
            Case::new("nothing listens", &[], &[Place::Settled])
                .sends(&[])
                .ends(&["failed", "Network: could not connect to the API at URL"])
                .records(SENT_FAILED),
            Case::new("after a loss", &[], &[Place::Settled]).after_loss().sends(&[]).ends_unknown(),
        ]
        .map(Case::check),
    )
    .await;
}
