//! Which accumulables are written.

use crate::event_log::Switch;
use crate::events::{AccumulableInfo, ExecutorMetricsUpdate, StageCompleted, TaskEnd, TaskEndReason};

/// What the names of Spark's own task metrics begin with.
const INTERNAL: &str = "internal.metrics.";

/// The accumulators that Spark never writes.
const NEVER_WRITTEN: [&str; 2] =
    ["internal.metrics.updatedBlockStatuses", "internal.metrics.collectMetricsAccumulator"];

/// Leaves out what Spark does not write, and puts the rest in the order of its ids. Those that repeat the metrics of
/// tasks stay if `repeated` is on.
pub(super) fn trim(list: &mut Vec<AccumulableInfo>, repeated: Switch) {
    list.retain(|info| is_written(info, repeated));
    list.sort_by_key(|info| info.id);
}

/// The end of a stage attempt with its accumulables trimmed, unless they are in order.
pub(super) fn of_stage_end(event: &StageCompleted, repeated: Switch) -> Option<StageCompleted> {
    if is_trim(&event.stage_info.accumulables, repeated) {
        return None;
    }
    let mut event = event.clone();
    trim(&mut event.stage_info.accumulables, repeated);
    Some(event)
}

/// The end of a task attempt with its accumulables trimmed, unless they are in order. Those that come with the reason
/// keep what repeats the metrics: there are no others to tell it.
pub(super) fn of_task_end(event: &TaskEnd, repeated: Switch) -> Option<TaskEnd> {
    let updates = match &event.task_end_reason {
        TaskEndReason::ExceptionFailure(failure) => failure.accumulator_updates.as_slice(),
        TaskEndReason::TaskKilled(killed) => killed.accumulator_updates.as_slice(),
        _ => &[],
    };
    if is_trim(&event.task_info.accumulables, repeated) && is_trim(updates, Switch::On) {
        return None;
    }
    let mut event = event.clone();
    trim(&mut event.task_info.accumulables, repeated);
    match &mut event.task_end_reason {
        TaskEndReason::ExceptionFailure(failure) => trim(&mut failure.accumulator_updates, Switch::On),
        TaskEndReason::TaskKilled(killed) => trim(&mut killed.accumulator_updates, Switch::On),
        _ => {}
    }
    Some(event)
}

/// A heartbeat with its accumulables trimmed, unless they are in order.
pub(super) fn of_heartbeat(event: &ExecutorMetricsUpdate) -> Option<ExecutorMetricsUpdate> {
    if event.metrics_updated.iter().all(|task| is_trim(&task.accumulator_updates, Switch::On)) {
        return None;
    }
    let mut event = event.clone();
    for task in &mut event.metrics_updated {
        trim(&mut task.accumulator_updates, Switch::On);
    }
    Some(event)
}

fn is_trim(list: &[AccumulableInfo], repeated: Switch) -> bool {
    list.is_sorted_by_key(|info| info.id) && list.iter().all(|info| is_written(info, repeated))
}

fn is_written(info: &AccumulableInfo, repeated: Switch) -> bool {
    let Some(name) = info.name.as_deref() else { return true };
    if NEVER_WRITTEN.contains(&name) {
        return false;
    }
    repeated.is_on() || name.strip_prefix(INTERNAL).is_none_or(|metric| !TASK_METRICS.contains(&metric))
}

/// The metrics of tasks, which the end of a task has in a place of their own.
const TASK_METRICS: [&str; 37] = [
    "executorDeserializeTime",
    "executorDeserializeCpuTime",
    "executorRunTime",
    "executorCpuTime",
    "resultSize",
    "jvmGCTime",
    "resultSerializationTime",
    "memoryBytesSpilled",
    "diskBytesSpilled",
    "peakExecutionMemory",
    "peakOnHeapExecutionMemory",
    "peakOffHeapExecutionMemory",
    "updatedBlockStatuses",
    "shuffle.read.remoteBlocksFetched",
    "shuffle.read.localBlocksFetched",
    "shuffle.read.remoteBytesRead",
    "shuffle.read.remoteBytesReadToDisk",
    "shuffle.read.localBytesRead",
    "shuffle.read.fetchWaitTime",
    "shuffle.read.recordsRead",
    "shuffle.push.read.corruptMergedBlockChunks",
    "shuffle.push.read.mergedFetchFallbackCount",
    "shuffle.push.read.remoteMergedBlocksFetched",
    "shuffle.push.read.localMergedBlocksFetched",
    "shuffle.push.read.remoteMergedChunksFetched",
    "shuffle.push.read.localMergedChunksFetched",
    "shuffle.push.read.remoteMergedBytesRead",
    "shuffle.push.read.localMergedBytesRead",
    "shuffle.read.remoteReqsDuration",
    "shuffle.push.read.remoteMergedReqsDuration",
    "shuffle.write.bytesWritten",
    "shuffle.write.recordsWritten",
    "shuffle.write.writeTime",
    "input.bytesRead",
    "input.recordsRead",
    "output.bytesWritten",
    "output.recordsWritten",
];
