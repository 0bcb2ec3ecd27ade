use super::json::json_object;

json_object! {
    /// Where the blocks of a dataset are to be kept. The default is nowhere, in one copy.
    pub struct StorageLevel {
        /// Whether on disk.
        use_disk: bool = "Use Disk" [required],
        /// Whether in memory.
        use_memory: bool = "Use Memory" [required],
        /// Whether outside the heap. Absent in logs up to Spark 3.0: false.
        use_off_heap: bool = "Use Off Heap" [or false],
        /// Whether as objects instead of bytes.
        deserialized: bool = "Deserialized" [required],
        /// The number of copies.
        replication: i32 = "Replication" [required, new 1],
    }
}
