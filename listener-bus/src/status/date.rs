//! Times as Spark's REST API writes them.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A time as Spark's REST API writes it, such as `2026-11-21T02:50:38.102GMT`.
///
/// ```
/// assert_eq!(listener_bus::status::Date(1).to_string(), "1970-01-01T00:00:00.001GMT");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(
    /// In milliseconds since the Unix epoch.
    pub i64,
);

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Times beyond the year 9999 are no times.
        let time = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S.%3fGMT"))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
