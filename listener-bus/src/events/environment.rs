use std::collections::BTreeMap;

use super::json::json_object;

/// Texts by name, in the order of their names.
pub type Properties = BTreeMap<String, String>;

json_object! {
    /// The settings the application runs with.
    pub event EnvironmentUpdate {
        /// The versions of the virtual machine and of Scala.
        jvm_information: Properties = "JVM Information" [required],
        /// The application's settings.
        spark_properties: Properties = "Spark Properties" [required],
        /// Hadoop's settings. Absent in logs before Spark 3.0: empty.
        hadoop_properties: Properties = "Hadoop Properties" [default],
        /// The virtual machine's settings.
        system_properties: Properties = "System Properties" [required],
        /// The settings of the metrics system. Absent in logs up to Spark 3.0: empty.
        metrics_properties: Properties = "Metrics Properties" [default],
        /// The class path, each entry with where it comes from.
        classpath_entries: Properties = "Classpath Entries" [required],
    }
}
