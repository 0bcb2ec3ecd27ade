use super::json::{json_object, json_text};
use super::{RddId, StorageLevel};

json_object! {
    /// A dataset of a stage.
    pub struct RddInfo {
        /// The dataset.
        rdd_id: RddId = "RDD ID" [required],
        /// Its name, where it has one.
        name: Option<String> = "Name" [or_null],
        /// The operation that made it, as the text of a JSON object with "id", "name" and perhaps "parent".
        scope: Option<String> = "Scope" [or_omit],
        /// Where in the user's program it was made. Absent in old logs: empty.
        callsite: String = "Callsite" [default],
        /// The datasets it is computed from. Absent in old logs: none.
        parent_ids: Vec<RddId> = "Parent IDs" [default],
        /// Where its blocks are to be kept.
        storage_level: StorageLevel = "Storage Level" [required],
        /// Whether the tasks of its stage start together and wait for each other. Absent in logs before Spark 3.0: false.
        barrier: bool = "Barrier" [or false],
        /// Whether computing it again gives the same rows. Absent in logs up to Spark 3.0: determinate.
        deterministic_level: DeterministicLevel = "DeterministicLevel" [default],
        /// The number of its partitions.
        number_of_partitions: i32 = "Number of Partitions" [required],
        /// How many of them are stored.
        number_of_cached_partitions: i32 = "Number of Cached Partitions" [required],
        /// What is stored of it in memory, in bytes.
        memory_size: i64 = "Memory Size" [required],
        /// What is stored of it on disk, in bytes.
        disk_size: i64 = "Disk Size" [required],
    }
}

json_text! {
    /// Whether computing a dataset again gives the same rows.
    #[derive(Default)]
    pub enum DeterministicLevel {
        /// The same rows in the same order.
        #[default]
        Determinate = "DETERMINATE",
        /// The same rows in any order.
        Unordered = "UNORDERED",
        /// Perhaps other rows.
        Indeterminate = "INDETERMINATE",
    }
}
