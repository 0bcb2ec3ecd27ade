use super::json::json_object;
use super::{ExecutorId, RddId, StorageLevel};

json_object! {
    /// Who keeps the blocks of an executor.
    pub struct BlockManagerId {
        /// The executor.
        executor_id: ExecutorId = "Executor ID" [required],
        /// Its machine.
        host: String = "Host" [required],
        /// Its port.
        port: i32 = "Port" [required],
    }
}

json_object! {
    /// A block manager has registered.
    pub event BlockManagerAdded {
        /// The block manager.
        block_manager_id: BlockManagerId = "Block Manager ID" [required],
        /// The memory it may use, in bytes.
        maximum_memory: i64 = "Maximum Memory" [required],
        /// When, in milliseconds since the Unix epoch. Absent in old logs: -1.
        timestamp: i64 = "Timestamp" [or -1],
        /// The part of the memory on the heap, in bytes.
        maximum_onheap_memory: Option<i64> = "Maximum Onheap Memory" [or_omit],
        /// The part of the memory outside the heap, in bytes.
        maximum_offheap_memory: Option<i64> = "Maximum Offheap Memory" [or_omit],
    }
}

json_object! {
    /// A block manager has gone.
    pub event BlockManagerRemoved {
        /// The block manager.
        block_manager_id: BlockManagerId = "Block Manager ID" [required],
        /// When, in milliseconds since the Unix epoch. Absent in old logs: -1.
        timestamp: i64 = "Timestamp" [or -1],
    }
}

json_object! {
    /// The user has given up the stored blocks of a dataset.
    pub event UnpersistRdd {
        /// The dataset.
        rdd_id: RddId = "RDD ID" [required],
    }
}

json_object! {
    /// The storage of a block has changed; Spark does not log it unless told to.
    pub event BlockUpdated {
        /// The block and its storage.
        block_updated_info: BlockUpdatedInfo = "Block Updated Info" [required],
    }
}

json_object! {
    /// A block and where one block manager keeps it.
    pub struct BlockUpdatedInfo {
        /// The block manager.
        block_manager_id: BlockManagerId = "Block Manager ID" [required],
        /// The block, such as `rdd_1_2` or `broadcast_0_piece0`.
        block_id: String = "Block ID" [required],
        /// Where it is kept; nowhere if it was dropped.
        storage_level: StorageLevel = "Storage Level" [required],
        /// What it takes of memory, in bytes.
        memory_size: i64 = "Memory Size" [required],
        /// What it takes of the disk, in bytes.
        disk_size: i64 = "Disk Size" [required],
    }
}

json_object! {
    /// Where a block is kept.
    pub struct BlockStatus {
        /// Where; nowhere if it was dropped.
        storage_level: StorageLevel = "Storage Level" [required],
        /// What it takes of memory, in bytes.
        memory_size: i64 = "Memory Size" [required],
        /// What it takes of the disk, in bytes.
        disk_size: i64 = "Disk Size" [required],
    }
}
