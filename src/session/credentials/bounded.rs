//! Runs calls that may never return (a keyring waiting for its owner) on a separate thread.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The result of `work`, or `None` if it takes longer than `limit`. The thread is then abandoned until the process
/// ends, as a blocked system call can't be cancelled.
pub(super) fn run_within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (send, receive) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("bounded".to_owned())
        .spawn(move || {
            // The receiver is gone once the limit has passed.
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
        assert_eq!(run_within(Duration::from_secs(60), || 7), Some(7));
    }

    #[test]
    fn what_never_answers_is_given_up() {
        let (keep, never) = mpsc::channel::<()>();
        assert_eq!(run_within(Duration::from_millis(20), move || never.recv().is_ok()), None);
        drop(keep);
    }
}
