//! Posts what happens on the bus.

use std::env;
use std::time::{Duration, Instant, SystemTime};

use commit_coordinator::TaskAttempt;
use listener_bus::events::{
    ApplicationEnd, ApplicationStart, EnvironmentUpdate, ExceptionInfo, ExecutorAdded, ExecutorId,
    ExecutorInfo, ExecutorRemoved, JobEnd, JobFailed, JobId, JobResult, JobStart, SpeculativeTaskSubmitted,
    StageCompleted, StageInfo, StageSubmitted, TaskEnd, TaskEndReason, TaskId, TaskInfo, TaskMetrics,
    TaskStart, TaskType,
};
use listener_bus::{Poster, SchedulerEvent};

use super::task::Speculation;

const HOST: &str = "localhost";
const APP_NAME: &str = "word-count";
/// What Spark tells of its virtual machine; there is none.
const MACHINE: [&str; 3] = ["Java Version", "Java Home", "Scala Version"];

/// Posts what happens, and looks at what that costs.
#[derive(Default)]
pub(crate) struct Events {
    /// Where to; nowhere, if nobody wants to know.
    pub(crate) poster: Option<Poster<SchedulerEvent>>,
    pub(crate) posted: u64,
    pub(crate) took: Duration,
}

impl Events {
    pub(crate) fn application_start(&mut self, app_id: &str) {
        let (app_name, app_id, timestamp) = (APP_NAME.to_owned(), Some(app_id.to_owned()), millis());
        let user = env::var("USER").unwrap_or_else(|_| "unknown".to_owned());
        self.post(|| ApplicationStart { app_name, app_id, timestamp, user, ..ApplicationStart::default() });
    }

    /// With what it runs, as far as its user has said.
    pub(crate) fn environment_update(&mut self, app_id: &str) {
        let given: Vec<_> = env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
        let settings = [
            ("spark.app.name", APP_NAME.to_owned()),
            ("spark.app.id", app_id.to_owned()),
            ("word-count.options", given.join(" ")),
        ];
        self.post(|| EnvironmentUpdate {
            jvm_information: MACHINE.map(|key| (key.to_owned(), "none".to_owned())).into(),
            spark_properties: settings.map(|(key, value)| (key.to_owned(), value)).into(),
            ..EnvironmentUpdate::default()
        });
    }

    pub(crate) fn application_end(&mut self) {
        let timestamp = millis();
        self.post(|| ApplicationEnd { timestamp, ..ApplicationEnd::default() });
    }

    pub(crate) fn job_start(&mut self, stage_infos: Vec<StageInfo>) {
        let stage_ids = stage_infos.iter().map(|stage| stage.stage_id).collect();
        let submission_time = millis();
        self.post(|| JobStart { submission_time, stage_infos, stage_ids, ..JobStart::default() });
    }

    pub(crate) fn job_end(&mut self, failure: Option<&anyhow::Error>) {
        let failed = |error| {
            let exception = ExceptionInfo { message: Some(format!("{error:#}")), ..ExceptionInfo::default() };
            JobResult::Failed(Box::new(JobFailed { exception, ..JobFailed::default() }))
        };
        let job_result = failure.map_or(JobResult::SUCCEEDED, failed);
        let (job_id, completion_time) = (JobId(0), millis());
        self.post(|| JobEnd { job_id, completion_time, job_result, ..JobEnd::default() });
    }

    pub(crate) fn executor_added(&mut self, executor_id: ExecutorId, slots: usize) {
        let total_cores = i32::try_from(slots).unwrap_or(i32::MAX);
        let executor_info = ExecutorInfo { host: HOST.to_owned(), total_cores, ..ExecutorInfo::default() };
        let timestamp = millis();
        self.post(|| ExecutorAdded { timestamp, executor_id, executor_info, ..ExecutorAdded::default() });
    }

    pub(crate) fn executor_removed(&mut self, executor_id: &ExecutorId, reason: &str) {
        let (executor_id, removed_reason, timestamp) = (executor_id.clone(), reason.to_owned(), millis());
        self.post(|| ExecutorRemoved {
            timestamp,
            executor_id,
            removed_reason,
            ..ExecutorRemoved::default()
        });
    }

    pub(crate) fn stage_submitted(&mut self, stage_info: &StageInfo) {
        self.post(|| StageSubmitted { stage_info: stage_info.clone(), ..StageSubmitted::default() });
    }

    pub(crate) fn stage_completed(&mut self, stage_info: StageInfo) {
        self.post(|| StageCompleted { stage_info, ..StageCompleted::default() });
    }

    pub(crate) fn speculative_task_submitted(&mut self, stage: &StageInfo) {
        let StageInfo { stage_id, stage_attempt_id, .. } = *stage;
        self.post(|| SpeculativeTaskSubmitted {
            stage_id,
            stage_attempt_id,
            ..SpeculativeTaskSubmitted::default()
        });
    }

    pub(crate) fn task_start(&mut self, stage: &StageInfo, task_info: &TaskInfo) {
        let StageInfo { stage_id, stage_attempt_id, .. } = *stage;
        let task_info = task_info.clone();
        self.post(|| TaskStart { stage_id, stage_attempt_id, task_info, ..TaskStart::default() });
    }

    pub(crate) fn task_end(
        &mut self,
        stage: &StageInfo,
        task_type: TaskType,
        mut task_info: TaskInfo,
        task_end_reason: TaskEndReason,
    ) {
        let StageInfo { stage_id, stage_attempt_id, .. } = *stage;
        task_info.finish_time = millis();
        task_info.killed = matches!(task_end_reason, TaskEndReason::TaskKilled(_));
        task_info.failed = !task_info.killed && !task_end_reason.is_success();
        let executor_run_time = task_info.finish_time - task_info.launch_time;
        self.post(|| TaskEnd {
            stage_id,
            stage_attempt_id,
            task_type,
            task_end_reason,
            task_info,
            task_metrics: Some(TaskMetrics { executor_run_time, ..TaskMetrics::default() }),
            ..TaskEnd::default()
        });
    }

    fn post<E: Into<SchedulerEvent>>(&mut self, event: impl FnOnce() -> E) {
        let Some(poster) = &self.poster else { return };
        let began = Instant::now();
        // What a queue does not take, it counts; nothing depends on it.
        poster.post(event().into());
        self.posted += 1;
        self.took += began.elapsed();
    }
}

/// An attempt that starts now.
pub(crate) fn task_info(
    task_id: TaskId,
    attempt: TaskAttempt,
    executor: &ExecutorId,
    speculation: Speculation,
) -> TaskInfo {
    let TaskAttempt { partition_id, attempt_number, .. } = attempt;
    TaskInfo {
        task_id,
        index: partition_id.0,
        attempt: i32::try_from(attempt_number.0).unwrap_or(i32::MAX),
        partition_id,
        launch_time: millis(),
        executor_id: executor.clone(),
        host: HOST.to_owned(),
        speculative: speculation == Speculation::Yes,
        ..TaskInfo::default()
    }
}

/// Now, in milliseconds since the Unix epoch.
pub(crate) fn millis() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
