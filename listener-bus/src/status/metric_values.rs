//! What tasks cost, one number for each of Spark's metrics.

use serde::Serialize;

use crate::events::{AccumulableInfo, AccumulatorValue, TaskMetrics};

/// Defines the struct from one table: the field, where it stands in [`TaskMetrics`], and what its accumulator is
/// called behind `internal.metrics.`.
macro_rules! metric_values {
    ($($(#[$doc:meta])* $field:ident: |$metrics:ident| $value:expr, $accumulator:literal;)*) => {
        /// What a task attempt cost, or a stage attempt all together.
        ///
        /// Its JSON has the names of the fields of a stage in Spark's REST API.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct MetricValues {
            $($(#[$doc])* pub $field: i64,)*
        }

        impl From<&TaskMetrics> for MetricValues {
            fn from(metrics: &TaskMetrics) -> Self {
                Self { $($field: { let $metrics = metrics; $value },)* }
            }
        }

        impl MetricValues {
            /// Adds what another task cost.
            pub(super) fn add(&mut self, other: &Self) {
                $(self.$field = self.$field.wrapping_add(other.$field);)*
            }

            /// What has come since an earlier report of the same task.
            pub(super) fn since(&self, earlier: &Self) -> Self {
                Self { $($field: self.$field.wrapping_sub(earlier.$field),)* }
            }

            fn by_accumulator(&mut self, name: &str) -> Option<&mut i64> {
                match name {
                    $($accumulator => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

metric_values! {
    /// The time to read the tasks themselves, in milliseconds.
    executor_deserialize_time: |all| all.executor_deserialize_time, "executorDeserializeTime";
    /// The processor time to read the tasks themselves, in nanoseconds.
    executor_deserialize_cpu_time: |all| all.executor_deserialize_cpu_time, "executorDeserializeCpuTime";
    /// The time they ran, in milliseconds.
    executor_run_time: |all| all.executor_run_time, "executorRunTime";
    /// The processor time they ran, in nanoseconds.
    executor_cpu_time: |all| all.executor_cpu_time, "executorCpuTime";
    /// The size of the results, in bytes.
    result_size: |all| all.result_size, "resultSize";
    /// The time their executors collected garbage meanwhile, in milliseconds.
    jvm_gc_time: |all| all.jvm_gc_time, "jvmGCTime";
    /// The time to write the results, in milliseconds.
    result_serialization_time: |all| all.result_serialization_time, "resultSerializationTime";
    /// The size in memory of what was spilled, in bytes.
    memory_bytes_spilled: |all| all.memory_bytes_spilled, "memoryBytesSpilled";
    /// The size on disk of what was spilled, in bytes.
    disk_bytes_spilled: |all| all.disk_bytes_spilled, "diskBytesSpilled";
    /// The peak memory of shuffles, aggregations and joins, in bytes; of a stage, the sum of its tasks' peaks.
    peak_execution_memory: |all| all.peak_execution_memory, "peakExecutionMemory";
    /// What was read from outside, in bytes.
    input_bytes: |all| all.input_metrics.bytes_read, "input.bytesRead";
    /// The records read from outside.
    input_records: |all| all.input_metrics.records_read, "input.recordsRead";
    /// What was written to the outside, in bytes.
    output_bytes: |all| all.output_metrics.bytes_written, "output.bytesWritten";
    /// The records written to the outside.
    output_records: |all| all.output_metrics.records_written, "output.recordsWritten";
    /// The shuffle blocks from other machines.
    shuffle_remote_blocks_fetched: |all| all.shuffle_read_metrics.remote_blocks_fetched,
        "shuffle.read.remoteBlocksFetched";
    /// The shuffle blocks from the same machine.
    shuffle_local_blocks_fetched: |all| all.shuffle_read_metrics.local_blocks_fetched,
        "shuffle.read.localBlocksFetched";
    /// The time they waited for shuffle blocks, in milliseconds.
    shuffle_fetch_wait_time: |all| all.shuffle_read_metrics.fetch_wait_time, "shuffle.read.fetchWaitTime";
    /// The size of the shuffle blocks from other machines, in bytes.
    shuffle_remote_bytes_read: |all| all.shuffle_read_metrics.remote_bytes_read, "shuffle.read.remoteBytesRead";
    /// The part of it that went through the disk, in bytes.
    shuffle_remote_bytes_read_to_disk: |all| all.shuffle_read_metrics.remote_bytes_read_to_disk,
        "shuffle.read.remoteBytesReadToDisk";
    /// The size of the shuffle blocks from the same machine, in bytes.
    shuffle_local_bytes_read: |all| all.shuffle_read_metrics.local_bytes_read, "shuffle.read.localBytesRead";
    /// What was read from shuffles, in bytes, wherever from.
    shuffle_read_bytes: |all| {
        let read = &all.shuffle_read_metrics;
        read.local_bytes_read.wrapping_add(read.remote_bytes_read)
    }, "";
    /// The records read from shuffles.
    shuffle_read_records: |all| all.shuffle_read_metrics.total_records_read, "shuffle.read.recordsRead";
    /// The merged blocks that were corrupt.
    shuffle_corrupt_merged_block_chunks: |all| all.shuffle_read_metrics.push_based_shuffle.corrupt_merged_block_chunks,
        "shuffle.push.read.corruptMergedBlockChunks";
    /// How often the original blocks had to be taken instead of merged ones.
    shuffle_merged_fetch_fallback_count: |all| all.shuffle_read_metrics.push_based_shuffle.merged_fetch_fallback_count,
        "shuffle.push.read.mergedFetchFallbackCount";
    /// The merged blocks from other machines.
    shuffle_merged_remote_blocks_fetched: |all| all.shuffle_read_metrics.push_based_shuffle.merged_remote_blocks_fetched,
        "shuffle.push.read.remoteMergedBlocksFetched";
    /// The merged blocks from the same machine.
    shuffle_merged_local_blocks_fetched: |all| all.shuffle_read_metrics.push_based_shuffle.merged_local_blocks_fetched,
        "shuffle.push.read.localMergedBlocksFetched";
    /// The parts of merged blocks from other machines.
    shuffle_merged_remote_chunks_fetched: |all| all.shuffle_read_metrics.push_based_shuffle.merged_remote_chunks_fetched,
        "shuffle.push.read.remoteMergedChunksFetched";
    /// The parts of merged blocks from the same machine.
    shuffle_merged_local_chunks_fetched: |all| all.shuffle_read_metrics.push_based_shuffle.merged_local_chunks_fetched,
        "shuffle.push.read.localMergedChunksFetched";
    /// The size of merged blocks from other machines, in bytes.
    shuffle_merged_remote_bytes_read: |all| all.shuffle_read_metrics.push_based_shuffle.merged_remote_bytes_read,
        "shuffle.push.read.remoteMergedBytesRead";
    /// The size of merged blocks from the same machine, in bytes.
    shuffle_merged_local_bytes_read: |all| all.shuffle_read_metrics.push_based_shuffle.merged_local_bytes_read,
        "shuffle.push.read.localMergedBytesRead";
    /// The time all requests for shuffle blocks took together, in milliseconds.
    shuffle_remote_reqs_duration: |all| all.shuffle_read_metrics.remote_requests_duration,
        "shuffle.read.remoteReqsDuration";
    /// The time all requests for merged blocks took together, in milliseconds.
    shuffle_merged_remote_reqs_duration: |all| all.shuffle_read_metrics.push_based_shuffle.merged_remote_requests_duration,
        "shuffle.push.read.remoteMergedReqsDuration";
    /// What was written for shuffles, in bytes.
    shuffle_write_bytes: |all| all.shuffle_write_metrics.shuffle_bytes_written, "shuffle.write.bytesWritten";
    /// The time they waited for the disk while writing for shuffles, in nanoseconds.
    shuffle_write_time: |all| all.shuffle_write_metrics.shuffle_write_time, "shuffle.write.writeTime";
    /// The records written for shuffles.
    shuffle_write_records: |all| all.shuffle_write_metrics.shuffle_records_written, "shuffle.write.recordsWritten";
}

/// What the accumulators of Spark's own metrics are called.
const INTERNAL: &str = "internal.metrics.";

impl MetricValues {
    /// What a heartbeat says of a running task: the accumulators that carry Spark's own metrics.
    pub(super) fn of_accumulators(updates: &[AccumulableInfo]) -> Self {
        let mut values = Self::default();
        for update in updates {
            let name = update.name.as_deref().and_then(|name| name.strip_prefix(INTERNAL));
            let value = update.update.as_ref().and_then(integer);
            if let (Some(name), Some(value)) = (name, value)
                && let Some(field) = values.by_accumulator(name)
            {
                *field = value;
            }
        }
        values.shuffle_read_bytes =
            values.shuffle_local_bytes_read.wrapping_add(values.shuffle_remote_bytes_read);
        values
    }
}

fn integer(value: &AccumulatorValue) -> Option<i64> {
    match value {
        AccumulatorValue::Integer(number) => Some(*number),
        AccumulatorValue::Text(text) => text.parse().ok(),
        AccumulatorValue::Json(_) => None,
    }
}
