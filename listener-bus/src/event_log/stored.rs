//! Counts the stored bytes of a file as they are read.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Adds what is read of `stored` to a counter.
pub(super) struct CountStored<R> {
    stored: R,
    bytes: Arc<AtomicU64>,
}

impl<R> CountStored<R> {
    pub(super) fn new(stored: R, bytes: Arc<AtomicU64>) -> Self {
        Self { stored, bytes }
    }

    fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl<R: Read> Read for CountStored<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stored.read(buffer)?;
        self.add(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for CountStored<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stored.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.add(amount);
        self.stored.consume(amount);
    }
}
