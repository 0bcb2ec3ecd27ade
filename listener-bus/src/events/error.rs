use serde::de::Error as _;
use serde_json::error::Category;

/// Why a line is not an event that can be read.
///
/// A column is the place in the line where reading stopped, in bytes, counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The line ends in the middle of a JSON object, as the last line of a killed application's log does.
    #[error("{} is cut short at column {column}", event.as_deref().unwrap_or("an event"))]
    Truncated {
        /// The event's name, if the line reaches that far.
        event: Option<Box<str>>,
        /// Where the line ends.
        column: usize,
        /// What the JSON parser says.
        source: serde_json::Error,
    },
    /// The line is not one JSON value, or has something behind it.
    #[error("{} is not valid JSON at column {column}", event.as_deref().unwrap_or("an event"))]
    NotJson {
        /// The event's name, if the line has one.
        event: Option<Box<str>>,
        /// Where the line stops being JSON.
        column: usize,
        /// What the JSON parser says.
        source: serde_json::Error,
    },
    /// The line is JSON, but not an object with a text under the key "Event".
    #[error("a line does not name its event at column {column}")]
    NoEventName {
        /// Where the name was missed.
        column: usize,
        /// What the JSON parser says.
        source: serde_json::Error,
    },
    /// A field of an event this crate knows is missing, or is not of its type.
    #[error("cannot read the field `{field}` of {event} at column {column}")]
    BadField {
        /// The event's name.
        event: Box<str>,
        /// The keys that lead to the field, with dots between.
        field: Box<str>,
        /// Where the field ends; for a missing field, where the object ends that should have it.
        column: usize,
        /// What the JSON parser says.
        source: serde_json::Error,
    },
}

impl EventError {
    /// Whether the line is fine as far as it goes, but ends too early.
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::Truncated { .. })
    }

    /// The name of the event, if the line has one.
    pub fn event(&self) -> Option<&str> {
        match self {
            Self::Truncated { event, .. } | Self::NotJson { event, .. } => event.as_deref(),
            Self::NoEventName { .. } => None,
            Self::BadField { event, .. } => Some(event),
        }
    }

    /// The place in the line where reading stopped, in bytes, counted from 1.
    pub fn column(&self) -> usize {
        match *self {
            Self::Truncated { column, .. }
            | Self::NotJson { column, .. }
            | Self::NoEventName { column, .. }
            | Self::BadField { column, .. } => column,
        }
    }

    /// The error for a line whose name could not be found.
    pub(super) fn without_name(line: &str, source: serde_json::Error) -> Self {
        let column = column_in(line, &source);
        match source.classify() {
            Category::Eof => Self::Truncated { event: None, column, source },
            Category::Data => Self::NoEventName { column, source: without_value(source) },
            Category::Syntax | Category::Io => Self::NotJson { event: None, column, source },
        }
    }

    /// The error for a line of the event `name`, whose `field` was the last to be tried.
    pub(super) fn in_event(name: &str, field: String, line: &str, source: serde_json::Error) -> Self {
        let column = column_in(line, &source);
        let event = name.into();
        match source.classify() {
            Category::Eof => Self::Truncated { event: Some(event), column, source },
            Category::Data => {
                Self::BadField { event, field: field.into(), column, source: without_value(source) }
            }
            Category::Syntax | Category::Io => Self::NotJson { event: Some(event), column, source },
        }
    }
}

/// Takes the text that was met instead of what was expected out of the message: it may be long, or secret.
fn without_value(error: serde_json::Error) -> serde_json::Error {
    const BEFORE: &str = ": string \"";
    const BEHIND: &str = "\", expected ";
    let message = error.to_string();
    let met = message.find(BEFORE).zip(message.rfind(BEHIND));
    match met {
        Some((start, end)) if start < end => {
            let what = &message[..start];
            serde_json::Error::custom(format!("{what}: a text, expected {}", &message[end + BEHIND.len()..]))
        }
        _ => error,
    }
}

/// Counts the column from the start of `text`: the parser counts it from the last line break.
fn column_in(text: &str, error: &serde_json::Error) -> usize {
    let earlier_lines = error.line().saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(earlier_lines).map(str::len).sum();
    before + error.column()
}
