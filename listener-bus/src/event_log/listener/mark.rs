//! The line that stands where events are missing.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::Gap;

/// What stands under "Event" in the line that says that events are missing at its place: "Events" is how many, and
/// "Cause" is "queue" if the bus dropped them, or "disk" if they could not be written. "First" and "Last" are sequence
/// numbers on the bus, unless the mark itself could not be written at once.
///
/// Spark skips such a line with a warning; here it is read as [`SchedulerEvent::Other`](crate::SchedulerEvent::Other).
pub const EVENTS_LOST: &str = "listener_bus.EventsLost";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventsLost {
    event: &'static str,
    timestamp: u64,
    events: u64,
    cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
}

/// The mark of events that the queue has dropped, with their sequence numbers on the bus.
pub(super) fn dropped(gap: &Gap) -> Vec<u8> {
    let (first, last) = (Some(gap.first), Some(gap.last));
    line(&EventsLost { events: gap.events(), first, last, ..EventsLost::now("queue") })
}

/// The mark of events that the queue has dropped before, in one go or several.
pub(super) fn dropped_before(events: u64) -> Vec<u8> {
    line(&EventsLost { events, ..EventsLost::now("queue") })
}

/// The mark of events that could not be written.
pub(super) fn unwritable(events: u64) -> Vec<u8> {
    line(&EventsLost { events, ..EventsLost::now("disk") })
}

impl EventsLost {
    fn now(cause: &'static str) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Self { event: EVENTS_LOST, timestamp, events: 0, cause, first: None, last: None }
    }
}

fn line(mark: &EventsLost) -> Vec<u8> {
    serde_json::to_vec(mark).expect("keys are texts, and writing to memory does not fail")
}
