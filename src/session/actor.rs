//! Who makes changes and where, as the ledger records it.

use std::path::Path;

use url::Url;

use crate::error::Error;
use crate::files::{LARGEST, read_regular_text};
use crate::ledger::{Machine, Who};
use crate::options::GlobalArgs;
use crate::process_environment::ProcessEnvironment;
use crate::text::name::parse_actor;

/// A CI service: the variable that says it is one, who started the run, and the address of the run.
struct Ci {
    mark: &'static str,
    user: &'static [&'static str],
    run: fn(&ProcessEnvironment) -> Option<String>,
}

const SERVICES: [Ci; 9] = [
    Ci { mark: "GITHUB_ACTIONS", user: &["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"], run: github_run },
    Ci { mark: "GITLAB_CI", user: &["GITLAB_USER_LOGIN"], run: |set| text(set, "CI_JOB_URL") },
    Ci { mark: "BUILDKITE", user: &["BUILDKITE_BUILD_CREATOR"], run: |set| text(set, "BUILDKITE_BUILD_URL") },
    Ci { mark: "CIRCLECI", user: &["CIRCLE_USERNAME"], run: |set| text(set, "CIRCLE_BUILD_URL") },
    Ci { mark: "TF_BUILD", user: &["BUILD_REQUESTEDFOR"], run: azure_run },
    Ci { mark: "JENKINS_URL", user: &["BUILD_USER_ID"], run: |set| text(set, "BUILD_URL") },
    Ci { mark: "TRAVIS", user: &[], run: |set| text(set, "TRAVIS_BUILD_WEB_URL") },
    Ci { mark: "DRONE", user: &["DRONE_BUILD_TRIGGER"], run: |set| text(set, "DRONE_BUILD_LINK") },
    Ci { mark: "BITBUCKET_BUILD_NUMBER", user: &["BITBUCKET_STEP_TRIGGERER_UUID"], run: bitbucket_run },
];

/// The person who acts: `--actor`, `PORTGATE_ACTOR`, the user who started the CI run, or the user of this machine.
///
/// # Errors
/// The name that is given is not one.
pub(crate) fn resolve(globals: &GlobalArgs, environment: &ProcessEnvironment) -> Result<Who, Error> {
    let named = |actor: &str, from: &str| Who {
        actor: actor.to_owned(),
        actor_from: from.to_owned(),
        ..Who::default()
    };
    if let Some(actor) = &globals.actor {
        return Ok(named(actor, "--actor"));
    }
    if let Some(actor) = environment.parse("PORTGATE_ACTOR", parse_actor)? {
        return Ok(named(&actor, "PORTGATE_ACTOR"));
    }
    let users = ci(environment).into_iter().flat_map(|ci| ci.user.iter().copied());
    let of_run = users.filter_map(|variable| Some((environment.text(variable)?, variable)));
    let of_run = of_run.filter_map(|(user, variable)| Some((parse_actor(user).ok()?, variable))).next();
    Ok(match of_run {
        Some((user, variable)) => named(&user, variable),
        None => {
            let (user, from) = user_of_machine(environment);
            named(&user, from)
        }
    })
}

/// The user of this machine, and how it was found: by the variables, else by the system's list of users, which containers
/// may not be in.
fn user_of_machine(environment: &ProcessEnvironment) -> (String, &'static str) {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter();
    let mut named = named.filter_map(|name| Some((parse_actor(environment.text(name)?).ok()?, name)));
    named.next().unwrap_or_else(user_of_process)
}

#[cfg(unix)]
fn user_of_process() -> (String, &'static str) {
    let uid = rustix::process::getuid().as_raw();
    let users = read_regular_text(Path::new("/etc/passwd"), LARGEST);
    match users.ok().and_then(|(users, _)| name_in(&users, uid)) {
        Some(name) => (name, "/etc/passwd"),
        None => (format!("uid {uid}"), "uid"),
    }
}

#[cfg(not(unix))]
fn user_of_process() -> (String, &'static str) {
    ("unknown user".to_owned(), "nothing")
}

/// The name of a user in `/etc/passwd`: `name:password:uid:...`.
#[cfg(unix)]
fn name_in(users: &str, uid: u32) -> Option<String> {
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(uid.to_string().as_str()))?;
    line.split(':').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// This machine, process and CI run.
pub(crate) fn machine(environment: &ProcessEnvironment) -> Machine {
    Machine {
        host: host(),
        process: Some(std::process::id()),
        ci_run: ci(environment).and_then(|ci| (ci.run)(environment)).map(without_password),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    }
}

