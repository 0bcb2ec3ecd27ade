//! The events that are told.

use std::path::Path;

use anyhow::Result;
use listener_bus::event_log::{Entry, EventLog, EventLogReader, ReadOptions};
use listener_bus::events::{
    ApplicationStart, JobStart, SchedulerEvent, StageId, StageInfo, StageSubmitted, TaskEnd, TaskId,
    TaskInfo, TaskMetrics, TaskStart,
};

const TASKS: i32 = 20_000;

pub(crate) fn events(log: Option<&Path>) -> Result<Vec<SchedulerEvent>> {
    let Some(log) = log else { return Ok(made_up()) };
    let mut reader = EventLogReader::open(&EventLog::open(log)?, &ReadOptions::new())?;
    let mut events = Vec::new();
    while let Some(entry) = reader.read()? {
        if let Entry::Event(event) = entry {
            events.push(event);
        }
    }
    Ok(events)
}

/// A job with one stage whose tasks run two at a time.
fn made_up() -> Vec<SchedulerEvent> {
    let mut events = beginning();
    for id in 0..TASKS {
        events.push(task_start(id.into()));
        if id > 0 {
            events.push(task_end(i64::from(id) - 1));
        }
    }
    events
}

/// An application, a job and its stage.
pub(crate) fn beginning() -> Vec<SchedulerEvent> {
    let stage =
        StageInfo { stage_name: "made up".to_owned(), number_of_tasks: TASKS, ..StageInfo::default() };
    let start =
        ApplicationStart { app_name: "made up".to_owned(), timestamp: 1, ..ApplicationStart::default() };
    let (stage_infos, stage_ids) = (vec![stage.clone()], vec![StageId(0)]);
    vec![
        start.into(),
        JobStart { submission_time: 2, stage_infos, stage_ids, ..JobStart::default() }.into(),
        StageSubmitted {
            stage_info: StageInfo { submission_time: Some(3), ..stage },
            ..StageSubmitted::default()
        }
        .into(),
    ]
}

fn info(id: i64) -> TaskInfo {
    TaskInfo {
        task_id: TaskId(id),
        index: i32::try_from(id % i64::from(TASKS)).unwrap_or_default(),
        launch_time: 10 + id,
        executor_id: "1".into(),
        host: "host".to_owned(),
        ..TaskInfo::default()
    }
}

pub(crate) fn task_start(id: i64) -> SchedulerEvent {
    TaskStart { task_info: info(id), ..TaskStart::default() }.into()
}

pub(crate) fn task_end(id: i64) -> SchedulerEvent {
    let task_info = TaskInfo { finish_time: 20 + 2 * id, ..info(id) };
    TaskEnd { task_info, task_metrics: Some(TaskMetrics::default()), ..TaskEnd::default() }.into()
}
