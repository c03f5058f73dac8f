use std::fs;
use std::path::Path;

use super::*;
use crate::api::backend::Endpoints;
use crate::session::profiles::OF_PROFILE;

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    replace_private_file(&folder.path().join("config.toml"), text.as_bytes()).unwrap();
    folder
}

fn file_error(text: &str) -> Error {
    let error = ProfilesFile::load(folder(text).path()).unwrap_err();
    assert_eq!(error.exit, Exit::Usage, "{error:?}");
    error
}

/// The fault of the only profile.
fn profile_error(text: &str) -> Error {
    let file = ProfilesFile::load(folder(text).path()).unwrap();
    assert!(file.profiles().is_empty(), "{text}");
    let error = file.get(file.names()[0]).unwrap_err();
    assert_eq!(error.exit, Exit::Usage, "{error:?}");
    error
}

fn text_of(folder: &Path) -> String {
    fs::read_to_string(folder.join("config.toml")).unwrap()
}

const WHOLE: &str = r#"# ours
schema = "portgate.config/v1"
default = "example"

[profiles.example] # the provider
environment = "production"
client_id = "abc" # from the portal
company_name = "Example Cloud Connect"
read_only = true
confirm = "always"
require_reason = true
require_ticket = true
max_sold = "120%"

[profiles.lab]
environment = "custom"
api_url = "http://127.0.0.1:8080"
client_id = "lab"
secret_command = ["pass", "show", "lab"]
"#;

#[test]
fn no_file_is_no_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let file = ProfilesFile::load(&folder.path().join("absent")).unwrap();
    assert!(file.profiles().is_empty() && file.default_name().is_none());
}

#[test]
fn everything_a_profile_has_is_read() {
    let folder = folder(WHOLE);
    let file = ProfilesFile::load(folder.path()).unwrap();
    assert_eq!(file.default_name(), Some("example"));
    let example = file.get("example").unwrap();
    assert_eq!(example.environment, Environment::Production);
    assert_eq!(
        example.limits,
        super::super::Limits {
            profile: "example".to_owned(),
            read_only: true,
            confirm_always: true,
            require_reason: true,
            require_ticket: true,
            max_sold_percent: Some(120),
            second_person: None,
        }
    );
    let lab = file.get("lab").unwrap();
    assert_eq!(lab.endpoints.as_ref().unwrap().token.as_str(), "http://127.0.0.1:8080/oauth2/token");
    assert_eq!(lab.secret_command.as_deref(), Some(&["pass", "show", "lab"].map(String::from)[..]));
}

#[test]
fn a_change_keeps_comments_and_limits() {
    let folder = folder(WHOLE);
    edit(folder.path(), |file| {
        let mut example = file.get("example")?.clone();
        example.company_name = Some("Example Cloud Connect Pty".to_owned());
        file.put(&example);
        file.put(&Profile::new("new", Environment::Staging, Environment::Staging.known_endpoints()));
        file.set_default("new");
        Ok(())
    })
    .unwrap();
    let text = text_of(folder.path());
    for kept in ["# ours", "# the provider", "\"abc\" # from the portal", "max_sold = \"120%\""] {
        assert!(text.contains(kept), "{kept} is gone from:\n{text}");
    }
    let file = ProfilesFile::load(folder.path()).unwrap();
    assert_eq!(file.default_name(), Some("new"));
    assert_eq!(file.get("new").unwrap().environment, Environment::Staging);
    assert!(file.get("example").unwrap().limits.read_only);
}

#[test]
fn a_profile_of_an_own_backend_is_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("new/portgate");
    let endpoints = Endpoints::custom("https://api.example", Some("https://auth.example/token")).unwrap();
    let lab = Profile::new("lab", Environment::Custom, Some(endpoints));
    edit(&config, |file| {
        file.put(&lab);
        Ok(())
    })
    .unwrap();
    assert_eq!(ProfilesFile::load(&config).unwrap().get("lab").unwrap(), &lab);
    assert!(text_of(&config).contains(SCHEMA));
}

#[test]
fn removing_the_default_profile_unmarks_it() {
    let folder = folder(WHOLE);
    assert!(edit(folder.path(), |file| Ok(file.remove("example"))).unwrap());
    assert!(!edit(folder.path(), |file| Ok(file.remove("example"))).unwrap());
    let file = ProfilesFile::load(folder.path()).unwrap();
    assert!(file.default_name().is_none() && file.find("example").is_none() && file.find("lab").is_some());
}

#[test]
fn a_key_outside_the_profiles_that_is_not_understood_is_refused() {
    let hint = |text: &str| {
        let error = file_error(text);
        assert!(error.message.contains("unknown setting"), "{error:?}");
        format!("{:?}", error.hints)
    };
    assert!(hint("defualt = \"x\"\n").contains("'default'"));
    assert!(hint("[profile.x]\nread_only = true\n").contains("'profiles'"));
    assert!(hint("read_only = true\n").contains("[profiles.NAME]"));
    assert!(hint("colour = 1\n").contains("schema, default, profiles"));
}

