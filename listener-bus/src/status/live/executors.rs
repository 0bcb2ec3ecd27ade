//! The executors of an application while it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Counts, Viewed, add};
use crate::events::{
    ApplicationStart, BlockManagerAdded, ExecutorAdded, ExecutorId, ExecutorRemoved, StageId, TaskEnd,
    TaskEndReason,
};
use crate::status::peaks::raise;
use crate::status::{ApplicationAttemptInfo, Date, EnvironmentInfo, ExecutorSummary, MemoryMetrics};

const DRIVER: &str = "driver";
const TASK_CPUS: &str = "spark.task.cpus";

#[derive(Debug, Default)]
pub(super) struct LiveExecutors {
    all: BTreeMap<ExecutorId, Viewed<ExecutorSummary>>,
    dead: usize,
}

impl LiveExecutors {
    /// What readers see. The driver runs as long as the application does, and its time is spent on more than tasks.
    pub(super) fn views(
        &mut self,
        attempt: &ApplicationAttemptInfo,
    ) -> BTreeMap<ExecutorId, Arc<ExecutorSummary>> {
        if let Some(driver) = self.all.get_mut(DRIVER) {
            let gc_time = driver.get().peak_memory_metrics.as_ref().map_or(0, |peaks| peaks.total_gc_time);
            let wanted = (attempt.uptime(), gc_time);
            if (driver.get().total_duration, driver.get().total_gc_time) != wanted {
                let driver = driver.get_mut();
                (driver.total_duration, driver.total_gc_time) = wanted;
            }
        }
        self.all.iter_mut().map(|(id, executor)| (id.clone(), executor.view())).collect()
    }

    pub(super) fn is_known(&self, id: &str) -> bool {
        self.all.contains_key(id)
    }

    /// An executor that is there. What happened on one that has gone no longer changes it.
    pub(super) fn active(&mut self, id: &str) -> Option<&mut ExecutorSummary> {
        self.all.get_mut(id).filter(|executor| executor.get().is_active).map(Viewed::get_mut)
    }

    /// An executor that comes, or comes back.
    fn arrives(&mut self, id: &ExecutorId, time: i64) -> &mut ExecutorSummary {
        let is_there = self.all.get(id.as_str()).is_some_and(|executor| executor.get().is_active);
        if !is_there {
            let fresh =
                ExecutorSummary { id: id.clone(), add_time: Date(time), ..ExecutorSummary::default() };
            if self.all.insert(id.clone(), Viewed::new(fresh)).is_some() {
                self.dead -= 1;
            }
        }
        let executor =
            self.all.entry(id.clone()).or_insert_with(|| Viewed::new(ExecutorSummary::default())).get_mut();
        executor.is_active = true;
        executor.unknown_since = None;
        executor
    }

    pub(super) fn added(&mut self, event: &ExecutorAdded, environment: &EnvironmentInfo) {
        let info = &event.executor_info;
        let executor = self.arrives(&event.executor_id, event.timestamp);
        if executor.host_port.is_empty() {
            executor.host_port = info.host.as_str().into();
        }
        executor.total_cores = info.total_cores;
        executor.executor_logs = Arc::new(info.log_urls.clone());
        executor.attributes = Arc::new(info.attributes.clone());
        executor.resources = Arc::new(info.resources.clone());
        executor.resource_profile_id = info.resource_profile_id;
        executor.max_tasks = info.total_cores / cpus_per_task(executor, environment).max(1);
    }

    pub(super) fn block_manager_added(&mut self, event: &BlockManagerAdded) {
        let id = &event.block_manager_id;
        let executor = self.arrives(&id.executor_id, event.timestamp);
        executor.host_port = format!("{}:{}", id.host, id.port).into();
        if let (Some(on_heap), Some(off_heap)) = (event.maximum_onheap_memory, event.maximum_offheap_memory) {
            executor.memory_metrics = Some(MemoryMetrics {
                total_on_heap_storage_memory: on_heap,
                total_off_heap_storage_memory: off_heap,
                ..MemoryMetrics::default()
            });
        }
        executor.max_memory = event.maximum_memory;
    }

    pub(super) fn driver_started(&mut self, event: &ApplicationStart) {
        if let (Some(driver), Some(logs)) = (self.active(DRIVER), &event.driver_logs) {
            driver.executor_logs = Arc::new(logs.clone());
            driver.attributes = Arc::new(event.driver_attributes.clone().unwrap_or_default());
        }
    }

