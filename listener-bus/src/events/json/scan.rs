use std::borrow::Cow;

/// What is left of a line that stands just as Spark writes it: known keys in Spark's order, no white space between tokens.
///
/// Such a line needs no search for keys, which makes reading it several times as fast. Wherever a line is anything else
/// the answer is `None`, and somebody else has to read it, from its start.
pub(in crate::events) struct Scan<'l> {
    rest: &'l str,
}

/// What stands before the next field of an object.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::events) enum Lead {
    /// The brace that opens the object: there is no field yet.
    Brace,
    /// The comma behind a field.
    Comma,
}

impl<'l> Scan<'l> {
    /// Begins behind the name of an event, if `line` begins with it.
    pub(in crate::events) fn behind_name(name: &str, line: &'l str) -> Option<Self> {
        let rest = line.strip_prefix(r#"{"Event":""#)?.strip_prefix(name)?.strip_prefix('"')?;
        Some(Self { rest })
    }

    /// Takes `token`, if it is next.
    #[inline]
    pub(in crate::events) fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    /// Takes the key of a field, if it is next; `token` is the key in quotes with the colon.
    #[inline]
    pub(in crate::events) fn take_key(&mut self, lead: Lead, token: &str) -> Option<()> {
        let rest = match lead {
            Lead::Brace => self.rest.strip_prefix('{'),
            Lead::Comma => self.rest.strip_prefix(','),
        };
        self.rest = rest?.strip_prefix(token)?;
        Some(())
    }

    /// Takes the end of an object.
    #[inline]
    pub(in crate::events) fn close(&mut self, lead: Lead) -> Option<()> {
        match lead {
            Lead::Brace => self.take("{}"),
            Lead::Comma => self.take("}"),
        }
    }

    /// Whether all is taken.
    pub(in crate::events) fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes an integer that has no fraction, no exponent and at most 18 digits: what more there is, is left.
    #[inline]
    pub(in crate::events) fn integer(&mut self) -> Option<i64> {
        let bytes = self.rest.as_bytes();
        let is_negative = bytes.first() == Some(&b'-');
        let start = usize::from(is_negative);
        let mut number = 0;
        let mut end = start;
        while let Some(digit) = bytes.get(end).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10)
        {
            // Beyond that it may wrap around, and is given up below.
            number = i64::wrapping_add(i64::wrapping_mul(number, 10), i64::from(digit));
            end += 1;
        }
        let is_plain = match end - start {
            0 => false,
            1 => !is_negative || number != 0,
            digits => digits <= 18 && bytes.get(start) != Some(&b'0'),
        };
        self.rest = self.rest.get(end..).filter(|_| is_plain)?;
        Some(if is_negative { -number } else { number })
    }

    /// Takes a text, borrowed from the line unless it holds an escape.
    #[inline]
    pub(in crate::events) fn text(&mut self) -> Option<Cow<'l, str>> {
        let text = self.rest.strip_prefix('"')?;
        let end = plain_length(text.as_bytes());
        if text.as_bytes().get(end) == Some(&b'"') {
            let (text, rest) = text.split_at_checked(end)?;
            self.rest = rest.get(1..)?;
            return Some(Cow::Borrowed(text));
        }
        self.escaped_text(end).map(Cow::Owned)
    }

    /// Takes a text with an escape in it, of which `plain` bytes behind the quote are none.
    #[cold]
    fn escaped_text(&mut self, plain: usize) -> Option<String> {
        let bytes = self.rest.as_bytes();
        let mut end = plain + 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
        }
        let (text, rest) = self.rest.split_at_checked(end + 1)?;
        self.rest = rest;
        serde_json::from_str(text).ok()
    }
}

/// How many bytes come before the first that is a quote, a backslash or a control character.
#[inline]
fn plain_length(text: &[u8]) -> usize {
    let mut plain = 0;
    for word in text.chunks_exact(8) {
        let special = special_bytes(word.try_into().map_or(0, u64::from_le_bytes));
        if special != 0 {
            return plain + special.trailing_zeros() as usize / 8;
        }
        plain += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    text[plain..].iter().position(is_special).map_or(text.len(), |more| plain + more)
}

/// The highest bit of each byte that is a quote, a backslash or a control character; of the bytes above the first such
/// byte some others may have it too.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = ONES << 7;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & HIGHEST
}
