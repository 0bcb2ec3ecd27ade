//! The peaks that executors reach.

use crate::events::ExecutorMetrics;

/// Raises a peak to what was measured, if anything was.
pub(super) fn raise(peak: &mut Option<ExecutorMetrics>, measured: &ExecutorMetrics) {
    if measured.jvm_heap_memory >= 0 {
        peak.get_or_insert_with(|| measured.clone()).raise(measured);
    }
}