    /// An executor has gone. Beyond `retained`, the ones that went first are forgotten.
    pub(super) fn removed(&mut self, event: &ExecutorRemoved, retained: usize) {
        let Some(executor) = self.active(event.executor_id.as_str()) else { return };
        executor.is_active = false;
        executor.unknown_since = None;
        executor.remove_time = Some(Date(event.timestamp));
        executor.remove_reason = Some(event.removed_reason.as_str().into());
        self.dead += 1;
        if self.dead > retained {
            self.forget(super::to_evict(self.dead, retained));
        }
    }

    fn forget(&mut self, count: usize) {
        let gone = self.all.values().map(Viewed::get).filter(|executor| !executor.is_active);
        let mut gone: Vec<_> = gone.map(|executor| (executor.remove_time, executor.id.clone())).collect();
        gone.sort_unstable();
        for (_, id) in gone.into_iter().take(count) {
            self.all.remove(id.as_str());
            self.dead -= 1;
        }
    }

    pub(super) fn task_started(&mut self, id: &ExecutorId) {
        if let Some(executor) = self.active(id.as_str()) {
            executor.active_tasks += 1;
            executor.total_tasks += 1;
            executor.unknown_since = None;
        }
    }

    /// A task attempt is over. A resubmitted one was over before; its costs are those of the first report.
    pub(super) fn task_ended(&mut self, event: &TaskEnd, counts: Counts, was_active: i64) {
        let Some(executor) = self.active(event.task_info.executor_id.as_str()) else { return };
        executor.active_tasks = (executor.active_tasks - was_active).max(0);
        executor.completed_tasks += counts.completed;
        executor.failed_tasks += counts.failed;
        raise(&mut executor.peak_memory_metrics, &event.task_executor_metrics);
        if matches!(event.task_end_reason, TaskEndReason::Resubmitted(_)) {
            return;
        }
        add(&mut executor.total_duration, super::duration(&event.task_info));
        if let Some(cost) = &event.task_metrics {
            let read = &cost.shuffle_read_metrics;
            add(&mut executor.total_gc_time, cost.jvm_gc_time);
            add(&mut executor.total_input_bytes, cost.input_metrics.bytes_read);
            add(
                &mut executor.total_shuffle_read,
                read.local_bytes_read.saturating_add(read.remote_bytes_read),
            );
            add(&mut executor.total_shuffle_write, cost.shuffle_write_metrics.shuffle_bytes_written);
        }
    }

    /// A task of it may be over, for events were dropped.
    pub(super) fn doubt_task(&mut self, id: &ExecutorId) {
        if let Some(executor) = self.active(id.as_str()) {
            executor.active_tasks = (executor.active_tasks - 1).max(0);
        }
    }

    /// Events were dropped: that an executor has gone may be among them.
    pub(super) fn doubt(&mut self, since: Date) {
        let certain = |executor: &&mut Viewed<ExecutorSummary>| {
            executor.get().is_active && executor.get().unknown_since.is_none()
        };
        for executor in self.all.values_mut().filter(certain) {
            executor.get_mut().unknown_since = Some(since);
        }
    }

    /// Those on a machine, but for the driver.
    pub(super) fn on_host(&mut self, host: &str) -> impl Iterator<Item = &mut ExecutorSummary> {
        let on_host = self.all.values_mut().filter(move |executor| {
            let executor = executor.get();
            executor.is_active && executor.host() == host && executor.id.as_str() != DRIVER
        });
        on_host.map(Viewed::get_mut)
    }

    /// A stage is over: nobody is excluded from it any more.
    pub(super) fn stage_over(&mut self, stage: StageId) {
        for executor in
            self.all.values_mut().filter(|executor| executor.get().excluded_in_stages.contains(&stage))
        {
            let executor = executor.get_mut();
            executor.excluded_in_stages.remove(&stage);
            executor.blacklisted_in_stages.remove(&stage);
        }
    }
}

fn cpus_per_task(executor: &ExecutorSummary, environment: &EnvironmentInfo) -> i32 {
    let profile =
        environment.resource_profiles.iter().find(|profile| profile.id == executor.resource_profile_id);
    let of_profile = profile.and_then(|profile| profile.task_resources.get("cpus")).map(|cpus| cpus.amount);
    #[expect(clippy::cast_possible_truncation, reason = "a number of processors")]
    let of_profile = of_profile.map(|cpus| cpus as i32);
    let of_settings = || environment.spark_property(TASK_CPUS).and_then(|cpus| cpus.parse().ok());
    of_profile.or_else(of_settings).unwrap_or(1)
}
