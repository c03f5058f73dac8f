//! Runs what may never return (a keyring that waits for its owner) on a thread of its own.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The answer of `work`, or `None` when it takes longer than `limit`. The thread is then left behind and ends with the
/// process: nothing can be done to a call into the system that doesn't come back.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (send, receive) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("bounded".to_owned())
        .spawn(move || {
            // Nobody waits any more when the limit has passed.
            let _ = send.send(work());
        })
        .ok()?;
    receive.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_time_is_given() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
    }

    #[test]
    fn what_never_answers_is_given_up() {
        let (keep, never) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_millis(20), move || never.recv().is_ok()), None);
        drop(keep);
    }
}
