//! Scheduler events: what happens to the jobs, stages, tasks and executors of an application, with Spark's JSON for it.
//!
//! ```
//! use listener_bus::events::{JobEnd, SchedulerEvent, SchedulerListener};
//!
//! struct LastJob(Option<JobEnd>);
//!
//! impl SchedulerListener for LastJob {
//!     fn on_job_end(&mut self, event: &JobEnd) {
//!         self.0 = Some(event.clone());
//!     }
//! }
//!
//! let line = r#"{"Event":"SparkListenerJobEnd","Job ID":1,"Completion Time":6,"Job Result":{"Result":"JobSucceeded"}}"#;
//! let event = SchedulerEvent::from_json(line)?;
//! assert_eq!(event.to_json(), line);
//! LastJob(None).on_scheduler_event(&event);
//! # Ok::<(), listener_bus::events::EventError>(())
//! ```
//!
//! # Guarantees
//!
//! * The JSON is that of Apache Spark 4.1.4's event logs: one object a line, the same keys in the same order. Lines of
//!   older versions are read too; each field says what it is where an old log does not have it.
//! * Nothing is lost between reading and writing. Unknown fields stay in `extra` of the struct they stood in; unknown
//!   kinds of events, unknown reasons and unknown texts are variants called `Other`. Their numbers keep all digits.
//! * An event that cannot be read is an [`EventError`] that names the event, the field and the place in the line, and
//!   tells a line that was cut short from a corrupt one.
//!
//! # What is not guaranteed
//!
//! * Maps, such as [`Properties`], are written in the order of their keys, whatever order they were read in. Unknown
//!   fields follow the known ones.
//! * A field with a default is written even if it was absent, and an optional field is not written if it was null.
//! * White space between tokens is not kept, except in [`SchedulerEvent::Other`]; line breaks are not kept there either.
//!
//! # How fields are read
//!
//! An integer is read from any JSON number and truncated, as Spark does; one that does not fit its field is an error
//! instead of wrapping around. Booleans and texts are read from nothing else. If a key comes twice, the last one counts.
//!
//! The fields of a struct have the names of their JSON keys. Structs are made with `..Default::default()`, so that new
//! fields do no harm: ids, counts and times are 0 by default, texts and lists are empty.

mod accumulable;
mod application;
mod bare;
mod blacklist;
mod block;
mod environment;
mod error;
mod event_name;
mod exclusion;
mod executor;
mod executor_metrics;
mod ids;
mod job;
mod json;
mod json_text;
mod kinds;
mod listener;
mod other;
mod process;
mod rdd;
mod resource_profile;
mod scheduler_event;
mod stack_trace;
mod stage;
mod storage;
mod task;
mod task_end_reason;
mod task_metrics;
mod unknown_fields;

pub use accumulable::{AccumulableInfo, AccumulatorValue};
pub use application::{ApplicationEnd, ApplicationStart, LogStart};
pub use bare::{Bare, UnknownKind};
pub use blacklist::{
    ExecutorBlacklisted, ExecutorBlacklistedForStage, ExecutorUnblacklisted, NodeBlacklisted,
    NodeBlacklistedForStage, NodeUnblacklisted,
};
pub use block::{
    BlockManagerAdded, BlockManagerId, BlockManagerRemoved, BlockStatus, BlockUpdated, BlockUpdatedInfo,
    UnpersistRdd,
};
pub use environment::{EnvironmentUpdate, Properties};
pub use error::EventError;
pub use event_name::event_name;
pub use exclusion::{
    ExecutorExcluded, ExecutorExcludedForStage, ExecutorUnexcluded, NodeExcluded, NodeExcludedForStage,
    NodeUnexcluded,
};
pub use executor::{
    ExecutorAdded, ExecutorInfo, ExecutorMetricsUpdate, ExecutorRemoved, ResourceInformation, StagePeaks,
    TaskProgress,
};
pub use executor_metrics::ExecutorMetrics;
pub use ids::{
    AccumulatorId, ExecutorId, JobId, PartitionId, RddId, ResourceProfileId, ShuffleId, StageAttemptId,
    StageId, TaskId,
};
pub use job::{JobEnd, JobFailed, JobResult, JobStart};
pub use json_text::JsonText;
pub use listener::SchedulerListener;
pub use other::OtherEvent;
pub use process::{MiscellaneousProcessAdded, MiscellaneousProcessDetails};
pub use rdd::{DeterministicLevel, RddInfo};
pub use resource_profile::{ExecutorResourceRequest, ResourceProfileAdded, TaskResourceRequest};
pub use scheduler_event::SchedulerEvent;
pub use stack_trace::{ExceptionInfo, StackTraceElement};
pub use stage::{
    StageCompleted, StageExecutorMetrics, StageInfo, StageSubmitted, UnschedulableTaskSetAdded,
    UnschedulableTaskSetRemoved,
};
pub use storage::StorageLevel;
pub use task::{
    Locality, SpeculativeTaskSubmitted, TaskEnd, TaskGettingResult, TaskInfo, TaskStart, TaskType,
};
pub use task_end_reason::{
    ExceptionFailure, ExecutorLostFailure, FetchFailed, TaskCommitDenied, TaskEndReason, TaskKilled,
};
pub use task_metrics::{
    InputMetrics, OutputMetrics, PushBasedShuffleMetrics, ShuffleReadMetrics, ShuffleWriteMetrics,
    TaskMetrics, UpdatedBlock,
};
pub use unknown_fields::UnknownFields;
