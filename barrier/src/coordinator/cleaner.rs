//! Listens to the bus, and clears the stage attempts that are completed.

use std::sync::{Arc, Weak};

use listener_bus::events::StageCompleted;
use listener_bus::{
    AddListenerError, Gap, ListenerHandle, LiveListenerBus, RemoveListenerError, SchedulerEvent,
    SchedulerListener, WeakListenerBus,
};

use crate::error::BarrierError;
use crate::registry::Registry;
use crate::task::StageAttempt;

/// Our listener on a bus.
#[derive(Debug)]
pub(crate) struct Cleaner {
    bus: WeakListenerBus<SchedulerEvent>,
    handle: ListenerHandle<BarrierListener>,
}

/// Clears the barrier state of stage attempts that are completed.
#[derive(Debug)]
pub(crate) struct BarrierListener {
    registry: Weak<Registry>,
}

impl Cleaner {
    pub(crate) fn listen(
        bus: &LiveListenerBus<SchedulerEvent>,
        registry: &Arc<Registry>,
    ) -> Result<Self, AddListenerError> {
        let handle = bus.add_to_status_queue(BarrierListener { registry: Arc::downgrade(registry) })?;
        Ok(Self { bus: bus.downgrade(), handle })
    }

    /// Leaves the bus, without waiting for an event that is being handled.
    pub(crate) fn leave(self) {
        let Some(bus) = self.bus.upgrade() else { return };
        match bus.remove_listener(&self.handle) {
            // The listener may be inside an event; its queue drops it after that.
            Ok(removal) => drop(removal),
            Err(RemoveListenerError::Unknown { listener, queue }) => {
                tracing::debug!(listener, queue, "the barrier listener has left before");
            }
            Err(error) => tracing::warn!(%error, "the barrier listener cannot leave the bus"),
        }
    }
}

impl SchedulerListener for BarrierListener {
    fn on_stage_completed(&mut self, event: &StageCompleted) {
        let Some(registry) = self.registry.upgrade() else { return };
        let info = &event.stage_info;
        let stage_attempt = StageAttempt { stage_id: info.stage_id, attempt_id: info.stage_attempt_id };
        if let Some(gang) = registry.get(stage_attempt) {
            gang.kill(&BarrierError::StageCompleted { stage_attempt });
        }
    }

    fn on_gap(&mut self, gap: &Gap) {
        tracing::debug!(
            ?gap,
            "stages may have been completed unheard; their barrier state goes when it is idle"
        );
    }
}
