//! Sizes as Spark's settings write them.

/// What a size may end with, and how many bytes that stands for.
const UNITS: [(&str, u64); 11] = [
    ("kb", 1 << 10),
    ("mb", 1 << 20),
    ("gb", 1 << 30),
    ("tb", 1 << 40),
    ("pb", 1 << 50),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("t", 1 << 40),
    ("p", 1 << 50),
    ("b", 1),
];

/// Reads a size such as `10m` into bytes; a bare number counts `unit` bytes each.
pub(super) fn bytes(text: &str, unit: u64) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let suffixed = |(suffix, bytes)| text.strip_suffix(suffix).map(|number| (number.to_owned(), bytes));
    let (number, unit) = UNITS.into_iter().find_map(suffixed).unwrap_or_else(|| (text.clone(), unit));
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_spark_reads_them() {
        let read = |text| bytes(text, 1);
        assert_eq!(read("10m"), Some(10 << 20));
        assert_eq!(read(" 100K "), Some(100 << 10));
        assert_eq!(read("2GB"), Some(2 << 30));
        assert_eq!(read("7b"), Some(7));
        assert_eq!(read("4096"), Some(4096));
        assert_eq!(bytes("100", 1024), Some(100 << 10));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in
            ["", "m", "-1", "+1", "1.5m", "10 m", "ten", "10mib", "99999999999999999999", "99999999999p"]
        {
            assert_eq!(bytes(text, 1), None, "{text}");
        }
    }
}
