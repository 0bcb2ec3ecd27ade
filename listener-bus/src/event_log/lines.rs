//! A file line by line.

use std::io::{self, BufRead, Read};

use serde::de::IgnoredAny;

/// Reads lines, and keeps none that is longer than the limit.
pub(super) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    limit: usize,
    /// The line last begun, from 1.
    number: u64,
    /// Where that line begins, in bytes from the start of the uncompressed file.
    start: u64,
    /// Where the next line begins.
    next_start: u64,
    /// An error that was met while looking ahead.
    failed: Option<io::Error>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advance {
    /// It is kept.
    Line,
    /// It is passed over: it is longer than the limit.
    TooLong,
    /// There is none.
    End,
}

/// What follows a line in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    More,
    EndOfFile,
}

impl<R: BufRead> Lines<R> {
    /// `limit` is in bytes, the line break excluded.
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self { reader, line: Vec::new(), limit, number: 0, start: 0, next_start: 0, failed: None }
    }

    /// The number of the line last begun, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Where that line begins, in bytes from 0.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// How much of that line has been read, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.next_start - self.start
    }

    /// The line last read, without its end.
    pub(super) fn text(&self) -> &[u8] {
        without_break(&self.line)
    }

    /// Reads the next line; lines end with LF or CR LF, and the last one may end with neither.
    pub(super) fn advance(&mut self) -> io::Result<Advance> {
        (self.number, self.start) = (self.number + 1, self.next_start);
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.reuse_line();
        // Two more than the limit: for the line break, or to see that the line goes on.
        let window = self.limit.saturating_add(2) as u64;
        let read = read_until_break(&mut self.reader.by_ref().take(window), &mut self.line);
        self.next_start += self.line.len() as u64;
        match read {
            Ok(0) => return Ok(Advance::End),
            Ok(_) => {}
            // The stream was cut between the line and its break.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && is_object(&self.line) => {
                self.failed = Some(error);
            }
            Err(error) => return Err(error),
        }
        if self.line.len() as u64 == window && !self.has_break() {
            self.next_start += self.reader.skip_until(b'\n')? as u64;
            return Ok(Advance::TooLong);
        }
        Ok(if self.text().len() > self.limit { Advance::TooLong } else { Advance::Line })
    }

    /// Whether the line last read ends with a line break.
    pub(super) fn has_break(&self) -> bool {
        self.line.ends_with(b"\n")
    }

    /// What follows the line last read; where it cannot be told yet, more does.
    pub(super) fn follow(&mut self) -> Follow {
        match self.reader.fill_buf() {
            Ok([]) => Follow::EndOfFile,
            Ok(_) => Follow::More,
            Err(error) => {
                self.failed = Some(error);
                Follow::More
            }
        }
    }

    /// Empties the line; what one huge line took is given back.
    fn reuse_line(&mut self) {
        self.line.clear();
        self.line.shrink_to(KEPT_CAPACITY);
    }
}

/// Does what [`BufRead::read_until`] does, with a search that is several times as fast.
fn read_until_break(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let before = line.len();
    loop {
        let text = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            filled => filled?,
        };
        let line_break = memchr::memchr(b'\n', text);
        let length = line_break.map_or(text.len(), |at| at + 1);
        line.extend_from_slice(&text[..length]);
        reader.consume(length);
        if line_break.is_some() || length == 0 {
            return Ok(line.len() - before);
        }
    }
}

/// Whether the line is a whole JSON object.
fn is_object(line: &[u8]) -> bool {
    line.ends_with(b"}") && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

/// The bytes of memory that are kept from line to line.
const KEPT_CAPACITY: usize = 1024 * 1024;

fn without_break(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(log: &[u8], limit: usize) -> Vec<(u64, u64, Option<String>)> {
        let mut lines = Lines::new(log, limit);
        let mut all = Vec::new();
        loop {
            let text = match lines.advance().expect("memory does not fail") {
                Advance::Line => Some(String::from_utf8_lossy(lines.text()).into_owned()),
                Advance::TooLong => None,
                Advance::End => return all,
            };
            all.push((lines.number(), lines.start(), text));
        }
    }

    #[test]
    fn lines_end_with_lf_or_cr_lf_or_the_log() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            read_all(b"ab\ncd\r\n\n\re", 10),
            [(1, 0, some("ab")), (2, 3, some("cd")), (3, 7, some("")), (4, 8, some("\re"))]
        );
    }

    #[test]
    fn a_line_of_the_limit_is_kept_and_one_beyond_it_is_not_whatever_its_end() {
        for end in ["\n", "\r\n"] {
            let log = format!("1234{end}12345{end}123456{end}1234567890{end}1{end}");
            let kept: Vec<_> =
                read_all(log.as_bytes(), 4).into_iter().map(|(_, _, text)| text.is_some()).collect();
            assert_eq!(kept, [true, false, false, false, true], "{end:?}");
        }
        assert_eq!(read_all(b"1234", 4).len(), 1);
        assert_eq!(read_all(b"12345", 4), [(1, 0, None)]);
    }

    #[test]
    fn a_long_line_is_passed_over_and_the_next_one_starts_where_it_ends() {
        let log = [&[b'x'; 5000][..], b"\nab\n"].concat();
        assert_eq!(read_all(&log, 8), [(1, 0, None), (2, 5001, Some("ab".to_owned()))]);
    }

    #[test]
    fn a_long_line_takes_no_more_memory_than_the_limit_and_a_kept_one_is_given_back() {
        let mut log = vec![b'x'; 8 * KEPT_CAPACITY];
        log.extend_from_slice(b"\nab\n");
        let mut lines = Lines::new(&*log, 1000);
        assert_eq!(lines.advance().expect("memory does not fail"), Advance::TooLong);
        assert!(lines.line.capacity() < 4 * 1000, "{}", lines.line.capacity());
        let mut lines = Lines::new(&*log, log.len());
        assert_eq!(lines.advance().expect("memory does not fail"), Advance::Line);
        assert_eq!(lines.advance().expect("memory does not fail"), Advance::Line);
        assert_eq!(lines.text(), b"ab");
        assert!(lines.line.capacity() <= KEPT_CAPACITY, "{}", lines.line.capacity());
    }

    #[test]
    fn a_whole_object_that_lacks_only_its_break_where_the_stream_is_cut_is_a_line() {
        for (text, is_line) in [("{\"a\":{}}", true), ("{\"a\":{}", false), ("{", false), ("1", false)] {
            let cut = io::BufReader::new(text.as_bytes().chain(Broken));
            let mut lines = Lines::new(cut, 100);
            assert_eq!(lines.advance().is_ok(), is_line, "{text}");
            if is_line {
                assert_eq!((lines.text(), lines.has_break()), (text.as_bytes(), false));
                let error = lines.advance().expect_err("the cut is told all the same");
                assert_eq!((error.kind(), lines.number()), (io::ErrorKind::UnexpectedEof, 2));
            }
        }
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    #[test]
    fn an_error_met_while_looking_ahead_is_told_by_the_next_read() {
        let mut lines = Lines::new(io::BufReader::new((&b"ab\n"[..]).chain(Broken)), 8);
        assert_eq!(lines.advance().expect("the first line is whole"), Advance::Line);
        assert_eq!(lines.text(), b"ab");
        assert_eq!(lines.follow(), Follow::More);
        assert_eq!(lines.advance().expect_err("the error").kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!((lines.number(), lines.start()), (2, 3));
    }
}
