use super::json::json_object;

json_object! {
    /// Measurements of an executor process; where several were taken, the peak of each. What is absent in a log is 0.
    pub struct ExecutorMetrics {
        /// The heap in use, in bytes; -1 where nobody ever measured.
        jvm_heap_memory: i64 = "JVMHeapMemory" [or 0],
        /// The memory of the virtual machine outside the heap, in bytes.
        jvm_off_heap_memory: i64 = "JVMOffHeapMemory" [or 0],
        /// What shuffles, joins and the like hold on the heap, in bytes.
        on_heap_execution_memory: i64 = "OnHeapExecutionMemory" [or 0],
        /// What shuffles, joins and the like hold outside the heap, in bytes.
        off_heap_execution_memory: i64 = "OffHeapExecutionMemory" [or 0],
        /// What stored blocks hold on the heap, in bytes.
        on_heap_storage_memory: i64 = "OnHeapStorageMemory" [or 0],
        /// What stored blocks hold outside the heap, in bytes.
        off_heap_storage_memory: i64 = "OffHeapStorageMemory" [or 0],
        /// Execution and storage together on the heap, in bytes.
        on_heap_unified_memory: i64 = "OnHeapUnifiedMemory" [or 0],
        /// Execution and storage together outside the heap, in bytes.
        off_heap_unified_memory: i64 = "OffHeapUnifiedMemory" [or 0],
        /// The direct buffers, in bytes.
        direct_pool_memory: i64 = "DirectPoolMemory" [or 0],
        /// The memory-mapped buffers, in bytes.
        mapped_pool_memory: i64 = "MappedPoolMemory" [or 0],
        /// The virtual memory of Java processes, in bytes.
        process_tree_jvm_virtual_memory: i64 = "ProcessTreeJVMVMemory" [or 0],
        /// The resident memory of Java processes, in bytes.
        process_tree_jvm_rss_memory: i64 = "ProcessTreeJVMRSSMemory" [or 0],
        /// The virtual memory of Python processes, in bytes.
        process_tree_python_virtual_memory: i64 = "ProcessTreePythonVMemory" [or 0],
        /// The resident memory of Python processes, in bytes.
        process_tree_python_rss_memory: i64 = "ProcessTreePythonRSSMemory" [or 0],
        /// The virtual memory of other processes, in bytes.
        process_tree_other_virtual_memory: i64 = "ProcessTreeOtherVMemory" [or 0],
        /// The resident memory of other processes, in bytes.
        process_tree_other_rss_memory: i64 = "ProcessTreeOtherRSSMemory" [or 0],
        /// The number of minor garbage collections.
        minor_gc_count: i64 = "MinorGCCount" [or 0],
        /// The time of minor garbage collections, in milliseconds.
        minor_gc_time: i64 = "MinorGCTime" [or 0],
        /// The number of major garbage collections.
        major_gc_count: i64 = "MajorGCCount" [or 0],
        /// The time of major garbage collections, in milliseconds.
        major_gc_time: i64 = "MajorGCTime" [or 0],
        /// The time of all garbage collections, in milliseconds.
        total_gc_time: i64 = "TotalGCTime" [or 0],
        /// The number of concurrent garbage collections.
        concurrent_gc_count: i64 = "ConcurrentGCCount" [or 0],
        /// The time of concurrent garbage collections, in milliseconds.
        concurrent_gc_time: i64 = "ConcurrentGCTime" [or 0],
    }
}

impl ExecutorMetrics {
    /// What Spark writes where nobody ever measured: -1 for the heap, 0 for all else.
    pub fn never_measured() -> Self {
        Self { jvm_heap_memory: -1, ..Self::default() }
    }

    /// Raises each measurement to that of `new`, where that is more.
    pub fn raise(&mut self, new: &Self) {
        macro_rules! raise {
            ($($field:ident)*) => {
                $(self.$field = self.$field.max(new.$field);)*
            };
        }
        raise! {
            jvm_heap_memory jvm_off_heap_memory on_heap_execution_memory off_heap_execution_memory
            on_heap_storage_memory off_heap_storage_memory on_heap_unified_memory off_heap_unified_memory
            direct_pool_memory mapped_pool_memory process_tree_jvm_virtual_memory
            process_tree_jvm_rss_memory process_tree_python_virtual_memory process_tree_python_rss_memory
            process_tree_other_virtual_memory process_tree_other_rss_memory minor_gc_count minor_gc_time
            major_gc_count major_gc_time total_gc_time concurrent_gc_count concurrent_gc_time
        }
    }
}
