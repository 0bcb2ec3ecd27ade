//! What the gRPC service needs of a coordinator.

use std::sync::Arc;

use super::BarrierCoordinator;
use crate::attempt::Attempt;
use crate::settings::Settings;
use crate::task::StageAttempt;

impl BarrierCoordinator {
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.registry.common().settings
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.shared.registry.is_stopped()
    }

    /// The gang of this stage attempt, if there is one.
    pub(crate) fn gang(&self, stage_attempt: StageAttempt) -> Option<Arc<Attempt>> {
        self.shared.registry.get(stage_attempt)
    }
}
