//! Frames of Zstandard, one a flush.

use std::io::{self, Write};

use zstd::stream::raw::{Encoder, InBuffer, Operation, OutBuffer};

use super::Encode;
use super::outgoing::Outgoing;

/// The most of a frame that is written at a time, in bytes.
const CHUNK: usize = 128 * 1024;

pub(super) struct Zstd<W> {
    stored: W,
    encoder: Encoder<'static>,
    outgoing: Outgoing,
    frame: Frame,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Ended, or never begun.
    Ended,
    Open,
}

impl<W: Write> Zstd<W> {
    pub(super) fn new(stored: W, level: i32) -> io::Result<Self> {
        let encoder = Encoder::new(level)?;
        Ok(Self { stored, encoder, outgoing: Outgoing::default(), frame: Frame::Ended })
    }

    /// Writes the end of the frame that is open, if one is.
    fn end_frame(&mut self) -> io::Result<()> {
        self.outgoing.send(&mut self.stored)?;
        while self.frame == Frame::Open {
            self.outgoing.bytes.reserve(CHUNK);
            let left = self.encoder.finish(&mut OutBuffer::around(&mut self.outgoing.bytes), true)?;
            if left == 0 {
                self.frame = Frame::Ended;
            }
            self.outgoing.send(&mut self.stored)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Zstd<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.outgoing.send(&mut self.stored)?;
        let mut input = InBuffer::around(text);
        while input.pos() == 0 && !text.is_empty() {
            self.frame = Frame::Open;
            self.outgoing.send(&mut self.stored)?;
            self.outgoing.bytes.reserve(CHUNK);
            self.encoder.run(&mut input, &mut OutBuffer::around(&mut self.outgoing.bytes))?;
        }
        Ok(input.pos())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_frame()?;
        self.stored.flush()
    }
}

impl<W: Write + Send> Encode for Zstd<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.flush()
    }
}