#[cfg(unix)]
fn host() -> Option<String> {
    let about = rustix::system::uname();
    let name = about.nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    None
}

/// The CI service that this process runs in.
fn ci(environment: &ProcessEnvironment) -> Option<&'static Ci> {
    SERVICES.iter().find(|ci| environment.text(ci.mark).is_some_and(|set| set != "false"))
}

/// An address without a user's name and password.
fn without_password(address: String) -> String {
    match Url::parse(&address) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.into()
        }
        _ => address.chars().filter(|character| !character.is_control()).collect(),
    }
}

/// A variable, unless it is too long for a line of the ledger.
fn text(environment: &ProcessEnvironment, variable: &str) -> Option<String> {
    environment.text(variable).filter(|text| text.len() <= 2000).map(str::to_owned)
}

fn github_run(environment: &ProcessEnvironment) -> Option<String> {
    let [server, repository, run] =
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(|name| text(environment, name));
    Some(format!("{}/{}/actions/runs/{}", server?, repository?, run?))
}

fn azure_run(environment: &ProcessEnvironment) -> Option<String> {
    let [collection, project, build] =
        ["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"].map(|name| text(environment, name));
    Some(format!("{}{}/_build/results?buildId={}", collection?, project?, build?))
}

fn bitbucket_run(environment: &ProcessEnvironment) -> Option<String> {
    let [origin, build] =
        ["BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_BUILD_NUMBER"].map(|name| text(environment, name));
    Some(format!("{}/pipelines/results/{}", origin?, build?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who_of(actor: Option<&str>, variables: &[(&str, &str)]) -> (String, String) {
        let globals = GlobalArgs { actor: actor.map(str::to_owned), ..GlobalArgs::default() };
        let variables = variables.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let who = resolve(&globals, &ProcessEnvironment::from_variables(variables)).unwrap();
        (who.actor, who.actor_from)
    }

    #[test]
    fn an_actor_is_named_by_option_variable_ci_and_system_in_this_order() {
        let all = [
            ("PORTGATE_ACTOR", "ana"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "ben"),
            ("GITHUB_TRIGGERING_ACTOR", "cho"),
            ("USER", "runner"),
        ];
        let is = |named: (String, String), actor: &str, from: &str| {
            assert_eq!(named, (actor.to_owned(), from.to_owned()));
        };
        is(who_of(Some("dee"), &all), "dee", "--actor");
        is(who_of(None, &all), "ana", "PORTGATE_ACTOR");
        is(who_of(None, &all[1..]), "cho", "GITHUB_TRIGGERING_ACTOR");
        is(who_of(None, &[all[1], all[2], all[4]]), "ben", "GITHUB_ACTOR");
        is(who_of(None, &[all[1], all[4]]), "runner", "USER");
        is(who_of(None, &[all[2], all[4]]), "runner", "USER");
        is(who_of(None, &[("GITLAB_CI", "true"), ("GITLAB_USER_LOGIN", "eve")]), "eve", "GITLAB_USER_LOGIN");
    }

    #[test]
    fn a_run_is_named_by_its_address() {
        let run = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            machine(&ProcessEnvironment::from_variables(variables)).ci_run
        };
        let github = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://ci.example"),
            ("GITHUB_REPOSITORY", "net/desk"),
            ("GITHUB_RUN_ID", "7"),
        ];
        assert_eq!(run(&github).as_deref(), Some("https://ci.example/net/desk/actions/runs/7"));
        assert_eq!(run(&github[..3]), None);
        let gitlab = [("GITLAB_CI", "true"), ("CI_JOB_URL", "https://ci.example/jobs/8")];
        assert_eq!(run(&gitlab).as_deref(), Some("https://ci.example/jobs/8"));
        let secret = [("GITLAB_CI", "true"), ("CI_JOB_URL", "https://user:glpat-x@ci.example/jobs/8")];
        assert_eq!(run(&secret).as_deref(), Some("https://ci.example/jobs/8"));
        assert_eq!(run(&[("CI_JOB_URL", "https://ci.example/jobs/8")]), None);
    }

    #[cfg(unix)]
    #[test]
    fn d14_a_user_has_a_name_where_the_system_knows_one() {
        let users = "root:x:0:0:root:/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n";
        assert_eq!(name_in(users, 1000).as_deref(), Some("ana"));
        assert_eq!(name_in(users, 0).as_deref(), Some("root"));
        assert_eq!(name_in(users, 100), None);
    }
}
