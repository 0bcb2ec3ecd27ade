//! The block stream of lz4-java.

use std::io::{self, BufRead};

use twox_hash::XxHash32;

use super::super::Codec;
use super::blocks::{Format, MAX_BLOCK, Next, read_header, read_packed};
use super::broken::Broken;

/// What every block begins with.
pub(in crate::event_log::codec) const MAGIC: &[u8; 8] = b"LZ4Block";
/// The length of what stands before a block's bytes: the magic, the token, two lengths and the checksum.
pub(in crate::event_log::codec) const HEADER: usize = 21;
/// Marks a block that is stored as it is, in the high half of its token.
pub(in crate::event_log::codec) const RAW: u8 = 0x10;
/// Marks a block that is compressed, in the high half of its token.
pub(in crate::event_log::codec) const PACKED: u8 = 0x20;
/// No byte of LZ4 stands for more bytes of text.
const RATIO: usize = 255;

/// The checksum of a block's text: 28 bits, as lz4-java keeps them.
pub(in crate::event_log::codec) fn checksum(text: &[u8]) -> u32 {
    XxHash32::oneshot(0x9747_b28c, text) & 0x0fff_ffff
}

/// Reads blocks up to the end of `stored`, where a mark must stand that ends a stream. Another stream may follow a mark.
pub(super) struct Lz4 {
    packed: Vec<u8>,
    place: Place,
}

enum Place {
    /// Before a stream or behind its end mark.
    Between,
    /// Behind a block.
    Inside,
}

/// What stands before a block's bytes.
struct Header {
    token: u8,
    packed: usize,
    text: usize,
    checksum: u32,
}

impl Lz4 {
    pub(super) fn new() -> Self {
        Self { packed: Vec::new(), place: Place::Between }
    }

    fn read_text(
        &mut self,
        header: &Header,
        stored: &mut impl BufRead,
        text: &mut Vec<u8>,
    ) -> io::Result<()> {
        if header.token & 0xf0 == RAW {
            read_packed(stored, header.packed, text)?;
        } else {
            read_packed(stored, header.packed, &mut self.packed)?;
            text.resize(header.text, 0);
            let length = lz4_flex::block::decompress_into(&self.packed, text).map_err(Broken::Lz4)?;
            text.truncate(length);
        }
        header.check(text)
    }
}

impl Format for Lz4 {
    fn next(&mut self, stored: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<Next> {
        let mut header = [0; HEADER];
        if read_header(stored, &mut header)? == Next::End {
            return match self.place {
                Place::Between => Ok(Next::End),
                Place::Inside => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        let header = Header::of(&header)?;
        if header.text == 0 {
            self.place = Place::Between;
            text.clear();
        } else {
            self.place = Place::Inside;
            self.read_text(&header, stored, text)?;
        }
        Ok(Next::Block)
    }
}

impl Header {
    fn of(header: &[u8; HEADER]) -> Result<Self, Broken> {
        if !header.starts_with(MAGIC) {
            return Err(Broken::Magic { codec: Codec::Lz4 });
        }
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let length = |at| usize::try_from(number(at)).unwrap_or(usize::MAX);
        let found = Self { token: header[8], packed: length(9), text: length(13), checksum: number(17) };
        found.check_lengths()?;
        Ok(found)
    }

    fn check_lengths(&self) -> Result<(), Broken> {
        let Self { token, packed, text, checksum } = *self;
        // The low half of the token tells the size that blocks of this stream have at most.
        let limit = 1 << (10 + (token & 0x0f));
        Broken::check_length(Codec::Lz4, text, limit)?;
        Broken::check_length(Codec::Lz4, packed, MAX_BLOCK)?;
        let is_fit = match token & 0xf0 {
            _ if text == 0 => packed == 0 && checksum == 0,
            RAW => packed == text,
            PACKED => return Broken::check_ratio(Codec::Lz4, packed, text, RATIO),
            _ => return Err(Broken::Method { token }),
        };
        if is_fit {
            return Ok(());
        }
        Err(Broken::Length { codec: Codec::Lz4, packed: packed as u64, text: text as u64 })
    }

    fn check(&self, text: &[u8]) -> io::Result<()> {
        let found = checksum(text);
        if text.len() != self.text {
            let (packed, text) = (self.packed as u64, self.text as u64);
            return Err(Broken::Length { codec: Codec::Lz4, packed, text }.into());
        }
        if found != self.checksum {
            return Err(Broken::Checksum { expected: self.checksum, found }.into());
        }
        Ok(())
    }
}
