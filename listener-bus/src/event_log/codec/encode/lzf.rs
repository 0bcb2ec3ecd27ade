//! Chunks of LZF, as compress-lzf reads them.

use std::io;

use super::blocks::Format;
use crate::event_log::codec::decode::lzf::{PACKED, RAW};

/// The length of what stands before a compressed chunk.
const HEADER: usize = 7;
/// The most bytes in a run of literals.
const MAX_LITERALS: usize = 32;
/// How far a reference reaches back.
const MAX_DISTANCE: usize = 8192;
/// The least and the most bytes that a reference stands for.
const MIN_MATCH: usize = 3;
const MAX_MATCH: usize = 264;
/// As many bits of a hash are used.
const HASH_BITS: u32 = 13;

pub(super) struct Lzf {
    /// Where three bytes of a hash were last seen; an entry may be of an earlier chunk, or of other bytes.
    seen: Box<[u16]>,
}

impl Lzf {
    pub(super) fn new() -> Self {
        Self { seen: vec![0; 1 << HASH_BITS].into() }
    }

    /// Adds `text`, compressed, to `packed`.
    fn compress(&mut self, text: &[u8], packed: &mut Vec<u8>) {
        let mut literals = 0;
        let mut position = 0;
        while position + MIN_MATCH <= text.len() {
            let Some(earlier) = self.find(text, position) else {
                position += 1;
                continue;
            };
            let length = common(&text[earlier..], &text[position..]);
            write_literals(&text[literals..position], packed);
            write_reference(position - earlier, length, packed);
            // What lies inside the match is not looked for later, but for its end: that is where text tends to go on.
            let end = position + length;
            for inside in end.saturating_sub(2)..end {
                self.find(text, inside);
            }
            (position, literals) = (end, end);
        }
        write_literals(&text[literals..], packed);
    }

    /// Looks for the three bytes at `position` before it, and remembers where these are.
    fn find(&mut self, text: &[u8], position: usize) -> Option<usize> {
        let bytes = text.get(position..position + MIN_MATCH)?;
        let number = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        let hash = number.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS);
        let seen = &mut self.seen[hash as usize];
        let earlier = usize::from(*seen);
        *seen = u16::try_from(position).unwrap_or(0);
        let is_near = earlier < position && position - earlier <= MAX_DISTANCE;
        (is_near && text[earlier..].starts_with(bytes)).then_some(earlier)
    }
}

impl Format for Lzf {
    /// The longest that compress-lzf reads.
    const BLOCK: usize = 0xffff;

    fn pack(&mut self, text: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        let start = packed.len();
        packed.extend_from_slice(PACKED);
        packed.resize(start + HEADER, 0);
        self.compress(text, packed);
        let size = u16::try_from(text.len()).map_err(io::Error::other)?.to_be_bytes();
        let length = packed.len() - start - HEADER;
        // A chunk that is stored as it is has a header that is two bytes shorter.
        match u16::try_from(length) {
            Ok(short) if length + 2 < text.len() => {
                packed[start + 3..start + 5].copy_from_slice(&short.to_be_bytes());
                packed[start + 5..start + HEADER].copy_from_slice(&size);
            }
            _ => {
                packed.truncate(start);
                packed.extend_from_slice(RAW);
                packed.extend_from_slice(&size);
                packed.extend_from_slice(text);
            }
        }
        Ok(())
    }

    fn end(&mut self, _packed: &mut Vec<u8>) {}
}

/// How many bytes a reference from `text` to `earlier` can stand for.
fn common(earlier: &[u8], text: &[u8]) -> usize {
    earlier.iter().zip(text).take(MAX_MATCH).take_while(|(one, other)| one == other).count()
}

#[expect(clippy::cast_possible_truncation, reason = "a run of literals is at most 32 bytes long")]
fn write_literals(literals: &[u8], packed: &mut Vec<u8>) {
    for run in literals.chunks(MAX_LITERALS) {
        packed.push((run.len() - 1) as u8);
        packed.extend_from_slice(run);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a distance has 13 bits, and a length less 9 fits in 8")]
fn write_reference(distance: usize, length: usize, packed: &mut Vec<u8>) {
    let distance = distance - 1;
    let high = (distance >> 8) as u8;
    match length - 2 {
        short @ ..7 => packed.push((short as u8) << 5 | high),
        long => packed.extend_from_slice(&[7 << 5 | high, (long - 7) as u8]),
    }
    packed.push(distance as u8);
}
