//! The status of an application: its jobs, stages, tasks and executors, as its events tell.
//!
//! ```
//! use listener_bus::status::AppStatusListener;
//! use listener_bus::{LiveListenerBus, SchedulerEvent};
//!
//! let bus = LiveListenerBus::scheduler().build()?;
//! let listener = AppStatusListener::default();
//! let store = listener.store();
//! bus.add_to_status_queue(listener)?;
//! bus.start()?;
//! for application in &store.view().applications {
//!     println!("{}: {} jobs", application.info.name, application.jobs.len());
//! }
//! # drop(bus);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guarantees
//!
//! * Memory is bounded by [`StatusSettings`]; what is over goes first.
//! * Events that come late, twice, out of order or about ids that nobody has told of harm nothing, and are counted.
//! * Where events were dropped, what ran is [`JobStatus::Unknown`], [`StageStatus::Unknown`] or [`TaskStatus::Unknown`]
//!   from then on, until it gives a sign of life or ends: nothing seems to run for ever.
//! * Readers never make the listener wait for more than the making of a view, once in 100 ms by default.
//!
//! # What is not guaranteed
//!
//! * A view may be 100 ms old, see [`StatusSettings::live_update_period`].
//! * Where events were dropped, counts may lack what they told, see [`ApplicationView::dropped_events`].
//!
//! The JSON of jobs, stages and executors is that of Spark's REST API. Differences: a job that has failed also tells why
//! (`failureReason`); what is unknown has `unknownSince`; a stage that did its work for an earlier job keeps its
//! figures when a later job skips it, where Spark shows it as skipped.

mod accumulable;
mod allocation;
mod application;
#[cfg(feature = "console")]
mod console;
mod date;
mod distributions;
mod environment;
mod executor;
mod job;
mod listener;
mod live;
mod metric_values;
mod peaks;
mod settings;
mod stage;
mod stats_report;
mod store;
mod task;
mod tasks;
mod tracker;

pub use accumulable::AccumulableData;
pub use allocation::{
    Allocation, AllocationHandle, AllocationSettings, AllocationSettingsError, AllocationSnapshot,
    ExecutorAllocationListener, IdleExecutor, allocation_metrics,
};
pub use application::{ApplicationAttemptInfo, ApplicationInfo};
#[cfg(feature = "console")]
pub use console::{ConsoleProgressBar, ConsoleProgressBarBuilder};
pub use date::Date;
pub use distributions::{
    Distribution, InputMetricDistributions, OutputMetricDistributions, ShufflePushReadMetricDistributions,
    ShuffleReadMetricDistributions, ShuffleReadValues, ShuffleWriteMetricDistributions,
    TaskMetricDistributions, TaskValues,
};
pub use environment::{EnvironmentInfo, ExecutorResource, ResourceProfileInfo, RuntimeInfo, TaskResource};
pub use executor::{ExecutorSummary, MemoryMetrics};
pub use job::{JobData, JobStatus};
pub use listener::AppStatusListener;
pub use metric_values::MetricValues;
pub use settings::StatusSettings;
pub use stage::{ExecutorStageSummary, StageData, StageStatus, StageView};
pub use stats_report::{
    PERCENTILES, Quantiles, StageOutcome, StageReport, StatsReportListener, TaskDistributions, TimeShares,
};
pub use store::{AppStatusStore, ApplicationView, StatusView};
pub use task::{TaskRow, TaskStatus};
pub use tracker::{StageProgress, StatusTracker};
