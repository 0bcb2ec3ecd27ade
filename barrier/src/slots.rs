//! The slots that gangs run in: all of a gang's, or none.

mod builder;
mod error;
mod ledger;
mod line;

use std::fmt;
use std::sync::Arc;

use listener_bus::events::ExecutorId;

use crate::pace::OnThread;
use crate::sync::{Mutex, MutexGuard, lock};
use ledger::{Ledger, Look, Place};

pub use builder::SlotPoolBuilder;
pub use error::{SlotPoolError, SlotsError};
pub use line::SlotWait;

/// The slots of some executors, each good for one task at a time.
///
/// A cheap handle. Slots are handed out to a whole gang or not at all, and first come, first served: two gangs never
/// hold halves, and a large gang is not passed over for ever by small ones. A gang that the whole pool is too small for
/// keeps nobody waiting.
///
/// Executors are names here: whoever holds the slots runs the tasks.
#[derive(Clone)]
pub struct SlotPool {
    shared: Arc<Shared>,
}

struct Shared {
    cpus_per_task: usize,
    ledger: Mutex<Ledger>,
}

/// A pool at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotSnapshot {
    /// Slots of all executors, free or not.
    pub total: usize,
    /// Slots that are free.
    pub free: usize,
    /// Gangs that wait for slots, also those that the pool is too small for.
    pub waiting: usize,
}

/// All the slots of a gang.
#[derive(Debug)]
#[must_use = "dropping it gives the slots back"]
pub struct SlotGrant {
    slots: Vec<Slot>,
}

/// One slot; dropped, it is free again.
#[must_use = "dropping it gives the slot back"]
pub struct Slot {
    pool: SlotPool,
    place: Place,
}

impl fmt::Debug for SlotPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SlotSnapshot { total, free, waiting } = self.snapshot();
        f.debug_struct("SlotPool")
            .field("total", &total)
            .field("free", &free)
            .field("waiting", &waiting)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("place", &self.place).finish_non_exhaustive()
    }
}

impl SlotPool {
    /// A pool of one executor "driver" on the host "localhost", with so many slots.
    pub fn local(slots: usize) -> Self {
        let mut ledger = Ledger::default();
        ledger.add(ExecutorId::from("driver"), Arc::from("localhost"), slots);
        Self::new(1, ledger)
    }

    /// Sets a pool of several executors up.
    pub fn builder() -> SlotPoolBuilder {
        SlotPoolBuilder::new()
    }

    fn new(cpus_per_task: usize, ledger: Ledger) -> Self {
        Self { shared: Arc::new(Shared { cpus_per_task, ledger: Mutex::new(ledger) }) }
    }

    /// Adds an executor with so many processor cores. Whoever waits for slots sees it at once.
    ///
    /// # Errors
    /// [`SlotPoolError::ExecutorExists`].
    pub fn add_executor(
        &self,
        id: impl Into<ExecutorId>,
        host: impl Into<Arc<str>>,
        cores: usize,
    ) -> Result<(), SlotPoolError> {
        let executor_id = id.into();
        let slots = cores / self.shared.cpus_per_task;
        let added = self.ledger().add(executor_id.clone(), host.into(), slots);
        self.wake();
        if added { Ok(()) } else { Err(SlotPoolError::ExecutorExists { executor_id }) }
    }

    /// Removes an executor with all its slots; answers whether it was there. Tasks in its slots are left alone, and
    /// what they give back is gone.
    pub fn remove_executor(&self, id: &str) -> bool {
        let removed = self.ledger().remove(id);
        // Whoever waits in vain now is told so, and those behind may be first.
        self.wake();
        removed
    }

    /// What there is, what is free and who waits.
    pub fn snapshot(&self) -> SlotSnapshot {
        let ledger = self.ledger();
        SlotSnapshot { total: ledger.total(), free: ledger.free(), waiting: ledger.waiting() }
    }

    /// Takes so many slots, if they are free and nobody has asked before.
    pub fn try_acquire(&self, slots: usize) -> Option<SlotGrant> {
        let mut ledger = self.ledger();
        let ticket = ledger.join(slots);
        let look = ledger.look(ticket, slots);
        let never_woken = ledger.leave(ticket);
        drop(ledger);
        drop(never_woken);
        match look {
            Look::Granted(places) => Some(self.grant(places)),
            Look::Busy | Look::Short { .. } => None,
        }
    }

    /// Waits for so many slots.
    ///
    /// # Errors
    /// [`SlotsError`].
    ///
    /// # Blocking
    /// As long as [`SlotWait`] says: for a pool that is too small, the interval times the number of checks that may
    /// fail; for slots that others hold, its timeout.
    pub fn acquire(&self, slots: usize, wait: SlotWait) -> Result<SlotGrant, SlotsError> {
        let pace = OnThread::default();
        pace.drive(self.acquire_at(&pace, slots, wait))
    }

    fn grant(&self, places: Vec<Place>) -> SlotGrant {
        let slot = |place| Slot { pool: self.clone(), place };
        SlotGrant { slots: places.into_iter().map(slot).collect() }
    }

    /// Lets those who wait look again; not to be called with the lock held.
    fn wake(&self) {
        let wakers = self.ledger().wakers();
        for waker in wakers {
            waker.wake();
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.shared.ledger)
    }
}

impl SlotGrant {
    /// The slots, by partition.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The slots one by one, by partition, to be given back one by one.
    pub fn into_slots(self) -> Vec<Slot> {
        self.slots
    }
}

impl Slot {
    /// The executor it belongs to.
    pub fn executor_id(&self) -> &ExecutorId {
        &self.place.executor_id
    }

    /// The executor's host.
    pub fn host(&self) -> &Arc<str> {
        &self.place.host
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.pool.ledger().give_back(self.place.executor);
        self.pool.wake();
    }
}
