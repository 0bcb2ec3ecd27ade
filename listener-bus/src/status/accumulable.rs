//! A user's accumulator, as Spark's REST API shows it.

use std::sync::Arc;

use serde::Serialize;

use crate::events::{AccumulableInfo, AccumulatorId, AccumulatorValue};

/// What "Metadata" is for the accumulators of SQL plans.
const SQL: &str = "sql";

/// A user's accumulator; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccumulableData {
    /// The accumulator.
    pub id: AccumulatorId,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// What the task added, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Arc<str>>,
    /// The accumulated value, as text.
    pub value: Option<Arc<str>>,
}

impl AccumulableData {
    /// Those that are the user's: neither Spark's own nor of a SQL plan.
    pub(super) fn users(all: &[AccumulableInfo]) -> Arc<[Self]> {
        let users = all.iter().filter(|one| !one.internal && one.metadata.as_deref() != Some(SQL));
        let mut users = users.map(Self::from).peekable();
        if users.peek().is_none() { Arc::default() } else { users.collect() }
    }
}

impl From<&AccumulableInfo> for AccumulableData {
    fn from(info: &AccumulableInfo) -> Self {
        Self {
            id: info.id,
            name: info.name.as_deref().map(Arc::from),
            update: info.update.as_ref().map(text),
            value: info.value.as_ref().map(text),
        }
    }
}

fn text(value: &AccumulatorValue) -> Arc<str> {
    match value {
        AccumulatorValue::Integer(number) => number.to_string().into(),
        AccumulatorValue::Text(text) => text.as_str().into(),
        AccumulatorValue::Json(json) => json.as_str().into(),
    }
}
