use serde::de::DeserializeOwned;

use super::event_name::event_name;
use super::{EventError, JsonText};

/// An event of a kind that this crate does not know, such as those of SQL, kept as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEvent {
    name: String,
    json: JsonText,
}

impl OtherEvent {
    /// Takes a JSON object as it is, provided that there is a text under its key "Event".
    ///
    /// # Errors
    ///
    /// When `json` is not a JSON object, or does not name its kind.
    pub fn from_json(json: &str) -> Result<Self, EventError> {
        Self::named(&event_name(json)?, json)
    }

    /// Takes the event `name` as it is, provided that it is JSON.
    pub(super) fn named(name: &str, json: &str) -> Result<Self, EventError> {
        match JsonText::new(json) {
            Ok(json) => Ok(Self { name: name.to_owned(), json }),
            Err(source) => Err(EventError::in_event(name, String::new(), json, source)),
        }
    }

    /// The text under "Event", in most cases the full name of a class.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole event as JSON, without line breaks.
    pub fn json(&self) -> &JsonText {
        &self.json
    }

    /// Reads the event into a type of the caller's.
    ///
    /// # Errors
    ///
    /// When the event is not what `T` expects.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        self.json.read()
    }
}
