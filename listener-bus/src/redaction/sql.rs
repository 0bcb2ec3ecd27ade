//! The secrets in the events of SQL.

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Redaction;
use crate::events::{OtherEvent, Properties};

const EXECUTION_START: &str = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart";

#[derive(Deserialize)]
struct ExecutionStart<'t> {
    #[serde(borrow, rename = "modifiedConfigs")]
    modified_configs: Option<&'t RawValue>,
}

/// The start of a query without the secrets among the settings that it changes, if there are any.
pub(crate) fn without_secrets(event: &OtherEvent, redaction: &Redaction) -> Option<OtherEvent> {
    if event.name() != EXECUTION_START {
        return None;
    }
    let text = event.json().as_str();
    let start: ExecutionStart<'_> = serde_json::from_str(text).ok()?;
    let given = start.modified_configs?.get();
    let given_configs: Properties = serde_json::from_str(given).ok()?;
    let mut configs = given_configs.clone();
    redaction.properties(&mut configs, |_| true);
    if configs == given_configs {
        return None;
    }
    // Everything else stays as it stands in the text that the settings are a part of.
    let begin = given.as_ptr() as usize - text.as_ptr() as usize;
    let (before, after) = (text.get(..begin)?, text.get(begin + given.len()..)?);
    let redacted = to_raw_value(&configs).ok()?;
    OtherEvent::from_json(&format!("{before}{}{after}", redacted.get())).ok()
}
