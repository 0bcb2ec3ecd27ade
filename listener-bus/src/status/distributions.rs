//! How what tasks cost is distributed, as Spark's REST API shows it.

use serde::Serialize;

use super::{MetricValues, TaskRow, TaskStatus};

/// The distribution of one number over tasks: a value for each quantile asked for.
pub type Distribution = Vec<f64>;

macro_rules! distributions {
    ($(#[$meta:meta])* $Name:ident { $($(#[$doc:meta])* $field:ident: |$task:ident, $metrics:ident| $value:expr;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $Name {
            $($(#[$doc])* pub $field: Distribution,)*
        }

        impl $Name {
            fn of(tasks: &[(&TaskRow, &MetricValues)], quantiles: &Quantiles<'_>) -> Self {
                Self {
                    $($field: quantiles.of(tasks.iter().map(|&($task, $metrics)| {
                        let _ = ($task, $metrics);
                        $value
                    })),)*
                }
            }
        }
    };
}

distributions! {
    /// What was read from outside.
    InputMetricDistributions {
        /// In bytes.
        bytes_read: |_task, metrics| metrics.input_bytes;
        /// Records.
        records_read: |_task, metrics| metrics.input_records;
    }
}

distributions! {
    /// What was written to the outside.
    OutputMetricDistributions {
        /// In bytes.
        bytes_written: |_task, metrics| metrics.output_bytes;
        /// Records.
        records_written: |_task, metrics| metrics.output_records;
    }
}

distributions! {
    /// What was read from merged shuffle blocks.
    ShufflePushReadMetricDistributions {
        /// Blocks that were corrupt.
        corrupt_merged_block_chunks: |_task, metrics| metrics.shuffle_corrupt_merged_block_chunks;
        /// How often the original blocks had to be taken instead.
        merged_fetch_fallback_count: |_task, metrics| metrics.shuffle_merged_fetch_fallback_count;
        /// Blocks from other machines.
        remote_merged_blocks_fetched: |_task, metrics| metrics.shuffle_merged_remote_blocks_fetched;
        /// Blocks from the same machine.
        local_merged_blocks_fetched: |_task, metrics| metrics.shuffle_merged_local_blocks_fetched;
        /// Parts of blocks from other machines.
        remote_merged_chunks_fetched: |_task, metrics| metrics.shuffle_merged_remote_chunks_fetched;
        /// Parts of blocks from the same machine.
        local_merged_chunks_fetched: |_task, metrics| metrics.shuffle_merged_local_chunks_fetched;
        /// From other machines, in bytes.
        remote_merged_bytes_read: |_task, metrics| metrics.shuffle_merged_remote_bytes_read;
        /// From the same machine, in bytes.
        local_merged_bytes_read: |_task, metrics| metrics.shuffle_merged_local_bytes_read;
        /// The time of all requests, in milliseconds.
        remote_merged_reqs_duration: |_task, metrics| metrics.shuffle_merged_remote_reqs_duration;
    }
}

distributions! {
    /// What was written for shuffles.
    ShuffleWriteMetricDistributions {
        /// In bytes.
        write_bytes: |_task, metrics| metrics.shuffle_write_bytes;
        /// Records.
        write_records: |_task, metrics| metrics.shuffle_write_records;
        /// The time they waited for the disk, in nanoseconds.
        write_time: |_task, metrics| metrics.shuffle_write_time;
    }
}

distributions! {
    /// What was read from shuffles.
    ShuffleReadValues {
        /// In bytes.
        read_bytes: |_task, metrics| metrics.shuffle_read_bytes;
        /// Records.
        read_records: |_task, metrics| metrics.shuffle_read_records;
        /// Blocks from other machines.
        remote_blocks_fetched: |_task, metrics| metrics.shuffle_remote_blocks_fetched;
        /// Blocks from the same machine.
        local_blocks_fetched: |_task, metrics| metrics.shuffle_local_blocks_fetched;
        /// The time they waited for blocks, in milliseconds.
        fetch_wait_time: |_task, metrics| metrics.shuffle_fetch_wait_time;
        /// From other machines, in bytes.
        remote_bytes_read: |_task, metrics| metrics.shuffle_remote_bytes_read;
        /// The part of it that went through the disk, in bytes.
        remote_bytes_read_to_disk: |_task, metrics| metrics.shuffle_remote_bytes_read_to_disk;
        /// Blocks, wherever from.
        total_blocks_fetched: |_task, metrics|
            metrics.shuffle_remote_blocks_fetched.saturating_add(metrics.shuffle_local_blocks_fetched);
        /// The time of all requests, in milliseconds.
        remote_reqs_duration: |_task, metrics| metrics.shuffle_remote_reqs_duration;
    }
}

distributions! {
    /// What is of all tasks.
    TaskValues {
        /// How long they took, in milliseconds.
        duration: |task, _metrics| task.duration(task.launch_time);
        /// The time to read the task itself, in milliseconds.
        executor_deserialize_time: |_task, metrics| metrics.executor_deserialize_time;
        /// The processor time to read the task itself, in nanoseconds.
        executor_deserialize_cpu_time: |_task, metrics| metrics.executor_deserialize_cpu_time;
        /// The time they ran, in milliseconds.
        executor_run_time: |_task, metrics| metrics.executor_run_time;
        /// The processor time they ran, in nanoseconds.
        executor_cpu_time: |_task, metrics| metrics.executor_cpu_time;
        /// The size of the results, in bytes.
        result_size: |_task, metrics| metrics.result_size;
        /// The time their executors collected garbage meanwhile, in milliseconds.
        jvm_gc_time: |_task, metrics| metrics.jvm_gc_time;
        /// The time to write the results, in milliseconds.
        result_serialization_time: |_task, metrics| metrics.result_serialization_time;
        /// The time to fetch the results, in milliseconds.
        getting_result_time: |task, _metrics| task.getting_result_time(task.launch_time);
        /// What of their time went into none of these, in milliseconds.
        scheduler_delay: |task, _metrics| task.scheduler_delay();
        /// The peak memory of shuffles, aggregations and joins, in bytes.
        peak_execution_memory: |_task, metrics| metrics.peak_execution_memory;
        /// The size in memory of what was spilled, in bytes.
        memory_bytes_spilled: |_task, metrics| metrics.memory_bytes_spilled;
        /// The size on disk of what was spilled, in bytes.
        disk_bytes_spilled: |_task, metrics| metrics.disk_bytes_spilled;
    }
}

/// What was read from shuffles.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShuffleReadMetricDistributions {
    /// What is of all blocks.
    #[serde(flatten)]
    pub values: ShuffleReadValues,
    /// What is of merged blocks only.
    #[serde(rename = "shufflePushReadMetricsDist")]
    pub shuffle_push_read_metrics_dist: ShufflePushReadMetricDistributions,
}

/// How what the tasks of a stage attempt cost is distributed; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskMetricDistributions {
    /// The quantiles, from 0 to 1; the distributions have a value for each.
    pub quantiles: Vec<f64>,
    /// What is of all tasks.
    #[serde(flatten)]
    pub values: TaskValues,
    /// What was read from outside.
    pub input_metrics: InputMetricDistributions,
    /// What was written to the outside.
    pub output_metrics: OutputMetricDistributions,
    /// What was read from shuffles.
    pub shuffle_read_metrics: ShuffleReadMetricDistributions,
    /// What was written for shuffles.
    pub shuffle_write_metrics: ShuffleWriteMetricDistributions,
}

