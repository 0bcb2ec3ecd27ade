//! Setting a coordinator up.

use std::sync::Arc;
use std::time::Duration;

use super::BarrierCoordinator;
use crate::attempt::Common;
use crate::error::BuildError;
use crate::registry::Registry;
use crate::settings::{Patience, Settings};
use crate::tally::Tally;
use crate::watch::{self, Alarm};

/// Sets a [`BarrierCoordinator`] up.
#[derive(Clone, Debug)]
pub struct BarrierCoordinatorBuilder {
    name: String,
    settings: Settings,
}

impl Default for BarrierCoordinatorBuilder {
    fn default() -> Self {
        Self { name: "barrier".to_owned(), settings: Settings::default() }
    }
}

impl BarrierCoordinatorBuilder {
    /// The coordinator's name: the `coordinator` label in metrics. Defaults to `barrier`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How long a round may be waited for, from its first arrival; as `spark.barrier.sync.timeout`, which is a year.
    /// Defaults to 10 minutes.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Patience::AtMost(timeout);
        self
    }

    /// Lets rounds be waited for until they end by themselves: a task that never comes and is never missed keeps its
    /// gang waiting until the gang is aborted or cleared.
    #[must_use]
    pub fn without_timeout(mut self) -> Self {
        self.settings.timeout = Patience::Unlimited;
        self
    }

    /// A stage attempt that nobody has used for so long is cleared: no task waits, no context is alive in this process,
    /// and no task elsewhere gives signs of life. It goes after once to twice that time. What ended is remembered as
    /// long, to answer stragglers. Defaults to 1 hour.
    #[must_use]
    pub fn idle_ttl(mut self, time: Duration) -> Self {
        self.settings.idle_ttl = time;
        self
    }

    /// How often the log says that a task waits. Defaults to 1 minute.
    #[must_use]
    pub fn log_waiting_every(mut self, time: Duration) -> Self {
        self.settings.log_waiting_every = time;
        self
    }

    /// The largest message of an `all_gather`, in bytes. Defaults to 4 MiB.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_message_bytes = bytes;
        self
    }

    /// The largest size of all messages of an `all_gather` together, in bytes. Defaults to 256 MiB.
    #[must_use]
    pub fn max_round_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_round_bytes = bytes;
        self
    }

    /// The largest number of tasks of a gang. Defaults to 65 536 tasks.
    #[must_use]
    pub fn max_tasks(mut self, tasks: usize) -> Self {
        self.settings.max_tasks = tasks;
        self
    }

    /// Builds the coordinator, and starts the thread that watches its timeouts.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(self) -> Result<BarrierCoordinator, BuildError> {
        let Self { name, settings } = self;
        if let Some(setting) = settings.zero() {
            return Err(BuildError::Zero { coordinator: name, setting });
        }
        let common = Arc::new(Common { settings, tally: Tally::new(&name), alarm: Alarm::new() });
        let registry = Arc::new(Registry::new(Arc::clone(&common)));
        if let Err(source) = watch::start(&name, Arc::downgrade(&registry), common) {
            return Err(BuildError::Spawn { coordinator: name, source });
        }
        Ok(BarrierCoordinator::new(name, registry))
    }
}
