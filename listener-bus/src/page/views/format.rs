//! Numbers and times as people read them, with their units.

use jiff::Timestamp;

use crate::status::Date;

/// What stands where there is nothing to tell.
pub(super) const NOTHING: &str = "–";

/// Between the groups of a long number: narrow, and no line is broken there.
const THIN_SPACE: char = '\u{202f}';

/// What Python writes above the frames.
const TRACEBACK: &str = "Traceback (most recent call last)";

const KIBI: f64 = 1024.0;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A whole number as a measure of something on the page.
#[expect(clippy::cast_precision_loss, reason = "what is drawn or shown with few digits")]
pub(super) fn float(number: i64) -> f64 {
    number as f64
}

/// The same for a count.
#[expect(clippy::cast_precision_loss, reason = "what is drawn or shown with few digits")]
pub(super) fn float_of(count: usize) -> f64 {
    count as f64
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates, which is what is wanted")]
pub(super) fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// `12 345`, with thin spaces.
pub(super) fn count(number: impl TryInto<i64>) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    if number < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// `1 task`, `2 tasks`.
pub(super) fn counted(number: impl TryInto<i64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `1.5 MiB`.
pub(super) fn bytes(number: i64) -> String {
    if number.unsigned_abs() < 1024 {
        return format!("{} B", count(number));
    }
    let mut size = float(number);
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        // What would be rounded to 1024 of a unit is 1 of the next.
        if size.abs() < KIBI - 0.5 {
            break;
        }
        size /= KIBI;
        unit = larger;
    }
    format!("{} {unit}", short(size))
}

/// `850 ms`, `12.3 s`, `4.5 min`, `2.1 h`, `3.4 d`.
pub(super) fn millis(number: i64) -> String {
    let (size, unit) = match number {
        ..0 => return NOTHING.to_owned(),
        0..SECOND => return format!("{number} ms"),
        SECOND..MINUTE => (float(number) / float(SECOND), "s"),
        MINUTE..HOUR => (float(number) / float(MINUTE), "min"),
        HOUR..DAY => (float(number) / float(HOUR), "h"),
        DAY.. => (float(number) / float(DAY), "d"),
    };
    format!("{} {unit}", short(size))
}

/// The same of seconds.
pub(super) fn seconds(number: f64) -> String {
    millis(whole(number * float(SECOND)))
}

/// `1 234/s`, `0.5/s`.
pub(super) fn rate(per_second: f64) -> String {
    if per_second >= 10.0 || per_second == 0.0 {
        return format!("{}/s", count(whole(per_second)));
    }
    format!("{per_second:.1}/s")
}

/// `42 %` of a part from 0 to 1; `<1 %` of what is little, and not nothing.
pub(super) fn percent(part: f64) -> String {
    if part > 0.0 && part < 0.01 {
        return "<1 %".to_owned();
    }
    format!("{} %", whole(part * 100.0))
}

/// `2026-11-21 02:50:38 UTC`; nothing for what Spark writes where there is no time.
pub(super) fn time(date: Date) -> String {
    match date.0 {
        ..=0 => NOTHING.to_owned(),
        _ => strftime(date, "%Y-%m-%d %H:%M:%S UTC"),
    }
}

/// `02:50:38.102`, where the day is known.
pub(super) fn clock(date: Date) -> String {
    match date.0 {
        ..=0 => NOTHING.to_owned(),
        _ => strftime(date, "%H:%M:%S.%3f"),
    }
}

/// As `<time>` wants it.
pub(super) fn machine_time(date: Date) -> String {
    strftime(date, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

fn strftime(date: Date, format: &str) -> String {
    let time = Timestamp::from_millisecond(date.0).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime(format).to_string()
}

/// Three digits or so.
fn short(size: f64) -> String {
    match size.abs() {
        ..10.0 => format!("{size:.1}"),
        10.0..100.0 if size.fract() != 0.0 => format!("{size:.1}"),
        _ => count(whole(size)),
    }
}

/// The first line of a text, and no more than so many characters of it.
pub(super) fn first_line(text: &str, characters: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The line of an error that tells one from another: mostly the first, but of a traceback of Python's, the one below the
/// frames.
pub(super) fn telling_line(text: &str, characters: usize) -> String {
    let mut lines = text.lines();
    let is_below_frames = |line: &&str| !line.is_empty() && !line.starts_with(char::is_whitespace);
    let below = lines.find(|line| line.contains(TRACEBACK)).and_then(|_| lines.find(is_below_frames));
    first_line(below.unwrap_or(text), characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1\u{202f}000");
        assert_eq!(count(1_234_567_u64), "1\u{202f}234\u{202f}567");
        assert_eq!(count(-12_345), "−12\u{202f}345");
        assert_eq!(count(u64::MAX), count(i64::MAX), "what is too large does not wrap");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "task", "tasks"), "1 task");
        assert_eq!(counted(0, "task", "tasks"), "0 tasks");
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1\u{202f}023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(1536 * 1024), "1.5 MiB");
        assert_eq!(bytes(20 << 20), "20 MiB");
        assert_eq!(bytes((1 << 20) - 1), "1.0 MiB", "not 1024 KiB");
        assert_eq!(bytes(i64::MAX), "8.0 EiB");
        assert_eq!(bytes(-2048), "-2.0 KiB");
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        assert_eq!(millis(0), "0 ms");
        assert_eq!(millis(999), "999 ms");
        assert_eq!(millis(1_500), "1.5 s");
        assert_eq!(millis(90_000), "1.5 min");
        assert_eq!(millis(3 * HOUR), "3.0 h");
        assert_eq!(millis(36 * HOUR), "1.5 d");
        assert_eq!(millis(-1), NOTHING);
        assert_eq!(seconds(0.25), "250 ms");
    }

    #[test]
    fn rates_and_shares_are_short() {
        assert_eq!(rate(0.0), "0/s");
        assert_eq!(rate(0.5), "0.5/s");
        assert_eq!(rate(12_345.6), "12\u{202f}346/s");
        assert_eq!(percent(0.001), "<1 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.425), "43 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn times_say_their_zone() {
        assert_eq!(time(Date(1_700_000_000_123)), "2023-11-14 22:13:20 UTC");
        assert_eq!(time(Date(-1)), NOTHING);
        assert_eq!(clock(Date(1_700_000_000_123)), "22:13:20.123");
        assert_eq!(machine_time(Date(1)), "1970-01-01T00:00:00.001Z");
        assert_eq!(time(Date(i64::MAX)), "1970-01-01 00:00:00 UTC", "what is no time does not panic");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(first_line("\n  äöü  \nmore", 10), "äöü");
        assert_eq!(first_line("äöüß", 2), "äö…");
        assert_eq!(first_line("", 2), "");
    }

    #[test]
    fn what_tells_one_traceback_from_another_stands_below_its_frames() {
        let python = "PythonException: Traceback (most recent call last):\n  File \"x.py\", line 3\nValueError: 7\n\n\tat java";
        assert_eq!(telling_line(python, 100), "ValueError: 7");
        assert_eq!(telling_line("java.lang.Error: x\n\tat y", 100), "java.lang.Error: x");
        assert_eq!(
            telling_line("Traceback (most recent call last)", 9),
            "Traceback…",
            "cut short, it is all there is"
        );
    }
}
