//! Frames of Zstandard, one after another.

use std::io::{self, BufRead, Read};

use zstd::stream::raw::{DParameter, Decoder, Operation};

/// The largest window that a frame may ask for, as a power of two: 128 MiB, which is what Zstandard's own tools accept
/// and what its highest level writes.
const MAX_WINDOW_LOG: u32 = 27;
/// The least that tells how long the header of a frame is.
const START: usize = 5;
/// The length of what stands before a block.
const BLOCK_HEADER: usize = 3;

/// The text of Zstandard frames.
///
/// It takes the memory of the window of the frame it reads: 512 KiB as Spark writes at its default level 1, 8 MiB at level
/// 19, and 128 MiB at level 22, each of them only as far as the text of a single frame fills it.
pub(super) struct Zstd<R> {
    stored: R,
    decoder: Decoder<'static>,
    /// How many bytes the decoder waits for; 0 between frames.
    wanted: usize,
    output: Output,
}

/// What the decoder still has of the text of blocks that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Taken,
    /// There was no room for more.
    Left,
}

impl<R: BufRead> Zstd<R> {
    pub(super) fn new(stored: R) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_LOG))?;
        Ok(Self { stored, decoder, wanted: 0, output: Output::Taken })
    }

    /// How many bytes to give to the decoder: never parts of two blocks, for what it decodes in a call that fails is lost.
    fn portion(&self) -> usize {
        match self.wanted {
            0 => START,
            1..=BLOCK_HEADER => self.wanted,
            // It asks for the header of the next block as well.
            more => more - BLOCK_HEADER,
        }
    }

    /// Gives bytes to the decoder, and returns how much text they come to; none at the end.
    fn advance(&mut self, text: &mut [u8]) -> io::Result<Option<usize>> {
        let portion = self.portion();
        let stored = match self.output {
            Output::Left => &[],
            Output::Taken => self.stored.fill_buf()?,
        };
        if stored.is_empty() && self.output == Output::Taken {
            let is_between = self.wanted == 0;
            return if is_between { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let status = self.decoder.run_on_buffers(&stored[..portion.min(stored.len())], text)?;
        self.stored.consume(status.bytes_read);
        self.wanted = status.remaining;
        let is_full = status.bytes_written == text.len() && status.remaining > 0;
        self.output = if is_full { Output::Left } else { Output::Taken };
        Ok(Some(status.bytes_written))
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        if text.is_empty() {
            return Ok(0);
        }
        loop {
            match self.advance(text)? {
                None => return Ok(0),
                Some(0) => {}
                Some(length) => return Ok(length),
            }
        }
    }
}
