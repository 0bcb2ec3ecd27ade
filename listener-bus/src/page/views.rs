//! The page: HTML that is made here, and kept up to date by a small script.

mod applications;
mod assets;
mod barriers;
mod bus;
mod chart;
mod commits;
mod environment;
mod error;
mod executors;
mod format;
mod health;
mod job;
mod jobs;
mod lanes;
mod layout;
mod links;
mod paging;
mod progress;
mod stage;
mod stages;
mod table;
mod timeline;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::state::PageState;
use visit::Visit;

pub(super) fn router() -> Router<Arc<PageState>> {
    Router::new()
        .route("/", get(|visit: Visit| visit.answer(|visit| Ok(bus::page(visit)))))
        .route("/jobs", get(|visit: Visit| visit.answer(jobs::page)))
        .route("/jobs/{id}", get(|visit: Visit| visit.answer(job::page)))
        .route("/stages", get(|visit: Visit| visit.answer(stages::page)))
        .route("/stages/{id}/{attempt}", get(|visit: Visit| visit.answer(stage::page)))
        .route("/executors", get(|visit: Visit| visit.answer(executors::page)))
        .route("/environment", get(|visit: Visit| visit.answer(environment::page)))
        .route("/barriers", get(|visit: Visit| visit.answer(|visit| Ok(barriers::page(visit)))))
        .route("/commits", get(|visit: Visit| visit.answer(|visit| Ok(commits::page(visit)))))
        .route("/applications", get(|visit: Visit| visit.answer(applications::page)))
        .route("/assets/{name}", get(assets::serve))
}
