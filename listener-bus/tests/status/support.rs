//! Applications that a listener was told of.

use std::path::{Path, PathBuf};
use std::time::Duration;

use listener_bus::SchedulerListener;
use listener_bus::event_log::{Entry, EventLog, EventLogReader, ReadOptions};
use listener_bus::events::SchedulerEvent;
use listener_bus::status::{AppStatusListener, AppStatusStore, StatusSettings};

/// Settings with which each look shows what is so now.
pub(crate) fn at_once() -> StatusSettings {
    StatusSettings::default().live_update_period(Duration::ZERO)
}

pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path)
}

/// The events of a log that a real application wrote.
pub(crate) fn events_of(log: &str) -> Vec<SchedulerEvent> {
    let log = EventLog::open(data(log)).expect("the log is there");
    let mut reader = EventLogReader::open(&log, &ReadOptions::new()).expect("it can be read");
    let mut events = Vec::new();
    while let Some(entry) = reader.read().expect("it can be read") {
        if let Entry::Event(event) = entry {
            events.push(event);
        }
    }
    events
}

/// What a listener keeps of these events.
pub(crate) fn told<'e>(events: impl IntoIterator<Item = &'e SchedulerEvent>) -> AppStatusStore {
    let mut listener = AppStatusListener::new(at_once());
    for event in events {
        listener.on_scheduler_event(event);
    }
    listener.store()
}

/// Events of an application in which little happens: what is not said is 0, empty or none.
pub(crate) mod events {
    use listener_bus::events::{
        ApplicationEnd, ApplicationStart, ExecutorAdded, ExecutorInfo, ExecutorRemoved, JobEnd, JobStart,
        LogStart, Properties, SchedulerEvent, StageAttemptId, StageCompleted, StageId, StageInfo,
        StageSubmitted, TaskEnd, TaskEndReason, TaskId, TaskInfo, TaskMetrics, TaskStart,
    };

    pub(crate) fn stage(id: i32, attempt: i32, tasks: i32) -> StageInfo {
        StageInfo {
            stage_id: StageId(id),
            stage_attempt_id: StageAttemptId(attempt),
            stage_name: format!("stage {id}"),
            number_of_tasks: tasks,
            ..StageInfo::default()
        }
    }

    pub(crate) fn log_start() -> SchedulerEvent {
        LogStart { spark_version: "4.1.4".to_owned(), ..LogStart::default() }.into()
    }

    pub(crate) fn application_start(id: &str, time: i64) -> SchedulerEvent {
        let name = format!("the {id}");
        ApplicationStart {
            app_name: name,
            app_id: Some(id.to_owned()),
            timestamp: time,
            ..ApplicationStart::default()
        }
        .into()
    }

    pub(crate) fn application_end(time: i64) -> SchedulerEvent {
        ApplicationEnd { timestamp: time, ..ApplicationEnd::default() }.into()
    }

    pub(crate) fn job_start(id: i32, stages: &[StageInfo]) -> SchedulerEvent {
        job_start_with(id, stages, &[])
    }

    pub(crate) fn job_start_with(
        id: i32,
        stages: &[StageInfo],
        properties: &[(&str, &str)],
    ) -> SchedulerEvent {
        let properties: Properties =
            properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        JobStart {
            job_id: id.into(),
            submission_time: 1000 + i64::from(id),
            stage_infos: stages.to_vec(),
            stage_ids: stages.iter().map(|stage| stage.stage_id).collect(),
            properties: Some(properties),
            ..JobStart::default()
        }
        .into()
    }

    pub(crate) fn job_end(id: i32) -> SchedulerEvent {
        JobEnd { job_id: id.into(), completion_time: 9000 + i64::from(id), ..JobEnd::default() }.into()
    }

    pub(crate) fn submitted(info: StageInfo) -> SchedulerEvent {
        let stage_info = StageInfo { submission_time: Some(1100), ..info };
        StageSubmitted { stage_info, ..StageSubmitted::default() }.into()
    }

    pub(crate) fn completed(info: StageInfo) -> SchedulerEvent {
        let time = 5000 + i64::from(info.stage_id.0);
        let stage_info = StageInfo { submission_time: Some(1100), completion_time: Some(time), ..info };
        StageCompleted { stage_info, ..StageCompleted::default() }.into()
    }

    pub(crate) fn task(id: i64) -> TaskInfo {
        TaskInfo {
            task_id: TaskId(id),
            index: i32::try_from(id).unwrap_or(i32::MAX),
            launch_time: 2000 + id,
            executor_id: "1".into(),
            host: "h".to_owned(),
            ..TaskInfo::default()
        }
    }

    pub(crate) fn task_start(stage: i32, id: i64) -> SchedulerEvent {
        TaskStart { stage_id: StageId(stage), task_info: task(id), ..TaskStart::default() }.into()
    }

    pub(crate) fn task_end(stage: i32, id: i64) -> SchedulerEvent {
        task_end_for(stage, id, TaskEndReason::SUCCESS)
    }

    pub(crate) fn task_end_for(stage: i32, id: i64, reason: TaskEndReason) -> SchedulerEvent {
        let failed = !reason.is_success();
        TaskEnd {
            stage_id: StageId(stage),
            task_end_reason: reason,
            task_info: TaskInfo { finish_time: 3000 + 2 * id, failed, ..task(id) },
            task_metrics: Some(TaskMetrics { executor_run_time: 100 + id, ..TaskMetrics::default() }),
            ..TaskEnd::default()
        }
        .into()
    }

    pub(crate) fn executor_added(id: &str) -> SchedulerEvent {
        let executor_info = ExecutorInfo { host: "h".to_owned(), total_cores: 4, ..ExecutorInfo::default() };
        ExecutorAdded { timestamp: 900, executor_id: id.into(), executor_info, ..ExecutorAdded::default() }
            .into()
    }

    pub(crate) fn executor_removed(id: &str, time: i64) -> SchedulerEvent {
        let removed_reason = "no more work".to_owned();
        ExecutorRemoved {
            timestamp: time,
            executor_id: id.into(),
            removed_reason,
            ..ExecutorRemoved::default()
        }
        .into()
    }
}