impl TaskMetricDistributions {
    /// Those of the tasks that did their work, at `quantiles` from 0 to 1; `None` if there are none.
    pub fn of<'t>(tasks: impl Iterator<Item = &'t TaskRow>, quantiles: &[f64]) -> Option<Self> {
        let done = tasks.filter(|task| task.status == TaskStatus::Success);
        let done: Vec<_> =
            done.filter_map(|task| task.metrics.as_ref().map(|metrics| (task, metrics))).collect();
        if done.is_empty() {
            return None;
        }
        let at = Quantiles(quantiles);
        Some(Self {
            quantiles: quantiles.to_vec(),
            values: TaskValues::of(&done, &at),
            input_metrics: InputMetricDistributions::of(&done, &at),
            output_metrics: OutputMetricDistributions::of(&done, &at),
            shuffle_read_metrics: ShuffleReadMetricDistributions {
                values: ShuffleReadValues::of(&done, &at),
                shuffle_push_read_metrics_dist: ShufflePushReadMetricDistributions::of(&done, &at),
            },
            shuffle_write_metrics: ShuffleWriteMetricDistributions::of(&done, &at),
        })
    }
}

struct Quantiles<'q>(&'q [f64]);

impl Quantiles<'_> {
    /// The values at these quantiles, each one that occurs, as Spark takes them.
    #[expect(clippy::cast_precision_loss, reason = "Spark's API has doubles")]
    fn of(&self, values: impl Iterator<Item = i64>) -> Distribution {
        let mut values: Vec<i64> = values.collect();
        values.sort_unstable();
        self.0
            .iter()
            .map(|&quantile| values.get(place(quantile, values.len())).copied().unwrap_or(0) as f64)
            .collect()
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among as many values as fit in memory"
)]
fn place(quantile: f64, count: usize) -> usize {
    ((quantile * count as f64) as usize).min(count.saturating_sub(1))
}
