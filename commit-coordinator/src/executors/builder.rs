//! Setting a heartbeat receiver up.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::bounded;
use listener_bus::{LiveListenerBus, Poster, SchedulerEvent};
use thiserror::Error;

use super::removal::Numbers;
use super::roster::Roster;
use super::{HeartbeatReceiver, Shared, beat_every, watch};
use crate::coordinator::OutputCommitCoordinator;
use crate::sync::Mutex;

/// After so many signs of life that did not come, another process may have the name.
const BEATS_UNTIL_FREE: u32 = 3;

/// A heartbeat receiver that cannot be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HeartbeatReceiverError {
    /// Every executor would be lost at once.
    #[error("the time after which executors of commit coordinator {coordinator} are lost is zero")]
    Zero {
        /// The coordinator.
        coordinator: String,
    },
    /// The thread could not be started.
    #[error("cannot start the thread that watches the executors of commit coordinator {coordinator}")]
    Spawn {
        /// The coordinator.
        coordinator: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Sets a [`HeartbeatReceiver`] up.
#[must_use = "it does nothing before `build`"]
pub struct HeartbeatReceiverBuilder {
    coordinator: OutputCommitCoordinator,
    lost_after: Duration,
    bus: Option<Poster<SchedulerEvent>>,
}

impl fmt::Debug for HeartbeatReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeartbeatReceiverBuilder")
            .field("lost_after", &self.lost_after)
            .finish_non_exhaustive()
    }
}

impl HeartbeatReceiverBuilder {
    pub(super) fn new(coordinator: OutputCommitCoordinator) -> Self {
        Self { coordinator, lost_after: Duration::from_mins(2), bus: None }
    }

    /// An executor is taken for lost when nothing was heard of it for so long. Defaults to 2 minutes, as Spark's
    /// `spark.network.timeout`.
    pub fn lost_after(mut self, time: Duration) -> Self {
        self.lost_after = time;
        self
    }

    /// Tells the listeners of this bus of executors that come and go: `ExecutorAdded` and `ExecutorRemoved`. Nothing depends
    /// on what a bus carries, and a full one delays nobody. The bus is not kept alive.
    pub fn announce_on(mut self, bus: &LiveListenerBus<SchedulerEvent>) -> Self {
        self.bus = Some(bus.poster());
        self
    }

    /// Builds the receiver, and starts the thread that watches the time.
    ///
    /// # Errors
    /// [`HeartbeatReceiverError`].
    pub fn build(self) -> Result<HeartbeatReceiver, HeartbeatReceiverError> {
        let Self { coordinator, lost_after, bus } = self;
        let name = coordinator.name().to_owned();
        if lost_after.is_zero() {
            return Err(HeartbeatReceiverError::Zero { coordinator: name });
        }
        let (watch, woken) = bounded(1);
        let roster = Mutex::new(Roster::new(beat_every(lost_after).saturating_mul(BEATS_UNTIL_FREE)));
        let numbers = Numbers::new(&name);
        let shared = Arc::new(Shared { coordinator, lost_after, bus, roster, numbers, watch });
        match watch::start(&name, woken, Arc::downgrade(&shared)) {
            Ok(()) => Ok(HeartbeatReceiver { shared }),
            Err(source) => Err(HeartbeatReceiverError::Spawn { coordinator: name, source }),
        }
    }
}
