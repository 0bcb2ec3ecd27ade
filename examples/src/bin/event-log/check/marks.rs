//! The marks that a writer leaves where it could not write an event.

use listener_bus::event_log::{EVENT_STUB, EVENTS_LOST};
use listener_bus::events::OtherEvent;
use serde::Deserialize;

use super::findings::Kind;

/// A mark, what it says, and of how many events.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) kind: Kind,
    pub(super) events: u64,
    pub(super) message: String,
}

/// What stands in a mark; one that cannot be read is a mark all the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "Events")]
    events: Option<u64>,
    #[serde(rename = "Cause")]
    cause: Option<String>,
    #[serde(rename = "Original Event")]
    original: Option<String>,
}

impl Mark {
    /// The mark that `event` is, if it is one.
    pub(super) fn of(event: &OtherEvent) -> Option<Self> {
        let read = || event.read::<Fields>().unwrap_or_default();
        match event.name() {
            EVENTS_LOST => Some(Self::lost(&read())),
            EVENT_STUB => Some(Self::stub(read())),
            _ => None,
        }
    }

    fn lost(fields: &Fields) -> Self {
        let events = fields.events.unwrap_or(1);
        let number =
            fields.events.map_or_else(|| "an unknown number".to_owned(), |events| events.to_string());
        let why = match fields.cause.as_deref() {
            Some("queue") => "the queue was full",
            Some("disk") => "they could not be written",
            _ => "why is not told",
        };
        let message = format!("events are missing here, {number} in all: {why}");
        Self { kind: Kind::EventsLost, events, message }
    }

    fn stub(fields: Fields) -> Self {
        let event = fields.original.unwrap_or_else(|| "an event".to_owned());
        let why = fields.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        Self { kind: Kind::EventStub, events: 1, message: format!("there are only the ids of {event}{why}") }
    }
}
