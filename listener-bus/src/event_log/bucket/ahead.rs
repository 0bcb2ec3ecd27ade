//! Bytes that are read asynchronously, one step ahead of who reads them here.

use std::io::{self, BufRead, Read};

use bytes::{Buf, Bytes};
use crossbeam::channel::{Receiver, bounded};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// What gives bytes one step after another.
pub(super) trait Source: Send + 'static {
    /// Reads the next bytes; there are none at the end.
    fn next(&mut self) -> impl Future<Output = io::Result<Bytes>> + Send;
}

/// Reads a source on a runtime, one step ahead.
pub(super) struct Ahead<S> {
    runtime: Handle,
    here: Bytes,
    /// Nothing at the end.
    coming: Option<Coming<S>>,
}

/// One step of a source.
struct Coming<S> {
    task: JoinHandle<()>,
    done: Receiver<(S, io::Result<Bytes>)>,
}

/// The runtime did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("the runtime that reads has been shut down, or reading panicked")]
struct Lost;

impl<S: Source> Ahead<S> {
    pub(super) fn new(runtime: Handle, source: S) -> Self {
        let coming = Some(Coming::start(&runtime, source));
        Self { runtime, here: Bytes::new(), coming }
    }
}

impl<S: Source> Coming<S> {
    fn start(runtime: &Handle, mut source: S) -> Self {
        let (tell, done) = bounded(1);
        let task = runtime.spawn(async move {
            let bytes = source.next().await;
            // If nobody asks for it any more, neither is it needed.
            drop(tell.send((source, bytes)));
        });
        Self { task, done }
    }
}

impl<S> Drop for Coming<S> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<S: Source> BufRead for Ahead<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.here.is_empty()
            && let Some(coming) = self.coming.take()
        {
            let (source, bytes) = coming.done.recv().map_err(|_gone| io::Error::other(Lost))?;
            self.here = bytes?;
            if !self.here.is_empty() {
                self.coming = Some(Coming::start(&self.runtime, source));
            }
        }
        Ok(&self.here)
    }

    fn consume(&mut self, amount: usize) {
        self.here.advance(amount);
    }
}

impl<S: Source> Read for Ahead<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
