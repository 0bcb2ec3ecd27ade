//! The settings of an application, as they may be shown.

use crate::redaction::Redaction;
use crate::status::EnvironmentInfo;

/// The setting that tells which settings hold secrets.
const PATTERN: &str = "spark.redaction.regex";

/// The settings without secrets, by name. Which ones those are, the application itself may tell, as in Spark.
pub(super) fn environment_shown(environment: &EnvironmentInfo) -> EnvironmentInfo {
    let own = environment.spark_property(PATTERN).and_then(|pattern| Redaction::new(pattern).ok());
    let redaction = own.unwrap_or_default();
    let mut shown = environment.clone();
    for settings in [
        &mut shown.spark_properties,
        &mut shown.hadoop_properties,
        &mut shown.system_properties,
        &mut shown.metrics_properties,
    ] {
        for (name, value) in settings.iter_mut() {
            redaction.setting(name, value);
        }
        settings.sort();
    }
    for (entry, origin) in &mut shown.classpath_entries {
        for text in [entry, origin] {
            *text = redaction.entry(text).into_owned();
        }
    }
    shown.classpath_entries.sort();
    shown
}
