//! A log line by line.

use std::io::{self, BufRead, Read};

/// Reads lines, and keeps none that is longer than the limit.
pub(crate) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    limit: usize,
    /// The line last read, from 1.
    number: u64,
    /// Where that line begins, in bytes from the start of the uncompressed log.
    start: u64,
    /// Where the next line begins.
    next_start: u64,
    /// An error that was met while looking ahead.
    failed: Option<io::Error>,
}

/// What a line holds, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Whole(&'a [u8]),
    TooLong,
}

impl<R: BufRead> Lines<R> {
    /// `limit` is in bytes, the line break excluded.
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader, line: Vec::new(), limit, number: 0, start: 0, next_start: 0, failed: None }
    }

    /// The number of the line last begun, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Where that line begins, in bytes from 0.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// How much of that line has been read, in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.next_start - self.start
    }

    /// Reads the next line; lines end with LF or CR LF, and the last one may end with neither.
    pub(crate) fn read(&mut self) -> io::Result<Option<Content<'_>>> {
        (self.number, self.start) = (self.number + 1, self.next_start);
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.line.clear();
        // Two more than the limit: for the line break, or to see that the line goes on.
        let window = self.limit.saturating_add(2) as u64;
        let read = self.reader.by_ref().take(window).read_until(b'\n', &mut self.line);
        self.next_start += self.line.len() as u64;
        if read? == 0 {
            return Ok(None);
        }
        if self.line.len() as u64 == window && !self.has_break() {
            self.skip_rest()?;
            return Ok(Some(Content::TooLong));
        }
        let text = without_break(&self.line);
        Ok(Some(if text.len() > self.limit { Content::TooLong } else { Content::Whole(text) }))
    }

    /// Whether the line last read ends with a line break.
    pub(crate) fn has_break(&self) -> bool {
        self.line.ends_with(b"\n")
    }

    /// Whether the line last read is the last one.
    pub(crate) fn is_at_end(&mut self) -> bool {
        match self.reader.fill_buf() {
            Ok(rest) => rest.is_empty(),
            Err(error) => {
                self.failed = Some(error);
                false
            }
        }
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        self.next_start += self.reader.skip_until(b'\n')? as u64;
        Ok(())
    }
}

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
        while let Some(content) = lines.read().expect("memory does not fail") {
            let text = match content {
                Content::Whole(text) => Some(String::from_utf8_lossy(text).into_owned()),
                Content::TooLong => None,
            };
            all.push((lines.number(), lines.start(), text));
        }
        all
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
    fn an_error_met_while_looking_ahead_is_told_by_the_next_read() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        let mut lines = Lines::new(io::BufReader::new((&b"ab\n"[..]).chain(Broken)), 8);
        assert_eq!(lines.read().expect("the first line is whole"), Some(Content::Whole(b"ab")));
        assert!(!lines.is_at_end());
        assert_eq!(lines.read().expect_err("the error").kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!((lines.number(), lines.start()), (2, 3));
    }
}
