//! The HTTP API: Spark's, and what Spark does not have.

mod answer;
mod applications;
mod asked;
mod bus;
mod error;
mod event_reader;
mod events;
mod executor_distributions;
mod quantiles;
mod query;
mod speculation;
mod stage;
mod stages;
mod task;
mod task_list;
mod task_metrics;
mod wanted_events;

use std::sync::Arc;

use axum::Router;
use axum::extract::OriginalUri;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;

use self::answer::JSON;
pub(super) use self::error::{ApiError, repeated};
use super::state::PageState;

/// The API, described for machines.
const OPENAPI: &str = include_str!("api/openapi.json");

pub(super) fn router() -> Router<Arc<PageState>> {
    let api = Router::new()
        .route("/version", get(applications::version))
        .route("/applications", get(applications::all))
        .nest("/applications/{application}", of_application())
        .nest("/applications/{application}/{application_attempt}", of_application())
        .route("/applications/{application}", get(applications::one))
        .route("/bus", get(bus::bus))
        .route("/events", get(events::events))
        .route("/openapi.json", get(openapi));
    Router::new()
        .nest("/api/v1", api)
        .route("/api", get(unknown))
        .route("/api/", get(unknown))
        .route("/api/{*rest}", get(unknown))
}

fn of_application() -> Router<Arc<PageState>> {
    Router::new()
        .route("/jobs", get(applications::jobs))
        .route("/jobs/{job}", get(applications::job))
        .route("/stages", get(stages::all))
        .route("/stages/{stage}", get(stages::attempts))
        .route("/stages/{stage}/{stage_attempt}", get(stages::attempt))
        .route("/stages/{stage}/{stage_attempt}/taskSummary", get(stages::task_summary))
        .route("/stages/{stage}/{stage_attempt}/taskList", get(task_list::task_list))
        .route("/executors", get(applications::executors))
        .route("/allexecutors", get(applications::all_executors))
        .route("/environment", get(applications::environment))
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, JSON)], OPENAPI)
}

async fn unknown(OriginalUri(uri): OriginalUri) -> ApiError {
    ApiError::UnknownPath { path: repeated(uri.path()) }
}
