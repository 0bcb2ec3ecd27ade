use super::BlockStatus;
use super::json::json_object;

json_object! {
    /// What a task attempt cost.
    pub struct TaskMetrics {
        /// The time to read the task itself, in milliseconds.
        executor_deserialize_time: i64 = "Executor Deserialize Time" [required],
        /// The processor time to read the task itself, in nanoseconds. Absent in old logs: 0.
        executor_deserialize_cpu_time: i64 = "Executor Deserialize CPU Time" [or 0],
        /// The time it ran, in milliseconds.
        executor_run_time: i64 = "Executor Run Time" [required],
        /// The processor time it ran, in nanoseconds. Absent in old logs: 0.
        executor_cpu_time: i64 = "Executor CPU Time" [or 0],
        /// The peak memory of shuffles, aggregations and joins, in bytes. Absent in logs before Spark 3.0: 0.
        peak_execution_memory: i64 = "Peak Execution Memory" [or 0],
        /// The part of that peak on the heap, in bytes. Absent in logs up to Spark 3.5: 0.
        peak_on_heap_execution_memory: i64 = "Peak On Heap Execution Memory" [or 0],
        /// The part of that peak outside the heap, in bytes. Absent in logs up to Spark 3.5: 0.
        peak_off_heap_execution_memory: i64 = "Peak Off Heap Execution Memory" [or 0],
        /// The size of the result, in bytes.
        result_size: i64 = "Result Size" [required],
        /// The time the executor collected garbage meanwhile, in milliseconds.
        jvm_gc_time: i64 = "JVM GC Time" [required],
        /// The time to write the result, in milliseconds.
        result_serialization_time: i64 = "Result Serialization Time" [required],
        /// The size in memory of what was spilled, in bytes.
        memory_bytes_spilled: i64 = "Memory Bytes Spilled" [required],
        /// The size on disk of what was spilled, in bytes.
        disk_bytes_spilled: i64 = "Disk Bytes Spilled" [required],
        /// What it read from shuffles. Absent: all 0.
        shuffle_read_metrics: ShuffleReadMetrics = "Shuffle Read Metrics" [default],
        /// What it wrote for shuffles. Absent: all 0.
        shuffle_write_metrics: ShuffleWriteMetrics = "Shuffle Write Metrics" [default],
        /// What it read from outside. Absent: all 0.
        input_metrics: InputMetrics = "Input Metrics" [default],
        /// What it wrote to the outside. Absent: all 0.
        output_metrics: OutputMetrics = "Output Metrics" [default],
        /// The blocks whose storage it changed. Absent: none.
        updated_blocks: Vec<UpdatedBlock> = "Updated Blocks" [default],
    }
}

json_object! {
    /// What a task read from shuffles.
    pub struct ShuffleReadMetrics {
        /// The number of blocks from other machines.
        remote_blocks_fetched: i64 = "Remote Blocks Fetched" [required],
        /// The number of blocks from the same machine.
        local_blocks_fetched: i64 = "Local Blocks Fetched" [required],
        /// The time the task waited for blocks, in milliseconds.
        fetch_wait_time: i64 = "Fetch Wait Time" [required],
        /// The size of the blocks from other machines, in bytes.
        remote_bytes_read: i64 = "Remote Bytes Read" [required],
        /// The part of it that went through the disk, in bytes. Absent in old logs: 0.
        remote_bytes_read_to_disk: i64 = "Remote Bytes Read To Disk" [or 0],
        /// The size of the blocks from the same machine, in bytes. Absent in old logs: 0.
        local_bytes_read: i64 = "Local Bytes Read" [or 0],
        /// The number of records. Absent in old logs: 0.
        total_records_read: i64 = "Total Records Read" [or 0],
        /// The time all requests took together, in milliseconds. Absent in logs up to Spark 3.0: 0.
        remote_requests_duration: i64 = "Remote Requests Duration" [or 0],
        /// What came from merged blocks. Absent in logs up to Spark 3.0: all 0.
        push_based_shuffle: PushBasedShuffleMetrics = "Push Based Shuffle" [default],
    }
}

json_object! {
    /// What a task read from shuffle blocks that were pushed and merged.
    pub struct PushBasedShuffleMetrics {
        /// The number of merged blocks that were corrupt. Absent: 0.
        corrupt_merged_block_chunks: i64 = "Corrupt Merged Block Chunks" [or 0],
        /// How often the task had to take the original blocks instead. Absent: 0.
        merged_fetch_fallback_count: i64 = "Merged Fetch Fallback Count" [or 0],
        /// The number of merged blocks from other machines. Absent: 0.
        merged_remote_blocks_fetched: i64 = "Merged Remote Blocks Fetched" [or 0],
        /// The number of merged blocks from the same machine. Absent: 0.
        merged_local_blocks_fetched: i64 = "Merged Local Blocks Fetched" [or 0],
        /// The number of parts of merged blocks from other machines. Absent: 0.
        merged_remote_chunks_fetched: i64 = "Merged Remote Chunks Fetched" [or 0],
        /// The number of parts of merged blocks from the same machine. Absent: 0.
        merged_local_chunks_fetched: i64 = "Merged Local Chunks Fetched" [or 0],
        /// The size of merged blocks from other machines, in bytes. Absent: 0.
        merged_remote_bytes_read: i64 = "Merged Remote Bytes Read" [or 0],
        /// The size of merged blocks from the same machine, in bytes. Absent: 0.
        merged_local_bytes_read: i64 = "Merged Local Bytes Read" [or 0],
        /// The time all requests for merged blocks took together, in milliseconds. Absent: 0.
        merged_remote_requests_duration: i64 = "Merged Remote Requests Duration" [or 0],
    }
}

json_object! {
    /// What a task wrote for shuffles.
    pub struct ShuffleWriteMetrics {
        /// The size, in bytes.
        shuffle_bytes_written: i64 = "Shuffle Bytes Written" [required],
        /// The time it waited for the disk, in nanoseconds.
        shuffle_write_time: i64 = "Shuffle Write Time" [required],
        /// The number of records. Absent in old logs: 0.
        shuffle_records_written: i64 = "Shuffle Records Written" [or 0],
    }
}

json_object! {
    /// What a task read from outside the application.
    pub struct InputMetrics {
        /// The size, in bytes.
        bytes_read: i64 = "Bytes Read" [required],
        /// The number of records. Absent in old logs: 0.
        records_read: i64 = "Records Read" [or 0],
    }
}

json_object! {
    /// What a task wrote to the outside of the application.
    pub struct OutputMetrics {
        /// The size, in bytes.
        bytes_written: i64 = "Bytes Written" [required],
        /// The number of records. Absent in old logs: 0.
        records_written: i64 = "Records Written" [or 0],
    }
}

json_object! {
    /// A block whose storage a task changed.
    pub struct UpdatedBlock {
        /// The block.
        block_id: String = "Block ID" [required],
        /// Its storage afterwards.
        status: BlockStatus = "Status" [required],
    }
}
