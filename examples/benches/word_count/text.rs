//! Text to be counted: the same each time, with words as often as in a language (Zipf's law).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Different words, or somewhat fewer, as some come out the same.
const WORDS: u64 = 100_000;
const LETTERS: &[u8; 26] = b"etaoinshrdlucmfwypvbgkjqxz";

/// A generator of numbers that are random enough for text.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Word number n comes about half as often as number n / 2.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 1 and the words"
    )]
    fn rank(&mut self) -> u64 {
        let even = self.next() as f64 / (1_u64 << 31) as f64;
        ((WORDS as f64).ln() * even).exp() as u64
    }
}

/// Writes so many bytes of text, or a few more.
pub(crate) fn write(path: &Path, bytes: u64) -> io::Result<()> {
    let words: Vec<String> = (0..WORDS).map(word).collect();
    let (mut draws, mut written) = (Draws(7), 0);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    while written < bytes {
        let word =
            usize::try_from(draws.rank()).ok().and_then(|rank| words.get(rank)).map_or("", String::as_str);
        let between = match draws.next() % 64 {
            0..52 => " ",
            52..56 => ", ",
            56..58 => ".\n",
            58..60 => "\n",
            60 => " 1984 ",
            61 => "'",
            62 => " — ",
            _ => "\n\n",
        };
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        match draws.next() % 8 {
            0 => write!(out, "{}{rest}{between}", first.to_uppercase())?,
            _ => write!(out, "{word}{between}")?,
        }
        written += (word.len() + between.len()) as u64;
    }
    out.flush()
}

/// A word: the more frequent, the shorter; one in a hundred has a letter that is not ASCII.
fn word(rank: u64) -> String {
    let mut draws = Draws(rank.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    draws.next();
    let length = 2 + u64::from(rank.max(1).ilog2()) / 2 + draws.next() % 3;
    let mut letter = |_| {
        let letter = (draws.next() % 26).min(draws.next() % 26);
        usize::try_from(letter)
            .ok()
            .and_then(|letter| LETTERS.get(letter))
            .map_or('e', |byte| char::from(*byte))
    };
    let mut word: String = (0..length).map(&mut letter).collect();
    if rank % 100 == 99 {
        word.push('é');
    }
    word
}
