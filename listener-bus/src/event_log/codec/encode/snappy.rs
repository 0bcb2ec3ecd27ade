//! The stream of snappy-java.

use std::io;

use super::blocks::Format;
use crate::event_log::codec::decode::snappy::HEADER;

/// The length of a block's length.
const LENGTH: usize = 4;

pub(super) struct Snappy {
    encoder: snap::raw::Encoder,
    place: Place,
}

#[derive(PartialEq, Eq)]
enum Place {
    /// Before the header.
    Start,
    /// Behind it.
    Inside,
}

impl Snappy {
    pub(super) fn new() -> Self {
        Self { encoder: snap::raw::Encoder::new(), place: Place::Start }
    }

    fn begin(&mut self, packed: &mut Vec<u8>) {
        if self.place == Place::Start {
            packed.extend_from_slice(HEADER);
            self.place = Place::Inside;
        }
    }
}

impl Format for Snappy {
    /// As `spark.io.compression.snappy.blockSize`.
    const BLOCK: usize = 32 * 1024;

    fn pack(&mut self, text: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        self.begin(packed);
        let header = packed.len();
        let start = header + LENGTH;
        packed.resize(start + snap::raw::max_compress_len(text.len()), 0);
        let length = self.encoder.compress(text, &mut packed[start..])?;
        packed.truncate(start + length);
        let length = u32::try_from(length).map_err(io::Error::other)?;
        packed[header..start].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }

    /// snappy-java refuses a stream without a header, even one without text.
    fn end(&mut self, packed: &mut Vec<u8>) {
        self.begin(packed);
    }
}
