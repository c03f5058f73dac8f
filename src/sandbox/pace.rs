//! A connection on which a client has to take what it is sent, in time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may still be waited for: what it takes gives it time again, at this rate.
#[derive(Debug, Clone, Copy)]
struct Patience {
    left: Duration,
    most: Duration,
    bytes_per_second: u32,
}

impl Patience {
    fn spend(&mut self, waited: Duration, taken: usize) {
        let earned = Duration::from_secs(taken as u64) / self.bytes_per_second.max(1);
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.most);
    }
}

pub(crate) struct Paced<S> {
    stream: S,
    patience: Patience,
    /// Since when it takes nothing, and until when it may.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Paced<S> {
    /// A client may take nothing for `most`, and less than so many bytes a second until that is used up.
    pub(crate) fn new(stream: S, most: Duration, bytes_per_second: u32) -> Self {
        Paced { stream, patience: Patience { left: most, most, bytes_per_second }, waiting: None }
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The result of a write, or an error once the patience has ended.
    fn paced(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            self.patience.spend(waited, *written.as_ref().unwrap_or(&0));
            return Poll::Ready(written);
        }
        let left = self.patience.left;
        let (_, until) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        ready!(until.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.paced(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.paced(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_too_little_is_waited_for_a_while_and_who_takes_enough_for_ever() {
        let waits = |taken: usize| {
            let most = Duration::from_secs(20);
            let mut patience = Patience { left: most, most, bytes_per_second: 1000 };
            (0..1000)
                .take_while(|_| {
                    let is_in_time = patience.left > Duration::from_secs(10);
                    patience.spend(Duration::from_secs(10), taken);
                    is_in_time
                })
                .count()
        };
        assert_eq!(waits(0), 1);
        assert_eq!(waits(5000), 2);
        assert_eq!(waits(10_000), 1000);
    }
}
