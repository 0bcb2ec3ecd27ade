//! A log from whatever reads asynchronously.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::Handle;

use super::ahead::{Ahead, Source};
use crate::event_log::error::ReadError;
use crate::event_log::segment::{BUFFER, Segment};
use crate::event_log::{EventLogReader, LogLines, ReadOptions};

/// Whatever reads asynchronously.
struct Chunks<R> {
    stored: Pin<Box<R>>,
    buffer: Box<[u8]>,
}

impl<R: AsyncRead + Send + 'static> Source for Chunks<R> {
    async fn next(&mut self) -> io::Result<Bytes> {
        let mut buffer = ReadBuf::new(&mut self.buffer);
        poll_fn(|context| self.stored.as_mut().poll_read(context, &mut buffer)).await?;
        Ok(Bytes::copy_from_slice(buffer.filled()))
    }
}

impl LogLines {
    /// Reads the lines of one file from `stored`; see [`EventLogReader::of_async_read`].
    pub fn of_async_read(name: &str, stored: impl AsyncRead + Send + 'static, runtime: &Handle) -> Self {
        let source = Chunks { stored: Box::pin(stored), buffer: vec![0; BUFFER].into() };
        let runtime = runtime.clone();
        Self::of_segments([Segment::new(name, || Ok(Box::new(Ahead::new(runtime, source))))])
    }
}

impl EventLogReader {
    /// Reads one file from `stored`, of any codec, on `runtime`; `name` is as for [`LogLines::of_reader`].
    ///
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    ///
    /// # Blocking
    ///
    /// [`Self::read`] waits for `runtime`, which has to run meanwhile: from a task, call it in
    /// [`spawn_blocking`](tokio::task::spawn_blocking).
    pub fn of_async_read(
        name: &str,
        stored: impl AsyncRead + Send + 'static,
        runtime: &Handle,
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        Self::of_lines(LogLines::of_async_read(name, stored, runtime), options)
    }
}
