//! What is written of an event whose line would be too long.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::events::{OtherEvent, SchedulerEvent, StageInfo, TaskInfo};

/// What stands under "Event" in the line that is written in place of one that cannot be: "Original Event" is the name of
/// the event, "Cause" says what is wrong, and its ids follow under their own keys.
///
/// Spark skips such a line with a warning; here it is read as [`SchedulerEvent::Other`].
pub const EVENT_STUB: &str = "listener_bus.EventStub";

/// The longest value of an unknown event that is taken for an id, in bytes.
const LONGEST_ID: usize = 128;

#[derive(Serialize)]
struct Stub<'e> {
    #[serde(rename = "Event")]
    name: &'static str,
    #[serde(rename = "Original Event")]
    original: &'e str,
    #[serde(rename = "Cause")]
    cause: &'e str,
    #[serde(flatten)]
    ids: BTreeMap<String, Value>,
}

/// The line that stands for `event`.
pub(super) fn of(event: &SchedulerEvent, cause: &str) -> Vec<u8> {
    let stub = Stub { name: EVENT_STUB, original: event.name(), cause, ids: ids(event) };
    serde_json::to_vec(&stub).expect("keys are texts, and writing to memory does not fail")
}

fn ids(event: &SchedulerEvent) -> BTreeMap<String, Value> {
    match event {
        SchedulerEvent::JobStart(event) => named([("Job ID", event.job_id.0.into())]),
        SchedulerEvent::JobEnd(event) => named([("Job ID", event.job_id.0.into())]),
        SchedulerEvent::StageSubmitted(event) => of_stage(&event.stage_info),
        SchedulerEvent::StageCompleted(event) => of_stage(&event.stage_info),
        SchedulerEvent::TaskStart(event) => {
            of_task(&event.task_info, Some((event.stage_id.0, event.stage_attempt_id.0)))
        }
        SchedulerEvent::TaskEnd(event) => {
            of_task(&event.task_info, Some((event.stage_id.0, event.stage_attempt_id.0)))
        }
        SchedulerEvent::TaskGettingResult(event) => of_task(&event.task_info, None),
        SchedulerEvent::ExecutorAdded(event) => named([("Executor ID", event.executor_id.as_str().into())]),
        SchedulerEvent::ExecutorRemoved(event) => named([("Executor ID", event.executor_id.as_str().into())]),
        SchedulerEvent::ExecutorMetricsUpdate(event) => {
            named([("Executor ID", event.executor_id.as_str().into())])
        }
        SchedulerEvent::ApplicationStart(event) => named([("App ID", event.app_id.clone().into())]),
        SchedulerEvent::Other(event) => of_other(event),
        _ => BTreeMap::new(),
    }
}

fn of_stage(stage: &StageInfo) -> BTreeMap<String, Value> {
    named([("Stage ID", stage.stage_id.0.into()), ("Stage Attempt ID", stage.stage_attempt_id.0.into())])
}

fn of_task(task: &TaskInfo, stage: Option<(i32, i32)>) -> BTreeMap<String, Value> {
    let stage =
        stage.map(|(stage, attempt)| [("Stage ID", stage.into()), ("Stage Attempt ID", attempt.into())]);
    let task = [
        ("Task ID", task.task_id.0.into()),
        ("Index", task.index.into()),
        ("Attempt", task.attempt.into()),
        ("Executor ID", task.executor_id.as_str().into()),
    ];
    named(stage.into_iter().flatten().chain(task))
}

/// Of an event that is not known, whatever numbers and short texts it has at the top: its ids are among them.
fn of_other(event: &OtherEvent) -> BTreeMap<String, Value> {
    let fields: BTreeMap<String, crate::events::JsonText> = event.read().unwrap_or_default();
    let is_id = |text: &str| text.len() <= LONGEST_ID && !text.starts_with(['{', '[']);
    let ids = fields.into_iter().filter(|(key, value)| key != "Event" && is_id(value.as_str()));
    ids.filter_map(|(key, value)| Some((key, value.read().ok()?))).collect()
}

fn named<'k>(ids: impl IntoIterator<Item = (&'k str, Value)>) -> BTreeMap<String, Value> {
    ids.into_iter().map(|(key, id)| (key.to_owned(), id)).collect()
}
