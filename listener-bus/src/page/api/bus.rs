//! What Spark's API does not have: the bus, the barriers that are waited for, and who may commit.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, json};
use crate::coordination::{CommitsSnapshot, WaitingRound};
use crate::page::BusView;
use crate::page::samples::Sampler;
use crate::page::state::PageState;

#[derive(Serialize)]
struct BusAnswer {
    /// `null` where no bus is shown.
    bus: Option<Arc<BusView>>,
    /// The rounds that somebody waits for, the longest wait first.
    barriers: Vec<WaitingRound>,
    /// One for each coordinator.
    commits: Vec<CommitsSnapshot>,
}

pub(super) async fn bus(State(state): State<Arc<PageState>>) -> Answer {
    let mut barriers: Vec<_> = state.barriers.iter().flat_map(|rounds| rounds.waiting_rounds()).collect();
    barriers.sort_by_key(|round| std::cmp::Reverse(round.waiting_millis));
    let commits = state.commits.iter().map(|decisions| decisions.commits()).collect();
    json(&BusAnswer { bus: state.sampler.as_ref().map(Sampler::latest), barriers, commits })
}
