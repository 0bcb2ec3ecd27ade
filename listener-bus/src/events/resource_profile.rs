use std::collections::BTreeMap;

use super::ResourceProfileId;
use super::json::json_object;

json_object! {
    /// A new set of demands on executors and tasks is in use.
    pub event ResourceProfileAdded {
        /// The profile.
        resource_profile_id: ResourceProfileId = "Resource Profile Id" [required],
        /// What each executor has to have, by kind.
        executor_resource_requests: BTreeMap<String, ExecutorResourceRequest> =
            "Executor Resource Requests" [required],
        /// What each task needs, by kind.
        task_resource_requests: BTreeMap<String, TaskResourceRequest> = "Task Resource Requests" [required],
    }
}

json_object! {
    /// How much of one resource an executor has to have.
    pub struct ExecutorResourceRequest {
        /// The kind, such as "cores", "memory" or "gpu".
        resource_name: String = "Resource Name" [required],
        /// How much: memory in mebibytes, all else in units.
        amount: i64 = "Amount" [required],
        /// The program that finds the units, or an empty text.
        discovery_script: String = "Discovery Script" [required],
        /// Who makes the units, or an empty text.
        vendor: String = "Vendor" [required],
    }
}

json_object! {
    /// How much of one resource a task needs.
    pub struct TaskResourceRequest {
        /// The kind, such as "cpus" or "gpu".
        resource_name: String = "Resource Name" [required],
        /// How many units; several tasks can share one. What is not a finite number is written as null.
        amount: f64 = "Amount" [required],
    }
}
