//! Numbers for people.

use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};

/// A number with what it counts; `noun` is the singular of a regular plural.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", HumanCount(number))
}

/// A number of bytes, in the unit that leaves no more than four digits before the point.
pub fn bytes(number: u64) -> String {
    match number {
        0..10_000 => format!("{} B", HumanCount(number)),
        _ => BinaryBytes(number).to_string(),
    }
}

/// The share of `part` in `whole`, in percent.
pub fn percent(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The first `most` of some names, and how many more there are.
pub fn list<T: ToString>(all: &[T], most: usize) -> String {
    let named: Vec<_> = all.iter().take(most).map(ToString::to_string).collect();
    match all.len().saturating_sub(most) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), HumanCount(more as u64)),
    }
}

/// A duration, in two units at the most.
pub fn duration(duration: Duration) -> String {
    let (millis, seconds) = (duration.as_millis(), duration.as_secs());
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{}.{} s", seconds, millis % 1000 / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", HumanCount(seconds / 3600), seconds / 60 % 60),
    }
}

/// `text`, or as much of it as fits into `width` characters.
pub fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_two_units_at_the_most() {
        let told = |millis| duration(Duration::from_millis(millis));
        assert_eq!(told(0), "0 ms");
        assert_eq!(told(999), "999 ms");
        assert_eq!(told(1_000), "1.0 s");
        assert_eq!(told(59_999), "59.9 s");
        assert_eq!(told(76_370), "1 min 16 s");
        assert_eq!(told(3_600_000), "1 h 00 min");
        assert_eq!(told(5_000_000_000), "1,388 h 53 min");
    }

    #[test]
    fn one_is_singular_and_thousands_are_set_apart() {
        assert_eq!(count(1, "event"), "1 event");
        assert_eq!(count(0, "event"), "0 events");
        assert_eq!(count(101_047, "event"), "101,047 events");
    }

    #[test]
    fn bytes_and_shares_are_told_shortly() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(9_999), "9,999 B");
        assert_eq!(bytes(1_529_554), "1.46 MiB");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(0, 0), "0.0 %");
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(list(&[1, 2], 2), "1, 2");
        assert_eq!(list(&["a", "b", "c"], 1), "a and 2 more");
    }

    #[test]
    fn a_long_text_is_shortened_by_characters() {
        assert_eq!(shortened("zähler", 6), "zähler");
        assert_eq!(shortened("zähler", 5), "zähl…");
    }
}
