//! Numbers for people.

use std::time::Duration;

use indicatif::HumanCount;

/// A number with what it counts; `noun` is the singular of a regular plural.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", HumanCount(number))
}

/// A duration, in two units at the most.
pub(crate) fn duration(duration: Duration) -> String {
    let (millis, seconds) = (duration.as_millis(), duration.as_secs());
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{}.{} s", seconds, millis % 1000 / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", HumanCount(seconds / 3600), seconds / 60 % 60),
    }
}

/// `text`, or as much of it as fits into `width` characters.
pub(crate) fn shortened(text: &str, width: usize) -> String {
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
    fn a_long_text_is_shortened_by_characters() {
        assert_eq!(shortened("zähler", 6), "zähler");
        assert_eq!(shortened("zähler", 5), "zähl…");
    }
}
