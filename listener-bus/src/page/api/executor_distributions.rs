//! How the work of a stage attempt is distributed over its executors, as Spark's REST API shows it.

use serde::Serialize;

use crate::events::ExecutorMetrics;
use crate::status::{Distribution, ExecutorStageSummary};

/// Defines distributions over executors from one table: a field, and its name in JSON.
macro_rules! distributions {
    ($(#[$meta:meta])* $Name:ident of $Each:ty { $($field:ident = $json:literal;)* }) => {
        $(#[$meta])*
        #[derive(Serialize)]
        pub(super) struct $Name {
            $(#[serde(rename = $json)] $field: Distribution,)*
        }

        impl $Name {
            fn of(executors: &[$Each], quantiles: &[f64]) -> Self {
                Self { $($field: distribution(executors.iter().map(|executor| executor.$field), quantiles),)* }
            }
        }
    };
}

distributions! {
    /// The peaks that executors reached.
    PeakMetricsDistributions of ExecutorMetrics {
        jvm_heap_memory = "JVMHeapMemory";
        jvm_off_heap_memory = "JVMOffHeapMemory";
        on_heap_execution_memory = "OnHeapExecutionMemory";
        off_heap_execution_memory = "OffHeapExecutionMemory";
        on_heap_storage_memory = "OnHeapStorageMemory";
        off_heap_storage_memory = "OffHeapStorageMemory";
        on_heap_unified_memory = "OnHeapUnifiedMemory";
        off_heap_unified_memory = "OffHeapUnifiedMemory";
        direct_pool_memory = "DirectPoolMemory";
        mapped_pool_memory = "MappedPoolMemory";
        process_tree_jvm_virtual_memory = "ProcessTreeJVMVMemory";
        process_tree_jvm_rss_memory = "ProcessTreeJVMRSSMemory";
        process_tree_python_virtual_memory = "ProcessTreePythonVMemory";
        process_tree_python_rss_memory = "ProcessTreePythonRSSMemory";
        process_tree_other_virtual_memory = "ProcessTreeOtherVMemory";
        process_tree_other_rss_memory = "ProcessTreeOtherRSSMemory";
        minor_gc_count = "MinorGCCount";
        minor_gc_time = "MinorGCTime";
        major_gc_count = "MajorGCCount";
        major_gc_time = "MajorGCTime";
        total_gc_time = "TotalGCTime";
        concurrent_gc_count = "ConcurrentGCCount";
        concurrent_gc_time = "ConcurrentGCTime";
    }
}

distributions! {
    /// The work of executors.
    WorkDistributions of &ExecutorStageSummary {
        task_time = "taskTime";
        failed_tasks = "failedTasks";
        succeeded_tasks = "succeededTasks";
        killed_tasks = "killedTasks";
        input_bytes = "inputBytes";
        input_records = "inputRecords";
        output_bytes = "outputBytes";
        output_records = "outputRecords";
        shuffle_read = "shuffleRead";
        shuffle_read_records = "shuffleReadRecords";
        shuffle_write = "shuffleWrite";
        shuffle_write_records = "shuffleWriteRecords";
        memory_bytes_spilled = "memoryBytesSpilled";
        disk_bytes_spilled = "diskBytesSpilled";
    }
}

/// How the work of a stage attempt is distributed over its executors; its JSON is that of Spark's REST API.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutorMetricsDistributions {
    quantiles: Vec<f64>,
    #[serde(flatten)]
    work: WorkDistributions,
    peak_memory_metrics: PeakMetricsDistributions,
}

impl ExecutorMetricsDistributions {
    /// At `quantiles` from 0 to 1; `None` if there are no executors.
    pub(super) fn of<'e>(
        executors: impl Iterator<Item = &'e ExecutorStageSummary>,
        quantiles: &[f64],
    ) -> Option<Self> {
        let executors: Vec<_> = executors.collect();
        if executors.is_empty() {
            return None;
        }
        let peaks: Vec<_> =
            executors.iter().filter_map(|executor| executor.peak_memory_metrics.clone()).collect();
        Some(Self {
            quantiles: quantiles.to_vec(),
            work: WorkDistributions::of(&executors, quantiles),
            peak_memory_metrics: PeakMetricsDistributions::of(&peaks, quantiles),
        })
    }
}

/// The values at these quantiles, each one that occurs, as Spark takes them.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among as many values as fit in memory; Spark's API has doubles"
)]
fn distribution(values: impl Iterator<Item = i64>, quantiles: &[f64]) -> Distribution {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    let place =
        |quantile: f64| ((quantile * values.len() as f64) as usize).min(values.len().saturating_sub(1));
    quantiles.iter().map(|&quantile| values.get(place(quantile)).copied().unwrap_or(0) as f64).collect()
}
