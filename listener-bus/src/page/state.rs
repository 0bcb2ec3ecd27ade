//! What the page and the API are made of.

use super::samples::Sampler;
use super::stream::{EventStream, Seats};
use crate::coordination::{BarrierRounds, CommitDecisions};
use crate::status::AppStatusStore;

#[derive(Default)]
pub(super) struct PageState {
    pub(super) store: Option<AppStatusStore>,
    pub(super) barriers: Vec<Box<dyn BarrierRounds>>,
    pub(super) commits: Vec<Box<dyn CommitDecisions>>,
    pub(super) sampler: Option<Sampler>,
    pub(super) stream: Option<EventStream>,
    pub(super) seats: Seats,
}

impl std::fmt::Debug for PageState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageState").field("store", &self.store.is_some()).finish_non_exhaustive()
    }
}
