//! The settings of an application, as Spark's REST API shows them.

use serde::Serialize;

use crate::events::{EnvironmentUpdate, Properties, ResourceProfileAdded};

/// The settings of an application; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EnvironmentInfo {
    /// The virtual machine.
    pub runtime: RuntimeInfo,
    /// The application's settings, each a name and a value.
    pub spark_properties: Vec<(String, String)>,
    /// Hadoop's settings.
    pub hadoop_properties: Vec<(String, String)>,
    /// The virtual machine's settings.
    pub system_properties: Vec<(String, String)>,
    /// The settings of the metrics system.
    pub metrics_properties: Vec<(String, String)>,
    /// The class path, each entry with where it comes from.
    pub classpath_entries: Vec<(String, String)>,
    /// The resource profiles.
    pub resource_profiles: Vec<ResourceProfileInfo>,
}

/// A resource profile; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceProfileInfo {
    /// The profile.
    pub id: crate::events::ResourceProfileId,
    /// What an executor has to have, by resource.
    pub executor_resources: std::collections::BTreeMap<String, ExecutorResource>,
    /// What a task takes, by resource.
    pub task_resources: std::collections::BTreeMap<String, TaskResource>,
}

/// What an executor has to have of a resource; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExecutorResource {
    /// The resource, such as "cores" or "gpu".
    pub resource_name: String,
    /// How much of it.
    pub amount: i64,
    /// What finds it on the machine.
    pub discovery_script: String,
    /// Who makes it.
    pub vendor: String,
}

/// What a task takes of a resource; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskResource {
    /// The resource, such as "cpus" or "gpu".
    pub resource_name: String,
    /// How much of it.
    pub amount: f64,
}

/// The virtual machine; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuntimeInfo {
    /// Its version, and who makes it.
    pub java_version: String,
    /// Where it is installed.
    pub java_home: String,
    /// The version of Scala.
    pub scala_version: String,
}

impl EnvironmentInfo {
    pub(super) fn update(&mut self, event: &EnvironmentUpdate) {
        let of_machine = |name: &str| event.jvm_information.get(name).cloned().unwrap_or_default();
        self.runtime = RuntimeInfo {
            java_version: of_machine("Java Version"),
            java_home: of_machine("Java Home"),
            scala_version: of_machine("Scala Version"),
        };
        self.spark_properties = pairs(&event.spark_properties);
        self.hadoop_properties = pairs(&event.hadoop_properties);
        self.system_properties = pairs(&event.system_properties);
        self.metrics_properties = pairs(&event.metrics_properties);
        self.classpath_entries = pairs(&event.classpath_entries);
    }

    /// A setting of the application.
    pub fn spark_property(&self, name: &str) -> Option<&str> {
        self.spark_properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn add_profile(&mut self, event: &ResourceProfileAdded) {
        let profile = ResourceProfileInfo::from(event);
        match self.resource_profiles.iter_mut().find(|known| known.id == profile.id) {
            Some(known) => *known = profile,
            None => self.resource_profiles.push(profile),
        }
    }
}

fn pairs(properties: &Properties) -> Vec<(String, String)> {
    properties.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl From<&ResourceProfileAdded> for ResourceProfileInfo {
    fn from(event: &ResourceProfileAdded) -> Self {
        let executor = event.executor_resource_requests.iter().map(|(kind, request)| {
            let resource = ExecutorResource {
                resource_name: request.resource_name.clone(),
                amount: request.amount,
                discovery_script: request.discovery_script.clone(),
                vendor: request.vendor.clone(),
            };
            (kind.clone(), resource)
        });
        let task = event.task_resource_requests.iter().map(|(kind, request)| {
            (
                kind.clone(),
                TaskResource { resource_name: request.resource_name.clone(), amount: request.amount },
            )
        });
        Self {
            id: event.resource_profile_id,
            executor_resources: executor.collect(),
            task_resources: task.collect(),
        }
    }
}
