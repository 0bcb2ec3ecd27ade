//! What listeners of a bus are told. Nothing depends on it: a bus may drop.

use listener_bus::SchedulerEvent;
use listener_bus::events::OtherEvent;
use serde::{Deserialize, Serialize};

use crate::permit::CommitPermit;
use crate::stage_aborted::StageAborted;
use crate::verdict::Denial;

/// What a coordinator tells the listeners of its bus, as [`SchedulerEvent::Other`]: one JSON object, with the kind under
/// "Event" and keys in the manner of Spark's events.
///
/// ```
/// use commit_coordinator::CommitEvent;
/// use listener_bus::SchedulerEvent;
///
/// let line = r#"{"Event":"commit_coordinator.CommitDenied","Stage ID":1,"Stage Attempt ID":0,"Partition ID":2,
///     "Attempt Number":4,"Reason":"held_by","Holder":{"Stage Attempt ID":0,"Attempt Number":3}}"#;
/// let Some(CommitEvent::Denied(denial)) = CommitEvent::read(&SchedulerEvent::from_json(line)?) else { panic!() };
/// assert_eq!(denial.to_string(), "attempt 4 at partition 2 of stage 1.0 may not commit: \
///     attempt 3 of stage attempt 0 holds the partition");
/// # Ok::<(), listener_bus::events::EventError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "Event")]
#[non_exhaustive]
pub enum CommitEvent {
    /// An attempt was denied.
    #[serde(rename = "commit_coordinator.CommitDenied")]
    Denied(Denial),
    /// An attempt that was granted a partition is lost, or its lease has ended: it may have committed.
    #[serde(rename = "commit_coordinator.CommitOutcomeUnknown")]
    OutcomeUnknown(CommitPermit),
    /// Nobody is granted any partition of a stage any more.
    #[serde(rename = "commit_coordinator.StageAborted")]
    StageAborted(StageAborted),
}

impl CommitEvent {
    /// The event, if it is one of a coordinator's.
    pub fn read(event: &SchedulerEvent) -> Option<Self> {
        match event {
            SchedulerEvent::Other(other) if other.name().starts_with("commit_coordinator.") => {
                other.read().ok()
            }
            _ => None,
        }
    }

    /// As a bus carries it.
    pub(crate) fn into_event(self) -> Option<SchedulerEvent> {
        let json = serde_json::to_string(&self).ok()?;
        OtherEvent::from_json(&json).ok().map(SchedulerEvent::from)
    }
}
