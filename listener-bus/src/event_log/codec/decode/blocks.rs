//! Text out of a stream of blocks, each of which is decoded as a whole.

use std::io::{self, BufRead, Read};

/// The longest block that is read, packed or not: the longest that lz4-java can write.
pub(super) const MAX_BLOCK: usize = 32 * 1024 * 1024;

/// How blocks follow each other, and how one is packed.
pub(super) trait Format {
    /// Reads the next block of `stored` into `text`, in the place of what is there.
    ///
    /// Nothing is allocated that stored bytes have not paid for.
    fn next(&mut self, stored: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<Next>;
}

/// What a stream goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A block, which may be empty.
    Block,
    /// Nothing.
    End,
}

/// The text of a stream of blocks.
pub(super) struct Blocks<R, F> {
    stored: R,
    format: F,
    text: Vec<u8>,
    position: usize,
    /// Once a block could not be read, it is not known where the next one begins.
    failed: Option<io::ErrorKind>,
}

impl<R: BufRead, F: Format> Blocks<R, F> {
    pub(super) fn new(stored: R, format: F) -> Self {
        Self { stored, format, text: Vec::new(), position: 0, failed: None }
    }

    /// Reads blocks up to one with text in it, or the end.
    fn advance(&mut self) -> io::Result<()> {
        if let Some(kind) = self.failed {
            return Err(kind.into());
        }
        while self.position == self.text.len() {
            let next = self.format.next(&mut self.stored, &mut self.text);
            if !matches!(next, Ok(Next::Block)) {
                self.text.clear();
            }
            self.position = 0;
            if next.inspect_err(|error| self.failed = Some(error.kind()))? == Next::End {
                break;
            }
        }
        Ok(())
    }
}

impl<R: BufRead, F: Format> BufRead for Blocks<R, F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position == self.text.len() {
            self.advance()?;
        }
        Ok(&self.text[self.position..])
    }

    fn consume(&mut self, amount: usize) {
        self.position = self.text.len().min(self.position + amount);
    }
}

impl<R: BufRead, F: Format> Read for Blocks<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

/// Fills `header`, unless `stored` ends before it.
pub(super) fn read_header(stored: &mut impl BufRead, header: &mut [u8]) -> io::Result<Next> {
    if at_end(stored)? {
        return Ok(Next::End);
    }
    stored.read_exact(header)?;
    Ok(Next::Block)
}

/// Reads `length` bytes into `packed`, in the place of what is there.
pub(super) fn read_packed(stored: &mut impl BufRead, length: usize, packed: &mut Vec<u8>) -> io::Result<()> {
    packed.clear();
    while packed.len() < length {
        if at_end(stored)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let there = stored.fill_buf()?;
        let taken = there.len().min(length - packed.len());
        packed.extend_from_slice(&there[..taken]);
        stored.consume(taken);
    }
    Ok(())
}

/// Whether there is nothing more; what is there is buffered.
fn at_end(stored: &mut impl BufRead) -> io::Result<bool> {
    loop {
        match stored.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            there => return there.map(<[u8]>::is_empty),
        }
    }
}
