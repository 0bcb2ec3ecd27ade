//! What a task attempt cost, in the groups of Spark's REST API.

use serde::Serialize;

use crate::status::MetricValues;

/// Defines a group of metrics from one table: a field, and where its value comes from.
macro_rules! metrics {
    ($($(#[$meta:meta])* $Name:ident { $($field:ident: $Type:ty = $from:expr;)* })*) => {$(
        $(#[$meta])*
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $Name {
            $($field: $Type,)*
        }

        impl From<&MetricValues> for $Name {
            fn from(values: &MetricValues) -> Self {
                Self { $($field: made(values, $from),)* }
            }
        }
    )*};
}

metrics! {
    /// What a task attempt cost.
    TaskMetrics {
        executor_deserialize_time: i64 = |all| all.executor_deserialize_time;
        executor_deserialize_cpu_time: i64 = |all| all.executor_deserialize_cpu_time;
        executor_run_time: i64 = |all| all.executor_run_time;
        executor_cpu_time: i64 = |all| all.executor_cpu_time;
        result_size: i64 = |all| all.result_size;
        jvm_gc_time: i64 = |all| all.jvm_gc_time;
        result_serialization_time: i64 = |all| all.result_serialization_time;
        memory_bytes_spilled: i64 = |all| all.memory_bytes_spilled;
        disk_bytes_spilled: i64 = |all| all.disk_bytes_spilled;
        peak_execution_memory: i64 = |all| all.peak_execution_memory;
        input_metrics: InputMetrics = |all| all.into();
        output_metrics: OutputMetrics = |all| all.into();
        shuffle_read_metrics: ShuffleReadMetrics = |all| all.into();
        shuffle_write_metrics: ShuffleWriteMetrics = |all| all.into();
    }

    /// What was read from outside.
    InputMetrics {
        bytes_read: i64 = |all| all.input_bytes;
        records_read: i64 = |all| all.input_records;
    }

    /// What was written to the outside.
    OutputMetrics {
        bytes_written: i64 = |all| all.output_bytes;
        records_written: i64 = |all| all.output_records;
    }

    /// What was read from shuffles.
    ShuffleReadMetrics {
        remote_blocks_fetched: i64 = |all| all.shuffle_remote_blocks_fetched;
        local_blocks_fetched: i64 = |all| all.shuffle_local_blocks_fetched;
        fetch_wait_time: i64 = |all| all.shuffle_fetch_wait_time;
        remote_bytes_read: i64 = |all| all.shuffle_remote_bytes_read;
        remote_bytes_read_to_disk: i64 = |all| all.shuffle_remote_bytes_read_to_disk;
        local_bytes_read: i64 = |all| all.shuffle_local_bytes_read;
        records_read: i64 = |all| all.shuffle_read_records;
        remote_reqs_duration: i64 = |all| all.shuffle_remote_reqs_duration;
        shuffle_push_read_metrics: ShufflePushReadMetrics = |all| all.into();
    }

    /// What was read from merged shuffle blocks.
    ShufflePushReadMetrics {
        corrupt_merged_block_chunks: i64 = |all| all.shuffle_corrupt_merged_block_chunks;
        merged_fetch_fallback_count: i64 = |all| all.shuffle_merged_fetch_fallback_count;
        remote_merged_blocks_fetched: i64 = |all| all.shuffle_merged_remote_blocks_fetched;
        local_merged_blocks_fetched: i64 = |all| all.shuffle_merged_local_blocks_fetched;
        remote_merged_chunks_fetched: i64 = |all| all.shuffle_merged_remote_chunks_fetched;
        local_merged_chunks_fetched: i64 = |all| all.shuffle_merged_local_chunks_fetched;
        remote_merged_bytes_read: i64 = |all| all.shuffle_merged_remote_bytes_read;
        local_merged_bytes_read: i64 = |all| all.shuffle_merged_local_bytes_read;
        remote_merged_reqs_duration: i64 = |all| all.shuffle_merged_remote_reqs_duration;
    }

    /// What was written for shuffles.
    ShuffleWriteMetrics {
        bytes_written: i64 = |all| all.shuffle_write_bytes;
        write_time: i64 = |all| all.shuffle_write_time;
        records_written: i64 = |all| all.shuffle_write_records;
    }
}

/// Lets a table leave out what its functions take.
fn made<T>(values: &MetricValues, from: impl FnOnce(&MetricValues) -> T) -> T {
    from(values)
}
