//! Text into a stream of blocks, each of which is encoded as a whole.

use std::io::{self, Write};

use super::Encode;
use super::outgoing::Outgoing;

/// How blocks follow each other, and how one is packed.
pub(super) trait Format: Send {
    /// The most text of a block, in bytes.
    const BLOCK: usize;

    /// Adds a block of `text` to `packed`.
    fn pack(&mut self, text: &[u8], packed: &mut Vec<u8>) -> io::Result<()>;

    /// Adds what stands at the end of a stream.
    fn end(&mut self, packed: &mut Vec<u8>);
}

/// Writes a stream of blocks.
pub(super) struct Blocks<W, F> {
    stored: W,
    format: F,
    text: Vec<u8>,
    outgoing: Outgoing,
    stream: Stream,
}

#[derive(PartialEq, Eq)]
enum Stream {
    Open,
    /// Nothing was written since what stands at its end.
    Ended,
}

impl<W: Write, F: Format> Blocks<W, F> {
    pub(super) fn new(stored: W, format: F) -> Self {
        let text = Vec::with_capacity(F::BLOCK);
        Self { stored, format, text, outgoing: Outgoing::default(), stream: Stream::Open }
    }

    /// Writes the block that is open, if one is.
    fn end_block(&mut self) -> io::Result<()> {
        self.outgoing.send(&mut self.stored)?;
        if self.text.is_empty() {
            return Ok(());
        }
        self.format.pack(&self.text, &mut self.outgoing.bytes)?;
        self.text.clear();
        self.outgoing.send(&mut self.stored)
    }
}

impl<W: Write, F: Format> Write for Blocks<W, F> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.text.len() == F::BLOCK {
            self.end_block()?;
        }
        if !text.is_empty() {
            self.stream = Stream::Open;
        }
        let length = text.len().min(F::BLOCK - self.text.len());
        self.text.extend_from_slice(&text[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_block()?;
        self.stored.flush()
    }
}

impl<W: Write + Send, F: Format> Encode for Blocks<W, F> {
    fn finish(&mut self) -> io::Result<()> {
        self.end_block()?;
        if self.stream == Stream::Open {
            self.format.end(&mut self.outgoing.bytes);
            self.stream = Stream::Ended;
        }
        self.outgoing.send(&mut self.stored)?;
        self.stored.flush()
    }
}
