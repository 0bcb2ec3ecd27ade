//! A gang elsewhere.

use std::sync::Arc;
use std::time::Instant;

use listener_bus::events::PartitionId;

use super::Client;
use crate::answer::Answer;
use crate::error::BarrierError;
use crate::link::Link;
use crate::state::Request;
use crate::task::StageAttempt;

/// The way to a gang elsewhere.
#[derive(Debug)]
pub(super) struct RemoteGang {
    pub(super) client: Arc<Client>,
    pub(super) id: StageAttempt,
    pub(super) end: Arc<Answer>,
}

impl Link for RemoteGang {
    fn arrive(&self, request: Request<'_>) -> Result<Arc<Answer>, BarrierError> {
        let now = request.entered.unwrap_or_else(Instant::now);
        self.client.core.with(|book| book.arrive(request, now))
    }

    fn withdraw(&self, partition: PartitionId, epoch: u64) {
        self.client.core.with(|book| book.withdraw(self.id, partition, epoch));
    }

    fn abort(&self, by: PartitionId, reason: Arc<str>) {
        self.client.core.with(|book| book.abort(self.id, by, reason)).carry_out();
    }

    fn end(&self) -> &Arc<Answer> {
        &self.end
    }

    fn release(&self, partition: PartitionId) {
        self.client.core.with(|book| book.release(self.id, partition));
    }
}
