//! From text to stored bytes.

mod blocks;
mod lz4;
mod lzf;
mod outgoing;
mod snappy;
#[cfg(test)]
mod tests;
mod zstd;

use std::io::{self, Write};

use self::blocks::Blocks;
use self::lz4::Lz4;
use self::lzf::Lzf;
use self::snappy::Snappy;
use self::zstd::Zstd;
use super::Codec;

/// Compresses text into stored bytes.
///
/// [`Write::flush`] ends the frame or block that is open, and flushes what is below: whatever becomes of the writer, all
/// text written before can be read from then on. Without a flush, text is held back until a block is full.
pub(in crate::event_log) trait Encode: Write + Send {
    /// Flushes, and writes what stands at the end of a stream, if anything does.
    ///
    /// # Errors
    ///
    /// When what is below fails.
    fn finish(&mut self) -> io::Result<()>;
}

/// Writes `stored` as a stream of `codec`; `level` is that of Zstandard, and of no concern to the others.
///
/// What is written may follow another stream of the same codec, whole or cut off behind a flush.
///
/// # Errors
///
/// When the encoder cannot be set up, or the codec is one that is only read.
pub(in crate::event_log) fn encode(
    codec: Codec,
    level: i32,
    stored: Box<dyn Write + Send>,
) -> io::Result<Box<dyn Encode>> {
    match codec {
        Codec::None => Ok(Box::new(Plain(stored))),
        Codec::Zstd => Ok(Box::new(Zstd::new(stored, level)?)),
        Codec::Lz4 => Ok(Box::new(Blocks::new(stored, Lz4::new()))),
        Codec::Snappy => Ok(Box::new(Blocks::new(stored, Snappy::new()))),
        Codec::Lzf => Ok(Box::new(Blocks::new(stored, Lzf::new()))),
        Codec::Gzip => Err(io::ErrorKind::Unsupported.into()),
    }
}

struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write + Send> Encode for Plain<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
