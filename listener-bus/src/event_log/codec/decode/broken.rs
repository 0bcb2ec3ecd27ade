//! What is wrong with stored bytes that are no stream of their codec.

use std::io;

use super::super::Codec;

/// What is wrong with stored bytes that are no stream of their codec.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("there is no block of {codec} where one should begin")]
    Magic { codec: Codec },
    #[error("a stream of {codec} asks for a reader of version {version}")]
    Version { codec: Codec, version: u32 },
    #[error("a block of lz4 is packed in an unknown way: {token:#04x}")]
    Method { token: u8 },
    #[error("a block of {codec} that is {packed} bytes long cannot hold {text} bytes of text")]
    Length { codec: Codec, packed: u64, text: u64 },
    #[error("a block of {codec} is {length} bytes long, which is more than {limit}")]
    TooLong { codec: Codec, length: u64, limit: u64 },
    #[error("a block of lz4 has the checksum {found:#010x} and should have {expected:#010x}")]
    Checksum { expected: u32, found: u32 },
    #[error("a block of lz4 cannot be decoded")]
    Lz4(#[source] lz4_flex::block::DecompressError),
    #[error("a block of snappy cannot be decoded")]
    Snappy(#[source] snap::Error),
    #[error("a block of lzf cannot be decoded: {fault} at byte {position}")]
    Lzf { fault: LzfFault, position: usize },
}

/// What is wrong within a block of LZF.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum LzfFault {
    #[error("it ends too early")]
    Ends,
    #[error("it has more text than it should")]
    Overflows,
    #[error("it refers to text before its start")]
    Refers,
}

impl Broken {
    /// Accepts what may be the length of a block.
    pub(super) fn check_length(codec: Codec, length: usize, limit: usize) -> Result<(), Self> {
        if length <= limit {
            return Ok(());
        }
        Err(Self::TooLong { codec, length: length as u64, limit: limit as u64 })
    }

    /// Accepts that `packed` bytes hold `text` bytes, if each can hold so many.
    pub(super) fn check_ratio(codec: Codec, packed: usize, text: usize, each: usize) -> Result<(), Self> {
        if text <= packed.saturating_mul(each) {
            return Ok(());
        }
        Err(Self::Length { codec, packed: packed as u64, text: text as u64 })
    }
}

impl From<Broken> for io::Error {
    fn from(broken: Broken) -> Self {
        Self::new(io::ErrorKind::InvalidData, broken)
    }
}
