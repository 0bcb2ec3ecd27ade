//! What Spark's API does not have: the bus, the barriers that are waited for, and who may commit.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, json};
use crate::coordination::{CommitsSnapshot, WaitingRound};
use crate::page::BusView;
use crate::page::samples::Sampler;
use crate::page::state::PageState;
use crate::status::{AppStatusStore, ApplicationView, Date};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BusAnswer {
    /// `null` where no bus is shown.
    bus: Option<Arc<BusView>>,
    /// The rounds that somebody waits for, the longest wait first.
    barriers: Vec<WaitingRound>,
    /// One for each coordinator.
    commits: Vec<CommitsSnapshot>,
    /// `null` where nothing is known of an application.
    status_gaps: Option<StatusGaps>,
}

/// What was dropped on the way to what is kept of the newest application.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusGaps {
    dropped_events: u64,
    /// `null` where nothing was dropped.
    last_gap: Option<Date>,
}

impl From<&ApplicationView> for StatusGaps {
    fn from(application: &ApplicationView) -> Self {
        Self { dropped_events: application.dropped_events, last_gap: application.last_gap }
    }
}

pub(super) async fn bus(State(state): State<Arc<PageState>>) -> Answer {
    let mut barriers: Vec<_> = state.barriers.iter().flat_map(|rounds| rounds.waiting_rounds()).collect();
    barriers.sort_by_key(|round| std::cmp::Reverse(round.waiting_millis));
    let commits = state.commits.iter().map(|decisions| decisions.commits()).collect();
    let status = state.store.as_ref().map(AppStatusStore::view);
    let status_gaps = status.as_ref().and_then(|status| status.current()).map(|current| (&**current).into());
    json(&BusAnswer { bus: state.sampler.as_ref().map(Sampler::latest), barriers, commits, status_gaps })
}
