//! The parameters of a request.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;

use super::error::ApiError;
use crate::status::{JobStatus, StageStatus, TaskStatus};

/// The parameters behind the `?`; names that nobody asks for are of no concern.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

/// What a parameter can be.
pub(super) trait Parameter: Sized {
    /// What is accepted, in words.
    const ACCEPTED: &'static str;

    fn parse(text: &str) -> Option<Self>;
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri).map(|Query(all)| Self(all)).map_err(|_rejected| ApiError::NotText)
    }
}

impl Parameters {
    /// Its values as they stand, in the order given.
    pub(super) fn texts<'p>(&'p self, name: &'static str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All its values: it may be repeated.
    pub(super) fn all<T: Parameter>(&self, name: &'static str) -> Result<Vec<T>, ApiError> {
        self.texts(name).map(|text| parse(name, text)).collect()
    }

    /// Its value, or the first one.
    pub(super) fn one<T: Parameter>(&self, name: &'static str) -> Result<Option<T>, ApiError> {
        self.texts(name).next().map(|text| parse(name, text)).transpose()
    }
}

/// What a text that was given for `name` means.
pub(super) fn parse<T: Parameter>(name: &'static str, text: &str) -> Result<T, ApiError> {
    T::parse(text).ok_or_else(|| ApiError::bad(name, text, T::ACCEPTED))
}

/// Whether a part of an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Yes,
    No,
}

impl Parameter for Wanted {
    const ACCEPTED: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        match () {
            () if text.eq_ignore_ascii_case("true") => Some(Self::Yes),
            () if text.eq_ignore_ascii_case("false") => Some(Self::No),
            () => None,
        }
    }
}

/// How many, at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(pub(super) usize);

impl Parameter for Limit {
    const ACCEPTED: &'static str = "an integer from 0 to 2147483647";

    fn parse(text: &str) -> Option<Self> {
        text.parse::<i32>().ok()?.try_into().ok().map(Self)
    }
}

/// An id in a path.
impl Parameter for i32 {
    const ACCEPTED: &'static str = "an integer of 32 bits";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// An application that has ended, or one that has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApplicationStatus {
    Completed,
    Running,
}

/// Makes parameters of enums: each value with what it goes by, whatever the case.
macro_rules! words {
    ($($Type:ty, $accepted:literal: { $($word:literal => $value:expr,)* })*) => {$(
        impl Parameter for $Type {
            const ACCEPTED: &'static str = $accepted;

            fn parse(text: &str) -> Option<Self> {
                match text.to_ascii_lowercase().as_str() {
                    $($word => Some($value),)*
                    _ => None,
                }
            }
        }
    )*};
}

words! {
    ApplicationStatus, "completed or running": {
        "completed" => Self::Completed,
        "running" => Self::Running,
    }
    JobStatus, "running, succeeded, failed or unknown": {
        "running" => Self::Running,
        "succeeded" => Self::Succeeded,
        "failed" => Self::Failed,
        "unknown" => Self::Unknown,
    }
    StageStatus, "active, complete, pending, failed, skipped or unknown": {
        "active" => Self::Active,
        "complete" => Self::Complete,
        "pending" => Self::Pending,
        "failed" => Self::Failed,
        "skipped" => Self::Skipped,
        "unknown" => Self::Unknown,
    }
    TaskState, "running, success, failed, killed or unknown": {
        "running" => Self::Running,
        "success" => Self::Success,
        "failed" => Self::Failed,
        "killed" => Self::Killed,
        "unknown" => Self::Unknown,
    }
}

/// How far the task attempts are that are asked for. One whose result is being fetched runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskState {
    Running,
    Success,
    Failed,
    Killed,
    Unknown,
}

impl From<TaskStatus> for TaskState {
    fn from(status: TaskStatus) -> Self {
        match status {
            TaskStatus::Running | TaskStatus::GetResult => Self::Running,
            TaskStatus::Success => Self::Success,
            TaskStatus::Failed => Self::Failed,
            TaskStatus::Killed => Self::Killed,
            TaskStatus::Unknown(_) => Self::Unknown,
        }
    }
}
