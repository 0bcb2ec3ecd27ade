//! Which events are written, and which are flushed.

use crate::event_log::Flush;
use crate::event_log::settings::EventSettings;
use crate::events::SchedulerEvent;

/// What the driver is called among the executors.
const DRIVER: &str = "driver";

/// What the names of events begin with that Spark has on its bus and never writes.
const NEVER_WRITTEN: [&str; 3] = [
    "org.apache.spark.ml.",
    "org.apache.spark.streaming.scheduler.StreamingListenerBus$",
    "org.apache.spark.scheduler.dynalloc.",
];

/// Tells whether an application's event is written, and then whether it is flushed; as Spark's event logger.
pub(super) fn choose(event: &SchedulerEvent, settings: &EventSettings) -> Option<Flush> {
    match event {
        SchedulerEvent::TaskStart(_)
        | SchedulerEvent::TaskEnd(_)
        | SchedulerEvent::TaskGettingResult(_)
        | SchedulerEvent::StageSubmitted(_)
        | SchedulerEvent::EnvironmentUpdate(_) => Some(Flush::Later),
        SchedulerEvent::ExecutorMetricsUpdate(update) => {
            let is_wanted = settings.stage_executor_metrics.is_on() && update.executor_id.as_str() == DRIVER;
            is_wanted.then_some(Flush::Later)
        }
        SchedulerEvent::BlockUpdated(_) => settings.block_updates.is_on().then_some(Flush::Now),
        SchedulerEvent::LogStart(_)
        | SchedulerEvent::StageExecutorMetrics(_)
        | SchedulerEvent::SpeculativeTaskSubmitted(_)
        | SchedulerEvent::UnschedulableTaskSetAdded(_)
        | SchedulerEvent::UnschedulableTaskSetRemoved(_) => None,
        SchedulerEvent::Other(event) => {
            let is_kept_out = NEVER_WRITTEN.iter().any(|prefix| event.name().starts_with(prefix));
            (!is_kept_out).then_some(Flush::Now)
        }
        _ => Some(Flush::Now),
    }
}
