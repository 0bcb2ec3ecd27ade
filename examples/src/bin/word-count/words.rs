//! Cuts a stretch of a file into words, reading it piece by piece.
//!
//! A word is a run of letters, as [`char::is_alphabetic`] knows them, each in lower case. It belongs to the stretch in which
//! it begins, so that stretches of any size give the words of the whole file.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use thiserror::Error;

/// How much is read at once, in bytes.
pub(crate) const CHUNK: usize = 256 << 10;
/// The longest encoding of a character, in bytes.
const LONGEST_CHAR: u64 = 4;

/// Bytes that are no UTF-8.
#[derive(Debug, Error)]
#[error("it is not UTF-8 at byte {offset}")]
pub(crate) struct NotUtf8 {
    /// Where they begin, from 0.
    pub(crate) offset: u64,
}

/// The words of a stretch of text.
pub(crate) struct Words<R> {
    text: R,
    start: u64,
    end: u64,
    buffer: Vec<u8>,
    /// How much of the buffer is text, in lower case as far as it is ASCII.
    filled: usize,
    /// How much of that has been cut.
    cut: usize,
    /// Where the buffer begins in the file.
    offset: u64,
    /// A word that is not all ASCII, in lower case.
    lowered: String,
    state: State,
}

/// How far a stretch has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Within,
    /// The file has ended.
    AtEnd,
    /// All words of the stretch have been cut.
    Done,
}

impl<R: Read + Seek> Words<R> {
    /// The words that begin in these bytes. The buffer has `chunk` bytes, unless a word is longer.
    pub(crate) fn open(mut text: R, Range { start, end }: Range<u64>, chunk: usize) -> io::Result<Self> {
        let offset = character_before(&mut text, start)?;
        text.seek(SeekFrom::Start(offset))?;
        let buffer = vec![0; chunk];
        let state = if start < end { State::Within } else { State::Done };
        Ok(Self { text, start, end, buffer, filled: 0, cut: 0, offset, lowered: String::new(), state })
    }

    /// Reads on; answers whether there may be more words.
    pub(crate) fn read(&mut self) -> io::Result<bool> {
        if self.state != State::Within {
            return Ok(false);
        }
        self.buffer.copy_within(self.cut..self.filled, 0);
        self.filled -= self.cut;
        self.offset += std::mem::take(&mut self.cut) as u64;
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let fresh = &mut self.buffer[self.filled..];
        let length = read_some(&mut self.text, fresh)?;
        fresh[..length].make_ascii_lowercase();
        self.filled += length;
        if length == 0 {
            self.state = State::AtEnd;
        }
        Ok(true)
    }

    /// Hands on the words that have been read to their end.
    pub(crate) fn cut(&mut self, mut each: impl FnMut(&[u8])) -> Result<(), NotUtf8> {
        let text = whole_characters(&self.buffer[..self.filled], self.state)
            .map_err(|at| NotUtf8 { offset: self.offset + at as u64 })?;
        loop {
            let start = end_of_gap(text, self.cut);
            if self.offset + start as u64 >= self.end {
                self.state = State::Done;
                return Ok(());
            }
            let end = end_of_word(text, start);
            if end == text.len() && self.state == State::Within {
                self.cut = start;
                return Ok(());
            }
            if start == end {
                return Ok(());
            }
            self.cut = end;
            // Otherwise it is the rest of a word that began in the stretch before.
            if self.offset + start as u64 >= self.start {
                each(lower_case(&text[start..end], &mut self.lowered));
            }
        }
    }
}

/// Where the character begins that the byte before `start` is part of: what follows it may be the rest of a word.
fn character_before(text: &mut (impl Read + Seek), start: u64) -> io::Result<u64> {
    let from = start.saturating_sub(LONGEST_CHAR);
    text.seek(SeekFrom::Start(from))?;
    let mut before = Vec::new();
    text.take(start - from).read_to_end(&mut before)?;
    let first = before.iter().rposition(|byte| !matches!(byte, 0x80..0xc0)).unwrap_or(0);
    Ok(from + first as u64)
}

fn read_some(text: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match text.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The text without a last character that has not been read to its end; or where it is not UTF-8.
fn whole_characters(bytes: &[u8], state: State) -> Result<&str, usize> {
    std::str::from_utf8(bytes).or_else(|error| {
        let whole = error.valid_up_to();
        let is_cut = error.error_len().is_none() && state == State::Within;
        let text = bytes.get(..whole).filter(|_| is_cut).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.ok_or(whole)
    })
}

/// Where the letters from here on end.
fn end_of_word(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        match bytes.get(at) {
            Some(b'a'..=b'z') => at += 1,
            Some(0x80..) => match text[at..].chars().next() {
                Some(letter) if letter.is_alphabetic() => at += letter.len_utf8(),
                _ => return at,
            },
            _ => return at,
        }
    }
}

/// Where the next letter is.
fn end_of_gap(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        match bytes.get(at) {
            None | Some(b'a'..=b'z') => return at,
            Some(0x80..) => match text[at..].chars().next() {
                Some(sign) if !sign.is_alphabetic() => at += sign.len_utf8(),
                _ => return at,
            },
            Some(_) => at += 1,
        }
    }
}

fn lower_case<'a>(word: &'a str, lowered: &'a mut String) -> &'a [u8] {
    if word.is_ascii() {
        return word.as_bytes();
    }
    lowered.clear();
    lowered.extend(word.chars().flat_map(char::to_lowercase));
    lowered.as_bytes()
}

#[cfg(test)]
mod tests;
