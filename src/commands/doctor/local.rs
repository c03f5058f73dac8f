//! What is on this machine: settings, profiles, stores of keys, the ledger, and the way to the network.

use super::check::Check;
use crate::api::backend::Environment;
use crate::api::reach;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::{CredentialsFile, Store, file_store};
use crate::session::profiles::{Profile, ProfilesFile};
use crate::session::target::Target;
use crate::text::words;

/// Reads the settings; without them nothing else can be checked.
pub(super) fn settings(context: &Context, checks: &mut Vec<Check>) -> Option<ProfilesFile> {
    match ProfilesFile::load(&context.paths.config) {
        Err(error) => {
            checks.push(Check::failed("configuration", &error));
            None
        }
        Ok(file) => {
            let path = file.path().display().to_string();
            if file.warnings().is_empty() {
                let there = file.path().exists();
                let detail =
                    if there { path.clone() } else { format!("{path} doesn't exist; defaults apply") };
                checks.push(Check::ok("configuration", detail));
            }
            for warning in file.warnings() {
                checks.push(Check::warning("configuration", warning, format!("chmod 600 {path}")));
            }
            Some(file)
        }
    }
}

pub(super) fn profiles(target: &Target, file: &ProfilesFile, checks: &mut Vec<Check>) {
    let all = file.names().len();
    let count = if all == 0 { "no profiles".to_owned() } else { words::count(all, "profile", "profiles") };
    checks.push(match &target.profile {
        Some(profile) if target.profile_is_default => {
            Check::ok("profiles", format!("{count}; using '{}', the default", profile.name))
        }
        Some(profile) => Check::ok("profiles", format!("{count}; using '{}'", profile.name)),
        None if all == 0 => Check::ok("profiles", count),
        None if target.choices.is_empty() => Check::ok("profiles", format!("{count}; using none of them")),
        None => Check::warning(
            "profiles",
            format!("{count}, and none is the default"),
            "make one the default with portgate profile use NAME, or use --profile NAME",
        ),
    });
    for damaged in file.damaged_profiles() {
        checks.push(Check::warning_from("profiles", &damaged.error()));
    }
    let keyless =
        |profile: &&Profile| profile.environment != Environment::Sandbox && profile.client_id.is_none();
    for Profile { name, .. } in file.profiles().iter().filter(keyless) {
        let hint = Hint::login_to("log in: ", name);
        checks.push(Check::warning("profiles", format!("profile '{name}' has no key"), hint));
    }
}

/// The stores of keys that profiles use.
pub(super) async fn stores(
    context: &Context,
    file: &ProfilesFile,
    checks: &mut Vec<Check>,
) -> anyhow::Result<()> {
    let uses = |source| file.profiles().iter().any(|profile| profile.key_source() == Some(source));
    let store = context.credential_store()?;
    // On its own thread: a locked keyring may wait for its password.
    let checking = tokio::task::spawn_blocking(move || store.check());
    // What D-Bus says of it is for programs, and for those who look for the cause.
    let plainly = |check: Check, error: &Error| match Store::is_absent(error) && context.globals.verbose == 0
    {
        true => check.plainly(&error.message),
        false => check,
    };
    checks.push(match (context.with_progress("checking the keyring", checking).await?, uses("keyring")) {
        (Ok(()), true) => Check::ok("keyring", "available"),
        (Ok(()), false) => Check::ok("keyring", "available; no profile uses it"),
        (Err(error), true) => plainly(Check::failed("keyring", &error), &error),
        (Err(_), false) if !file.profiles().is_empty() => {
            Check::ok("keyring", "not available; no profile uses it")
        }
        (Err(error), false) => plainly(Check::warning_from("keyring", &error), &error),
    });
    let path = CredentialsFile::path(&context.paths.config);
    match (file_store::read(&path), uses("file")) {
        (Ok(None), false) => {}
        (Ok(None), true) => {
            let error = Error::new(Exit::Authentication, format!("{} doesn't exist", path.display()))
                .hint(Hint::login("log in again: ", "--store file"));
            checks.push(Check::failed("credentials file", &error));
        }
        (Ok(Some(_)), _) => checks.push(Check::ok("credentials file", path.display().to_string())),
        (Err(error), true) => checks.push(Check::failed("credentials file", &error)),
        (Err(error), false) => checks.push(Check::warning_from("credentials file", &error)),
    }
    Ok(())
}

/// The ledger, without which nothing is decided.
pub(super) async fn ledger(context: &Context, checks: &mut Vec<Check>) {
    let ledger = match context.ledger() {
        Ok(ledger) => ledger,
        Err(error) => return checks.push(Check::failed("ledger", &error)),
    };
    let place = ledger.place();
    checks.push(match ledger.verify(None).await {
        Err(error) if ledger.is_shared() => Check::failed("ledger", &error),
        Err(error) => Check::failed(
            "ledger",
            &Error::new(Exit::Other, format!("{} can't be used", place))
                .reason(error.to_string())
                .hint("fix its permissions, or set PORTGATE_LEDGER; portgate makes no changes without it"),
        ),
        Ok(verified) if !verified.faults.is_empty() => Check::warning(
            "ledger",
            format!("{} is not as portgate wrote it", place),
            "see what was changed: portgate ledger verify",
        ),
        Ok(verified) => Check::ok("ledger", format!("{} in {}", verified.count_words(), place)),
    });
}

/// Proxy and certificates, as the environment names them.
pub(super) fn network(context: &Context, checks: &mut Vec<Check>) {
    checks.push(match reach::proxy_of(&context.environment) {
        Err(error) => Check::failed("proxy", &error),
        Ok(None) => Check::ok("proxy", "none"),
        Ok(Some((name, address))) => {
            let except = context.environment.text("NO_PROXY").or(context.environment.text("no_proxy"));
            let except = except.map(|hosts| format!("; not for {hosts}")).unwrap_or_default();
            Check::ok("proxy", format!("{address} ({name}){except}"))
        }
    });
    let named = context.environment.text("SSL_CERT_FILE");
    checks.push(match reach::check_certificates(&context.environment) {
        Err(error) => Check::failed("certificates", &error),
        Ok(()) => Check::ok(
            "certificates",
            named.map_or("the system's".to_owned(), |file| format!("{file} (SSL_CERT_FILE)")),
        ),
    });
}
