//! The protocol from plain threads: waiting for its futures, and a file to write to as to any other.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::error::WriteError;
use super::writer::OutputFile;

/// Waits on this thread until the future is ready.
///
/// Stores on local disk and in memory need nothing else. Stores across a network need a tokio runtime with threads of its own,
/// which this thread has entered (`Runtime::enter`).
///
/// # Blocking
/// For as long as the future takes. Not for threads of an async runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// An [`OutputFile`] as a [`Write`](io::Write), for plain threads. It gathers nothing but whole parts, so that many small
/// writes are cheap.
///
/// # Blocking
/// Its methods wait for the store when a part is full. Not for threads of an async runtime.
#[derive(Debug)]
#[must_use = "a file that is not closed keeps its task from being committed"]
pub struct BlockingOutputFile(OutputFile);

impl BlockingOutputFile {
    /// A file to be written to from a plain thread.
    pub fn new(file: OutputFile) -> Self {
        Self(file)
    }

    /// Counts rows, for the manifest.
    pub fn add_rows(&mut self, rows: u64) {
        self.0.add_rows(rows);
    }

    /// Ends the file, as [`OutputFile::close`] does.
    ///
    /// # Errors
    /// If the store fails, or a write before did: then the file is lost.
    pub fn close(self) -> Result<(), WriteError> {
        block_on(self.0.close())
    }
}

impl io::Write for BlockingOutputFile {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        block_on(self.0.write(content)).map_err(io::Error::other)?;
        Ok(content.len())
    }

    /// Does nothing: a file is in the store when it is closed.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
