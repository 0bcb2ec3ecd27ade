//! Applications, their jobs, their executors and their settings.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, json};
use super::asked::Asked;
use super::query::{ApplicationStatus, Limit, Parameters};
use crate::page::shown::environment_shown;
use crate::page::state::PageState;
use crate::status::{AppStatusStore, ApplicationInfo, JobStatus};

/// The version of Spark whose API this is.
const VERSION: &str = "4.1.4";

#[derive(Serialize)]
struct Version {
    spark: &'static str,
}

pub(super) async fn version() -> Answer {
    json(&Version { spark: VERSION })
}

/// The newest one first, as in the History Server.
pub(super) async fn all(State(state): State<Arc<PageState>>, query: Parameters) -> Answer {
    let wanted = query.all::<ApplicationStatus>("status")?;
    let limit = query.one("limit")?.map_or(usize::MAX, |Limit(limit)| limit);
    let view = state.store.as_ref().map(AppStatusStore::view);
    let all = view.iter().flat_map(|view| &view.applications).map(|application| &application.info);
    let is_wanted = |info: &&Arc<ApplicationInfo>| {
        let completed = info.attempt().completed;
        let status = if completed { ApplicationStatus::Completed } else { ApplicationStatus::Running };
        wanted.is_empty() || wanted.contains(&status)
    };
    json(&all.filter(is_wanted).take(limit).collect::<Vec<_>>())
}

pub(super) async fn one(asked: Asked) -> Answer {
    json(&asked.application.info)
}

/// The newest one first, as in the History Server.
pub(super) async fn jobs(asked: Asked) -> Answer {
    let wanted = asked.query.all::<JobStatus>("status")?;
    let jobs = asked.application.jobs.values().rev();
    json(&jobs.filter(|job| wanted.is_empty() || wanted.contains(&job.status)).collect::<Vec<_>>())
}

pub(super) async fn job(asked: Asked) -> Answer {
    json(asked.job()?)
}

pub(super) async fn executors(asked: Asked) -> Answer {
    json(&asked.application.executors.values().filter(|executor| executor.is_active).collect::<Vec<_>>())
}

pub(super) async fn all_executors(asked: Asked) -> Answer {
    json(&asked.application.executors.values().collect::<Vec<_>>())
}

pub(super) async fn environment(asked: Asked) -> Answer {
    json(&environment_shown(&asked.application.environment))
}