#[test]
fn a_damaged_file_names_the_line_and_hides_what_is_on_it() {
    let error = file_error("schema = \"portgate.config/v1\"\n\nsecret = hunter2\n");
    assert!(error.message.contains("line 3"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn a_newer_schema_is_refused() {
    let error = file_error("schema = \"portgate.config/v2\"\n");
    assert!(error.message.contains("portgate.config/v2"));
    assert!(error.hints[0].text(&crate::error::Invocation::default()).contains("update portgate"));
    assert!(file_error("schema = 1\n").message.contains("schema"));
}

#[test]
fn a_misspelt_limit_is_an_error_that_names_it() {
    let error = profile_error("[profiles.example]\nenvironment = \"production\"\nread_onyl = true\n");
    assert!(error.message.contains("'example'") && error.message.contains("read_onyl"), "{error:?}");
    assert!(error.hints[0].text(&crate::error::Invocation::default()).contains("read_only"));
}

#[test]
fn wrong_values_name_their_key() {
    for (line, named) in [
        ("read_only = \"yes\"", "read_only"),
        ("confirm = \"sometimes\"", "confirm"),
        ("max_sold = 1.2", "max_sold"),
        ("max_sold = \"120\"", "such as 120%"),
        ("client_id = \"\"", "client_id"),
        ("secret_command = \"pass show x\"", "secret_command"),
        ("secret_command = []", "secret_command"),
        ("secret_command = [\"pass\"]", "client_id"),
        ("api_url = \"https://api.example\"", "api_url"),
        ("token_url = \"https://api.example\"", "token_url"),
    ] {
        let error = profile_error(&format!("[profiles.example]\nenvironment = \"staging\"\n{line}\n"));
        assert!(error.message.contains(named), "{line}: {error:?}");
    }
    assert!(profile_error("[profiles.x]\nread_only = true\n").message.contains("environment is missing"));
    assert!(profile_error("[profiles.x]\nenvironment = \"stagign\"\n").message.contains("stagign"));
    assert!(profile_error("[profiles.\"a/b\"]\nenvironment = \"staging\"\n").message.contains("a/b"));
    assert!(file_error("profiles = 3\n").message.contains("'profiles'"));
    assert!(file_error("default = 3\n").message.contains("'default'"));
    let plain = profile_error("[profiles.x]\napi_url = \"http://api.example\"\n");
    assert!(plain.message.contains("uses http for another machine"), "{plain:?}");
}

#[test]
fn a_damaged_profile_keeps_no_other_from_being_used() {
    let text =
        format!("{WHOLE}\n[profiles.bad]\nenvironment = \"staging\"\nread_onyl = true\n[profiles.half]\n");
    let file = ProfilesFile::load(folder(&text).path()).unwrap();
    assert!(file.get("example").is_ok() && file.get("lab").is_ok());
    assert!(file.get("bad").unwrap_err().message.contains("read_onyl"));
    assert_eq!(file.find_damaged("bad").unwrap().rest.as_ref().unwrap().environment, Environment::Staging);
    assert!(file.find_damaged("half").unwrap().rest.is_none());
    assert_eq!(file.faults_beside(Some("bad")).len(), 1);
    assert!(
        file.faults_beside(None)[0]
            .contains("or remove it: portgate profile set read_onyl --unset --profile bad")
    );
}

#[cfg(unix)]
#[test]
fn who_else_may_touch_the_file_matters() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(WHOLE);
    let path = folder.path().join("config.toml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let file = ProfilesFile::load(folder.path()).unwrap();
    assert!(file.warnings()[0].contains("chmod 600"), "{:?}", file.warnings());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
    assert!(ProfilesFile::load(folder.path()).unwrap_err().message.contains("is writable by other users"));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let kept = folder(WHOLE);
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("config.toml");
    std::os::unix::fs::symlink(kept.path().join("config.toml"), &link).unwrap();
    edit(folder.path(), |file| {
        file.set_default("lab");
        Ok(())
    })
    .unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(text_of(kept.path()).contains("default = \"lab\""));
}

#[test]
fn every_example_is_read() {
    for key in &OF_PROFILE {
        let more = match key.name {
            "environment" => "",
            "api_url" => "environment = \"custom\"\n",
            "token_url" => "environment = \"custom\"\napi_url = \"https://api.example.net\"\n",
            "secret_command" => "environment = \"staging\"\nclient_id = \"a\"\n",
            _ => "environment = \"staging\"\n",
        };
        let text = format!("[profiles.lab]\n{more}{} = {}\n", key.name, key.example);
        let read = ProfilesFile::from_text("config.toml".into(), &text);
        assert!(read.is_ok(), "{text}{read:?}");
    }
    for key in OF_FILE.iter().filter(|key| key.name != "profiles") {
        let text = format!("{} = {}\n", key.name, key.example);
        assert!(ProfilesFile::from_text("config.toml".into(), &text).is_ok(), "{text}");
    }
}
