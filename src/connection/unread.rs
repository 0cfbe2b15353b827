//! Owns for how long a client may leave an answer unread: what it does not take fills the kernel's buffers, and would
//! hold its place for ever.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A connection that breaks once an answer was not taken in time, however slowly the client goes on.
pub struct Unread<S> {
    stream: S,
    patience: Duration,
    /// Runs while there is something that the client has not made room for.
    until: Option<Pin<Box<Sleep>>>,
}

impl<S> Unread<S> {
    /// That connection, with so much patience for each answer.
    pub fn of(stream: S, patience: Duration) -> Self {
        Self { stream, patience, until: None }
    }

    fn wrote(&mut self, wrote: Poll<Result<usize>>, context: &mut Context<'_>) -> Poll<Result<usize>> {
        if wrote.is_pending() {
            let patience = self.patience;
            let until = self.until.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
            ready!(until.as_mut().poll(context));
            return Poll::Ready(Err(Error::from(ErrorKind::TimedOut)));
        }
        wrote
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unread<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unread<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(wrote, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(wrote, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        // Asked for once all was written: the next answer has its own time.
        self.until = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
