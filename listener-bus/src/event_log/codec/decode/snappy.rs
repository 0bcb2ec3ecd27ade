//! The stream of snappy-java.

use std::io::{self, BufRead, Read};

use super::super::Codec;
use super::blocks::{Format, MAX_BLOCK, Next, read_header, read_packed};
use super::broken::Broken;

/// What a stream begins with: the magic, the version, and the oldest version of a reader that can read it.
pub(in crate::event_log::codec) const HEADER: &[u8; 16] = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
/// The version that is read.
const VERSION: u32 = 1;
/// What stands in the place of a block's length where another stream begins.
const START: &[u8; 4] = b"\x82SNA";
/// No byte of Snappy stands for more bytes of text: a copy of 64 takes three.
const RATIO: usize = 22;

/// Reads chunks up to the end of `stored`. A stream has no end mark, and another may follow.
pub(super) struct Snappy {
    packed: Vec<u8>,
    decoder: snap::raw::Decoder,
    place: Place,
}

enum Place {
    /// Before the first byte.
    Start,
    /// Behind a header.
    Inside,
}

impl Snappy {
    pub(super) fn new() -> Self {
        Self { packed: Vec::new(), decoder: snap::raw::Decoder::new(), place: Place::Start }
    }

    fn read_chunk(
        &mut self,
        length: [u8; 4],
        stored: &mut impl BufRead,
        text: &mut Vec<u8>,
    ) -> io::Result<()> {
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        Broken::check_length(Codec::Snappy, length, MAX_BLOCK)?;
        read_packed(stored, length, &mut self.packed)?;
        let size = snap::raw::decompress_len(&self.packed).map_err(Broken::Snappy)?;
        Broken::check_length(Codec::Snappy, size, MAX_BLOCK)?;
        Broken::check_ratio(Codec::Snappy, length, size, RATIO)?;
        text.resize(size, 0);
        let size = self.decoder.decompress(&self.packed, text).map_err(Broken::Snappy)?;
        text.truncate(size);
        Ok(())
    }
}

impl Format for Snappy {
    fn next(&mut self, stored: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<Next> {
        let mut start = [0; 4];
        if read_header(stored, &mut start)? == Next::End {
            return Ok(Next::End);
        }
        match self.place {
            _ if start == *START => {
                read_rest_of_header(stored)?;
                self.place = Place::Inside;
                text.clear();
            }
            Place::Start => return Err(Broken::Magic { codec: Codec::Snappy }.into()),
            Place::Inside => self.read_chunk(start, stored, text)?,
        }
        Ok(Next::Block)
    }
}

fn read_rest_of_header(stored: &mut impl Read) -> io::Result<()> {
    let mut magic = [0; 4];
    stored.read_exact(&mut magic)?;
    if magic != HEADER[4..8] {
        return Err(Broken::Magic { codec: Codec::Snappy }.into());
    }
    let mut versions = [[0; 4]; 2];
    stored.read_exact(versions.as_flattened_mut())?;
    let version = u32::from_be_bytes(versions[1]);
    if version > VERSION {
        return Err(Broken::Version { codec: Codec::Snappy, version }.into());
    }
    Ok(())
}
