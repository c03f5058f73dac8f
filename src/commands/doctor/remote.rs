//! What only the backend can tell: reach, clock, token and role.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::check::Check;
use crate::api::reach::{Reached, reach};
use crate::commands::auth::status::{Status, identify};
use crate::domain::role::{Right, Role, use_key_with};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::target::Target;
use crate::text::words;

/// How long one endpoint may take.
const LIMIT: Duration = Duration::from_secs(15);
/// From here on, times are shown wrong.
const CLOCK_WARNS: SignedDuration = SignedDuration::from_mins(1);
/// From here on, tokens are taken for expired, or the other way round.
const CLOCK_FAILS: SignedDuration = SignedDuration::from_mins(15);

pub(super) async fn run(context: &Context, target: &Target, checks: &mut Vec<Check>) -> anyhow::Result<()> {
    if let Some(endpoints) = &target.endpoints {
        let limit = LIMIT.min(context.patience.timeout);
        let ask = |url| reach(url, &context.environment, &context.trace, limit);
        let both = async { tokio::join!(ask(&endpoints.api), ask(&endpoints.token)) };
        let (api, token) = context.with_progress("reaching the endpoints", both).await;
        let now = context.clock.now();
        let date = [&api, &token].into_iter().find_map(|one| one.as_ref().ok()?.date);
        let can_ask = api.is_ok() && token.is_ok();
        checks.push(reach_check("API", endpoints.api_base(), api));
        checks.push(reach_check("token endpoint", endpoints.token.as_str(), token));
        checks.extend(date.map(|date| clock(date, now)));
        if !can_ask {
            return Ok(());
        }
    } else {
        checks.push(Check::ok("API", "the sandbox runs in this process"));
    }
    match identify(context).await {
        Ok(status) => identity(&status, context.clock.now(), checks),
        // Settings that contradict each other.
        Err(error) => checks.push(Check::failed("token", &error.downcast::<Error>()?)),
    }
    Ok(())
}

fn reach_check(check: &'static str, url: &str, outcome: Result<Reached, Error>) -> Check {
    match outcome {
        Err(error) => Check::failed(check, &error),
        Ok(reached) if reached.status >= 500 => Check::warning(
            check,
            format!("{url} returned {}", reached.status),
            "try again later; the backend, or a proxy before it, is failing",
        ),
        Ok(reached) => Check::ok(check, format!("{url}, {} ms", reached.took.as_millis())),
    }
}

/// Compares the clock of this machine with the backend's, which says only seconds.
fn clock(date: Timestamp, now: Timestamp) -> Check {
    let ahead = now.duration_since(date);
    let off = ahead.abs();
    if off < CLOCK_WARNS {
        return Check::ok("clock", "agrees with the backend's");
    }
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    let detail = format!("{} {way} the backend's", words::span(off));
    let hint = "set this machine's clock, for example with NTP";
    match off < CLOCK_FAILS {
        true => Check::warning("clock", detail, hint),
        false => Check::failed("clock", &Error::new(Exit::Other, detail).hint(hint)),
    }
}

fn identity(status: &Status, now: Timestamp, checks: &mut Vec<Check>) {
    if let Some(error) = status.failure.as_ref().filter(|_| !status.is_wrong_account) {
        checks.push(Check::failed("token", error));
        return;
    }
    let expires = status.token_expires_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    let expires = expires.map(|at| format!(", expires {}", words::expiry(Some(at), now))).unwrap_or_default();
    checks.push(Check::ok("token", format!("accepted{expires}")));
    checks.push(match &status.company.name {
        Some(name) => Check::ok("company", name.clone()),
        None => Check::warning(
            "company",
            "its name can't be read",
            "no action needed if the role may not list users",
        ),
    });
    checks.push(role(&status.roles));
    if let Some(account) = &status.on_behalf_of {
        checks.push(match &status.failure {
            Some(error) => Check::failed("managed account", error),
            None => Check::ok("managed account", account.label()),
        });
    }
}

/// What the roles can decide; one that isn't known may.
fn role(roles: &[String]) -> Check {
    let can = |right: Right| roles.iter().any(|role| Role::parse(role).is_none_or(|role| role.may(right)));
    let names = roles.join(", ");
    match (can(Right::DecideMarketplace), can(Right::DecideQueue)) {
        _ if roles.is_empty() => Check::ok("role", "unknown: the token doesn't name it"),
        (true, true) => Check::ok(
            "role",
            format!("{names}: can decide Marketplace requests and service approval queue entries"),
        ),
        (true, false) => Check::warning(
            "role",
            format!("{names}: can decide Marketplace requests, but not service approval queue entries"),
            format!("to decide queue entries, {}", Right::DecideQueue.use_key()),
        ),
        (false, true) => Check::warning(
            "role",
            format!("{names}: can decide service approval queue entries, but not Marketplace requests"),
            format!("to decide Marketplace requests, {}", Right::DecideMarketplace.use_key()),
        ),
        (false, false) => Check::warning(
            "role",
            format!("{names}: can't decide Marketplace requests or service approval queue entries"),
            use_key_with(&[Right::DecideMarketplace, Right::DecideQueue]),
        ),
    }
}
