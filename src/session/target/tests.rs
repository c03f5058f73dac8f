use super::*;
use crate::files::replace_private_file;

const PROFILES: &str = r#"
default = "prod"
[profiles.prod]
environment = "production"
client_id = "p"
read_only = true
[profiles.stage]
environment = "staging"
client_id = "s"
[profiles.dev-a]
environment = "development"
[profiles.dev-b]
environment = "development"
[profiles.lab]
api_url = "http://127.0.0.1:8080"
[profiles.demo]
environment = "sandbox"
max_sold = "100%"
"#;

fn resolve(flags: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Target, Error> {
    resolve_with(PROFILES, flags, variables)
}

fn resolve_with(profiles: &str, flags: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Target, Error> {
    let folder = tempfile::tempdir().unwrap();
    replace_private_file(&folder.path().join("config.toml"), profiles.as_bytes()).unwrap();
    let mut globals = GlobalArgs::default();
    for (flag, value) in flags {
        let value = Some((*value).to_owned());
        match *flag {
            "--env" => globals.env = value,
            "--profile" => globals.profile = value,
            "--api-url" => globals.api_url = value,
            "--token-url" => globals.token_url = value,
            other => panic!("{other}"),
        }
    }
    Target::resolve(&globals, &ProcessEnvironment::from_variables(variables.iter().copied()), folder.path())
}

fn choose(flags: &[(&str, &str)], variables: &[(&str, &str)]) -> (Environment, Option<String>) {
    let target = resolve(flags, variables).unwrap();
    (target.environment, target.profile.map(|profile| profile.name))
}

fn disagree(flags: &[(&str, &str)], variables: &[(&str, &str)]) {
    let error = resolve(flags, variables).unwrap_err();
    assert_eq!(error.exit, crate::Exit::Usage);
    assert!(error.message.contains("disagree"), "{error:?}");
}

#[test]
fn nothing_said_is_the_default_profile_else_production() {
    assert_eq!(choose(&[], &[]), (Environment::Production, Some("prod".to_owned())));
    let target = resolve_with("", &[], &[]).unwrap();
    assert_eq!((target.environment, target.environment_by), (Environment::Production, ChosenBy::Default));
    assert_eq!(target.limits(), Limits::default());
}

#[test]
fn a_flag_is_stronger_than_a_variable_and_that_than_the_default() {
    let both = &[("MEGAPORT_ENVIRONMENT", "development")];
    assert_eq!(choose(&[("--env", "staging")], both).0, Environment::Staging);
    assert_eq!(choose(&[], both).0, Environment::Development);
    let profile = &[("PORTGATE_PROFILE", "lab")];
    assert_eq!(choose(&[("--profile", "stage")], profile), (Environment::Staging, Some("stage".to_owned())));
    assert_eq!(choose(&[], profile), (Environment::Custom, Some("lab".to_owned())));
}

#[test]
fn an_environment_takes_the_only_profile_it_has() {
    assert_eq!(choose(&[("--env", "staging")], &[]).1.as_deref(), Some("stage"));
    assert_eq!(choose(&[("--env", "dev")], &[]).1, None);
    assert_eq!(choose(&[("--api-url", "http://127.0.0.1:8080/")], &[]).1.as_deref(), Some("lab"));
    assert_eq!(choose(&[("--api-url", "http://127.0.0.1:8081")], &[]).1, None);
}

#[test]
fn a_profile_and_an_environment_that_disagree_are_refused() {
    disagree(&[("--env", "production"), ("--profile", "stage")], &[]);
    disagree(&[("--profile", "stage")], &[("MEGAPORT_ENVIRONMENT", "production")]);
    disagree(&[("--env", "staging")], &[("PORTGATE_PROFILE", "prod")]);
    disagree(&[], &[("PORTGATE_PROFILE", "prod"), ("MEGAPORT_ENVIRONMENT", "staging")]);
    disagree(&[("--api-url", "http://127.0.0.1:9"), ("--profile", "lab")], &[]);
    let (address, tokens) = (("--api-url", "http://127.0.0.1:8080"), ("--token-url", "http://127.0.0.1:9/t"));
    disagree(&[address, tokens, ("--profile", "lab")], &[]);
    disagree(&[("--env", "sandbox"), ("--profile", "prod")], &[]);
}

#[test]
fn an_address_and_a_name_that_disagree_are_refused() {
    let both = |name, url| [("MEGAPORT_ENVIRONMENT", name), ("MEGAPORT_API_URL", url)];
    let error = resolve(&[], &both("staging", "https://api.megaport.com")).unwrap_err();
    assert_eq!(error.exit, crate::Exit::Usage);
    let said = error.to_string();
    assert!(said.contains("MEGAPORT_ENVIRONMENT=staging"), "{said}");
    assert!(said.contains("MEGAPORT_API_URL=https://api.megaport.com"), "{said}");
    disagree(&[], &both("production", "http://127.0.0.1:8080"));
    // The name's own address is no other place, and a flag is stronger than both.
    let same = both("staging", "https://api-staging.megaport.com/");
    assert_eq!(choose(&[], &same), (Environment::Staging, Some("stage".to_owned())));
    let other = both("production", "http://127.0.0.1:8080");
    assert_eq!(choose(&[("--env", "staging")], &other).0, Environment::Staging);
    assert_eq!(choose(&[("--api-url", "http://127.0.0.1:8081")], &other).0, Environment::Custom);
}

#[test]
fn the_sandbox_ignores_what_is_meant_for_elsewhere() {
    let elsewhere = &[
        ("PORTGATE_PROFILE", "prod"),
        ("MEGAPORT_ENVIRONMENT", "production"),
        ("MEGAPORT_API_URL", "https://api.example"),
    ];
    assert_eq!(choose(&[("--env", "sandbox")], elsewhere), (Environment::Sandbox, None));
    // Not even a damaged file keeps it from starting.
    let target = resolve_with("= damaged", &[("--env", "sandbox")], &[]).unwrap();
    assert_eq!((target.environment, target.endpoints), (Environment::Sandbox, None));
    let beside = &[("MEGAPORT_ENVIRONMENT", "sandbox"), ("MEGAPORT_API_URL", "https://api.example")];
    assert_eq!(choose(&[], beside).0, Environment::Sandbox);
}

#[test]
fn a_profile_of_the_sandbox_brings_its_limits() {
    let target = resolve(&[("--env", "sandbox"), ("--profile", "demo")], &[]).unwrap();
    assert_eq!(target.limits().max_sold_percent, Some(100));
}

#[test]
fn unknown_names_are_errors_never_production() {
    for (flags, variables, named) in [
        (&[("--env", "stagign")][..], &[][..], "stagign"),
        (&[], &[("MEGAPORT_ENVIRONMENT", "prodution")], "prodution"),
        (&[("--profile", "nobody")], &[], "nobody"),
        (&[], &[("PORTGATE_PROFILE", "nobody")], "nobody"),
    ] {
        let error = resolve(flags, variables).unwrap_err();
        assert_eq!(error.exit, crate::Exit::Usage);
        assert!(error.message.contains(named), "{error:?}");
    }
    let error = resolve_with("default = \"gone\"\n", &[], &[]).unwrap_err();
    assert!(error.message.contains("gone"), "{error:?}");
}

#[test]
fn the_limits_of_a_damaged_profile_are_not_missed() {
    let text = "[profiles.prod]\nenvironment = \"production\"\nreadonly = true\n[profiles.stage]\nenvironment = \"staging\"\n";
    let of = |flags: &[(&str, &str)]| {
        resolve_with(text, flags, &[]).map(|target| target.profile.map(|one| one.name))
    };
    // It would be the one of its environment.
    assert!(of(&[("--env", "production")]).unwrap_err().message.contains("readonly"));
    assert!(of(&[("--profile", "prod")]).unwrap_err().message.contains("readonly"));
    assert_eq!(of(&[("--env", "staging")]).unwrap().as_deref(), Some("stage"));
    assert_eq!(of(&[("--env", "sandbox")]).unwrap(), None);
    let default = format!("default = \"prod\"\n{text}");
    let of = |flags: &[(&str, &str)]| {
        resolve_with(&default, flags, &[]).map(|target| target.profile.map(|one| one.name))
    };
    assert!(of(&[]).unwrap_err().message.contains("readonly"));
    assert_eq!(of(&[("--env", "staging")]).unwrap().as_deref(), Some("stage"));
    let warned = resolve_with(&default, &[("--profile", "stage")], &[]).unwrap().warnings;
    assert!(warned[0].contains("'prod'") && warned[0].contains("readonly"), "{warned:?}");
    // Which backend it is for is not known.
    let half = "[profiles.half]\nread_only = true\n[profiles.stage]\nenvironment = \"staging\"\n";
    assert!(resolve_with(half, &[("--env", "production")], &[]).is_err());
    assert!(resolve_with(half, &[("--env", "staging")], &[]).is_ok());
}
