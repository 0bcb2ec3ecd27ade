//! Chunks of LZF, as compress-lzf writes them.

use std::io::{self, BufRead};

use super::super::Codec;
use super::blocks::{Format, Next, read_header, read_packed};
use super::broken::{Broken, LzfFault};

/// What a chunk that is stored as it is begins with; its length follows.
pub(in crate::event_log::codec) const RAW: &[u8; 3] = b"ZV\0";
/// What a compressed chunk begins with; its length and that of its text follow.
pub(in crate::event_log::codec) const PACKED: &[u8; 3] = b"ZV\x01";
/// No byte of LZF stands for more bytes of text: a reference to 264 takes three.
const RATIO: usize = 88;

/// Reads chunks up to the end of `stored`, which has no end mark.
pub(super) struct Lzf {
    packed: Vec<u8>,
}

impl Lzf {
    pub(super) fn new() -> Self {
        Self { packed: Vec::new() }
    }
}

impl Format for Lzf {
    fn next(&mut self, stored: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<Next> {
        let mut header = [0; 5];
        if read_header(stored, &mut header)? == Next::End {
            return Ok(Next::End);
        }
        let [.., high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if header.starts_with(RAW) {
            read_packed(stored, length, text)?;
        } else if header.starts_with(PACKED) {
            let mut size = [0; 2];
            stored.read_exact(&mut size)?;
            let size = usize::from(u16::from_be_bytes(size));
            Broken::check_ratio(Codec::Lzf, length, size, RATIO)?;
            read_packed(stored, length, &mut self.packed)?;
            unpack(&self.packed, size, text)?;
        } else {
            return Err(Broken::Magic { codec: Codec::Lzf }.into());
        }
        Ok(Next::Block)
    }
}

/// Decodes `packed` into `text`, which must come to `size` bytes.
fn unpack(packed: &[u8], size: usize, text: &mut Vec<u8>) -> Result<(), Broken> {
    text.clear();
    text.reserve(size);
    let mut rest = packed;
    while let Some((&control, behind)) = rest.split_first() {
        let position = packed.len() - rest.len();
        let taken = if control < 32 {
            literals(usize::from(control) + 1, behind, text)
        } else {
            reference(control, behind, text)
        };
        rest = taken.map_err(|fault| Broken::Lzf { fault, position })?;
        if text.len() > size {
            return Err(Broken::Lzf { fault: LzfFault::Overflows, position });
        }
    }
    if text.len() < size {
        return Err(Broken::Lzf { fault: LzfFault::Ends, position: packed.len() });
    }
    Ok(())
}

/// Takes `length` bytes as they are, and returns what is behind them.
fn literals<'a>(length: usize, packed: &'a [u8], text: &mut Vec<u8>) -> Result<&'a [u8], LzfFault> {
    let (literals, rest) = packed.split_at_checked(length).ok_or(LzfFault::Ends)?;
    text.extend_from_slice(literals);
    Ok(rest)
}

/// Repeats earlier text, and returns what is behind the reference.
fn reference<'a>(control: u8, packed: &'a [u8], text: &mut Vec<u8>) -> Result<&'a [u8], LzfFault> {
    let (more, rest) = match control >> 5 {
        7 => packed.split_first().map(|(more, rest)| (usize::from(*more), rest)).ok_or(LzfFault::Ends)?,
        _ => (0, packed),
    };
    let (&low, rest) = rest.split_first().ok_or(LzfFault::Ends)?;
    let length = usize::from(control >> 5) + more + 2;
    let distance = (usize::from(control & 0x1f) << 8 | usize::from(low)) + 1;
    let from = text.len().checked_sub(distance).ok_or(LzfFault::Refers)?;
    // Text may overlap what it repeats: a distance of 1 repeats one byte over and over.
    let mut left = length;
    while left > 0 {
        let there = left.min(text.len() - from);
        text.extend_from_within(from..from + there);
        left -= there;
    }
    Ok(rest)
}
