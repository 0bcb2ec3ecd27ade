//! From stored bytes to text.

mod blocks;
mod broken;
pub(super) mod lz4;
pub(super) mod lzf;
pub(super) mod snappy;
mod zstd;

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::MultiGzDecoder;

use self::blocks::Blocks;
use self::lz4::Lz4;
use self::lzf::Lzf;
use self::snappy::Snappy;
use self::zstd::Zstd;
use super::Codec;

/// The bytes that a decoder hands over at a time.
const BUFFER: usize = 128 * 1024;

/// Text, as it was before it was compressed.
pub(in crate::event_log) type Decoded = Box<dyn BufRead + Send>;

/// Reads `stored` as a stream of `codec`.
///
/// A stream that ends in the middle gives what comes before, then fails with [`io::ErrorKind::UnexpectedEof`]; one that
/// is damaged fails with [`io::ErrorKind::InvalidData`]. An error of `stored` itself is of neither kind.
///
/// # Errors
///
/// When the decoder cannot be set up.
pub(in crate::event_log) fn decode(
    codec: Codec,
    stored: impl BufRead + Send + 'static,
) -> io::Result<Decoded> {
    let failed = Arc::new(AtomicBool::new(false));
    let stored = Stored { inner: stored, failed: Arc::clone(&failed) };
    let decoder: Box<dyn Read + Send> = match codec {
        Codec::None => return Ok(Box::new(stored)),
        Codec::Lz4 => return Ok(Box::new(Blocks::new(stored, Lz4::new()))),
        Codec::Snappy => return Ok(Box::new(Blocks::new(stored, Snappy::new()))),
        Codec::Lzf => return Ok(Box::new(Blocks::new(stored, Lzf::new()))),
        Codec::Gzip => Box::new(MultiGzDecoder::new(stored)),
        Codec::Zstd => Box::new(Zstd::new(stored)?),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, Decoder { decoder, failed })))
}

/// The stored bytes: tells the decoder's errors from its own.
struct Stored<R> {
    inner: R,
    failed: Arc<AtomicBool>,
}

impl<R> Stored<R> {
    fn note<T>(failed: &AtomicBool, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                failed.store(true, Ordering::Relaxed);
                io::Error::other(error)
            }
            _ => {
                failed.store(true, Ordering::Relaxed);
                error
            }
        })
    }
}

impl<R: BufRead> Read for Stored<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::note(&self.failed, self.inner.read(buffer))
    }
}

impl<R: BufRead> BufRead for Stored<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Self::note(&self.failed, self.inner.fill_buf())
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

/// A decoder, whatever its library calls its errors.
struct Decoder {
    decoder: Box<dyn Read + Send>,
    /// Whether an error is that of the stored bytes.
    failed: Arc<AtomicBool>,
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => error,
            _ if self.failed.load(Ordering::Relaxed) => error,
            _ => io::Error::new(io::ErrorKind::InvalidData, error),
        })
    }
}
