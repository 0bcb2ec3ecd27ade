//! An application, as Spark's REST API shows it.

use std::sync::Arc;

use serde::Serialize;

use super::Date;

/// An application; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApplicationInfo {
    /// Its id; "application-" and a number where nobody gave it one.
    pub id: Arc<str>,
    /// Its name; the id before it has told it.
    pub name: Arc<str>,
    /// The attempts at it. There is one: an event log holds no more.
    pub attempts: [ApplicationAttemptInfo; 1],
}

impl ApplicationInfo {
    /// The attempt.
    pub fn attempt(&self) -> &ApplicationAttemptInfo {
        let [attempt] = &self.attempts;
        attempt
    }
}

/// An attempt at an application; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApplicationAttemptInfo {
    /// Which one it is, where the cluster manager counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_id: Option<Arc<str>>,
    /// When it started.
    pub start_time: Date,
    /// When it ended; -1 while it runs.
    pub end_time: Date,
    /// When the last thing is known to have happened in it.
    pub last_updated: Date,
    /// How long it took, in milliseconds; 0 while it runs.
    pub duration: i64,
    /// Who runs it.
    pub spark_user: Arc<str>,
    /// Whether it has ended.
    pub completed: bool,
    /// The version of Spark it runs with; empty where it is unknown.
    pub app_spark_version: Arc<str>,
    /// When it started, in milliseconds since the Unix epoch.
    pub start_time_epoch: i64,
    /// When it ended, in milliseconds since the Unix epoch; -1 while it runs.
    pub end_time_epoch: i64,
    /// When the last thing is known to have happened in it, in milliseconds since the Unix epoch.
    pub last_updated_epoch: i64,
}

impl ApplicationAttemptInfo {
    /// How long it took or, while it runs, has taken up to the last thing that happened in it; in milliseconds.
    pub fn uptime(&self) -> i64 {
        match self.start_time_epoch {
            ..0 => 0,
            _ if self.completed => self.duration,
            start => self.last_updated_epoch.saturating_sub(start).max(0),
        }
    }
}
