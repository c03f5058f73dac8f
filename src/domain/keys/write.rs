//! Writing a key: send once, read back, tell the truth.
//!
//! `PUT` may be sent again where the key is read back unchanged: it replaces, so twice is once. `POST` never is: twice
//! would be two keys.

use std::collections::HashSet;

use crate::api::service_keys::{self, KeyTerms, ServiceKey, create_call, handle, replace_call};
use crate::api::{Client, SendFailure};
use crate::domain::keys::terms::{differences, missed};
use crate::error::Error;
use crate::exit::Exit;

/// A key after a write.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// As read back.
    pub(crate) key: ServiceKey,
    /// What else a person should know.
    pub(crate) notes: Vec<String>,
    /// It is not as asked (exit 13).
    pub(crate) differs: Option<Error>,
}

/// Creates a key on a port of that speed.
///
/// # Errors
/// The backend's refusal; exit 14 where the answer was lost and it can't be told whether there is a key.
pub(crate) async fn create(
    client: &Client,
    wanted: &KeyTerms,
    port_speed: Option<u64>,
) -> Result<Written, Error> {
    let port = wanted.product_uid.clone().or_else(|| wanted.product_id.map(|id| id.to_string()));
    // What is there already, to tell a new key from it if the answer is lost.
    let before: HashSet<String> =
        service_keys::list(client, port.as_deref()).await?.into_iter().filter_map(|key| key.key).collect();
    let mut notes = Vec::new();
    let key = match service_keys::send(client, &create_call(wanted)).await {
        Ok(Some(made)) if made.key.is_some() => {
            let whole = made.key.clone().unwrap_or_default();
            match service_keys::read(client, &whole).await {
                Ok(read) => read,
                Err(error) => {
                    notes.push(format!(
                        "it could not be read back, so this is what the backend answered: {error}"
                    ));
                    made
                }
            }
        }
        answered => {
            let lost = match answered {
                Err(SendFailure::Lost(error)) => error,
                Err(other) => return Err(other.error().clone()),
                Ok(_) => Error::new(Exit::Api, "the backend's answer names no key"),
            };
            let found = find_new(client, port.as_deref(), &before, wanted, port_speed).await;
            let Some(found) = found else { return Err(creation_unknown(&lost)) };
            notes.push("the answer was lost; the key was found by reading the list back".to_owned());
            found
        }
    };
    let differs = differs(&key, wanted, port_speed);
    Ok(Written { key, notes, differs })
}

/// The one key that wasn't there before and is as wanted.
async fn find_new(
    client: &Client,
    port: Option<&str>,
    before: &HashSet<String>,
    wanted: &KeyTerms,
    port_speed: Option<u64>,
) -> Option<ServiceKey> {
    let now = service_keys::list(client, port).await.ok()?;
    let mut new = now.into_iter().filter(|key| {
        key.key.as_ref().is_some_and(|text| !before.contains(text))
            && missed(wanted, &KeyTerms::of(key), port_speed).is_empty()
    });
    let first = new.next();
    first.filter(|_| new.next().is_none())
}

fn creation_unknown(lost: &Error) -> Error {
    let mut error = Error::new(Exit::Unknown, "it is not known whether the key was created")
        .because(lost.to_string())
        .hint("it was sent once and is not sent again, or there might be two")
        .hint(
            "wait a minute and look for it with `portgate keys list`; create it again only if it isn't there",
        );
    error.trace_id.clone_from(&lost.trace_id);
    error.http_status = lost.http_status;
    error
}

/// Replaces the terms of a key that was just read, all of them, and reads it again.
///
/// # Errors
/// The backend's refusal; exit 14 where it can't be told what the key has now.
pub(crate) async fn replace(
    client: &Client,
    before: &ServiceKey,
    wanted: &KeyTerms,
) -> Result<Written, Error> {
    let whole = before.key.as_deref().unwrap_or_default();
    let speed = before.product_dto.port_speed;
    let call = replace_call(whole, wanted);
    let mut notes = Vec::new();
    let mut again = true;
    loop {
        let lost = match service_keys::send(client, &call).await {
            Ok(_) => break,
            Err(SendFailure::Lost(error)) => error,
            Err(other) => return Err(other.error().clone().about(handle(whole))),
        };
        let Ok(now) = service_keys::read(client, whole).await else {
            return Err(change_unknown(whole, &lost));
        };
        if missed(wanted, &KeyTerms::of(&now), speed).is_empty() {
            notes.push("the answer was lost; the key was read back and is as asked".to_owned());
            return Ok(Written { key: now, notes, differs: None });
        }
        let unchanged = differences(&KeyTerms::of(before), &KeyTerms::of(&now), speed).is_empty();
        if !again || !unchanged {
            return Err(change_unknown(whole, &lost));
        }
        again = false;
        notes.push(
            "an answer was lost and the key was unchanged, so the change was sent once more".to_owned(),
        );
    }
    let key = match service_keys::read(client, whole).await {
        Ok(key) => key,
        Err(error) => return Err(change_unknown(whole, &error)),
    };
    let differs = differs(&key, wanted, speed);
    Ok(Written { key, notes, differs })
}

fn change_unknown(whole: &str, lost: &Error) -> Error {
    let mut error =
        Error::new(Exit::Unknown, format!("it is not known what service key {} has now", handle(whole)))
            .because(lost.to_string())
            .hint(format!(
                "look with `portgate keys show {}`, then run the same command again if need be",
                handle(whole)
            ))
            .about(handle(whole));
    error.trace_id.clone_from(&lost.trace_id);
    error.http_status = lost.http_status;
    error
}

/// The error for a key that is not as it was asked to be, saying in what.
fn differs(key: &ServiceKey, wanted: &KeyTerms, port_speed: Option<u64>) -> Option<Error> {
    let missed = missed(wanted, &KeyTerms::of(key), port_speed.or(key.product_dto.port_speed));
    if missed.is_empty() {
        return None;
    }
    let said: Vec<String> = missed
        .iter()
        .map(|one| {
            let [wanted, is] = [&one.from, &one.to].map(|value| match value {
                serde_json::Value::Null => "none".to_owned(),
                other => other.to_string(),
            });
            format!("{} is {is}, not {wanted}", one.field)
        })
        .collect();
    Some(
        Error::new(Exit::Conflict, format!("service key {} is not as it was asked to be", key.handle()))
            .because(said.join("; "))
            .hint(format!(
                "look with `portgate keys show {}`: somebody else may have changed it",
                key.handle()
            ))
            .about(key.handle()),
    )
}
