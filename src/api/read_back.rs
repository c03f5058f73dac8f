//! A setting sent as a whole and read back: what is told of it afterwards is what the backend has.

use std::time::Duration;

use crate::api::client::{Call, Client};
use crate::api::failure::SendFailure;
use crate::error::Error;
use crate::exit::Exit;

/// Looks after an answer of yes, until it shows: settling may take some seconds (confirmed).
const LOOKS: u32 = 5;
/// The first pause between two looks; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadBack<T> {
    /// As the backend has it now.
    pub(crate) value: T,
    /// Whether that is what was asked for.
    pub(crate) as_asked: bool,
    /// Whether the answer to the write was lost, so that only reading back tells of it.
    pub(crate) answer_lost: bool,
}

/// Sends a setting and reads it back. Lost answers are looked after: a setting that shows is done, one that doesn't is
/// sent once more, which is the same setting again.
///
/// # Errors
/// What the backend refuses; exit 14 where it can't be told whether it took effect.
pub(crate) async fn send_and_read_back<T>(
    client: &Client,
    call: &Call,
    read: impl AsyncFn() -> Result<T, Error>,
    as_asked: impl Fn(&T) -> bool,
) -> Result<ReadBack<T>, Error> {
    let mut lost: Option<Error> = None;
    loop {
        match client.send_once(call).await {
            Ok(_) => break,
            Err(SendFailure::Lost(error)) => match read().await {
                Ok(value) if as_asked(&value) => {
                    return Ok(ReadBack { value, as_asked: true, answer_lost: true });
                }
                Ok(_) if lost.is_none() => lost = Some(error),
                _ => return Err(unknown(call, &error)),
            },
            Err(failure) => {
                let error = failure.error().clone();
                return Err(if lost.is_some() { unknown(call, &error) } else { error });
            }
        }
    }
    let mut pause = FIRST_PAUSE;
    for look in 1.. {
        let value = read().await.map_err(|error| unread(call, &error))?;
        let as_asked = as_asked(&value);
        if as_asked || look >= LOOKS {
            return Ok(ReadBack { value, as_asked, answer_lost: false });
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    unreachable!("the loop above has no end")
}

fn unknown(call: &Call, error: &Error) -> Error {
    let mut unknown = Error::new(Exit::Unknown, format!("whether {} took effect is not known", call.name()))
        .because(error.to_string())
        .hint("look at it again before anything else is done; the same command again does no harm");
    unknown.http_status = error.http_status;
    unknown.trace_id.clone_from(&error.trace_id);
    unknown
}

fn unread(call: &Call, error: &Error) -> Error {
    let mut unread = Error::new(
        Exit::Unknown,
        format!("{} was answered with yes, but could not be read back", call.name()),
    )
    .because(error.to_string())
    .hint("look at it again: the same command again does no harm");
    unread.http_status = error.http_status;
    unread.trace_id.clone_from(&error.trace_id);
    unread
}
