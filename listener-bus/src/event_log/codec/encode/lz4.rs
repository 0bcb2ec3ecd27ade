//! The block stream of lz4-java.

use std::io;

use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};

use super::blocks::Format;
use crate::event_log::codec::decode::lz4::{HEADER, MAGIC, PACKED, RAW, checksum};

/// The low half of a token: how often 1 KiB is doubled to come to the size of a block.
const SIZE: u8 = 5;

pub(super) struct Lz4 {
    table: CompressTable,
}

impl Lz4 {
    pub(super) fn new() -> Self {
        Self { table: CompressTable::small() }
    }
}

impl Format for Lz4 {
    /// As `spark.io.compression.lz4.blockSize`.
    const BLOCK: usize = 1024 << SIZE;

    fn pack(&mut self, text: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        let header = packed.len();
        let start = header + HEADER;
        packed.resize(start + get_maximum_output_size(text.len()), 0);
        let length = compress_into_with_table(text, &mut packed[start..], &mut self.table)
            .map_err(io::Error::other)?;
        packed.truncate(start + length);
        let method = if length < text.len() { PACKED } else { RAW };
        if method == RAW {
            packed.truncate(start);
            packed.extend_from_slice(text);
        }
        let length = packed.len() - start;
        write_header(&mut packed[header..start], method, [length, text.len()], checksum(text));
        Ok(())
    }

    fn end(&mut self, packed: &mut Vec<u8>) {
        let start = packed.len();
        packed.resize(start + HEADER, 0);
        write_header(&mut packed[start..], RAW, [0, 0], 0);
    }
}

/// Writes what stands before a block; its length and that of its text are those of a block at most.
fn write_header(header: &mut [u8], method: u8, lengths: [usize; 2], checksum: u32) {
    let [packed, text] = lengths.map(|length| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    header[..8].copy_from_slice(MAGIC);
    header[8] = method | SIZE;
    header[9..13].copy_from_slice(&packed);
    header[13..17].copy_from_slice(&text);
    header[17..].copy_from_slice(&checksum.to_le_bytes());
}
