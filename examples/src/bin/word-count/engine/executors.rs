//! Executors: each a few slots, and each slot a thread that runs one task at a time.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use listener_bus::events::ExecutorId;

/// What a slot is given to do.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// An executor as its tasks see it.
pub(crate) struct Executor {
    pub(crate) id: ExecutorId,
    is_lost: AtomicBool,
}

/// All executors and their slots. Dropped, it waits until their threads have ended.
#[derive(Default)]
pub(crate) struct Executors {
    slots: BTreeMap<usize, Slot>,
    free: Vec<usize>,
    /// How many tasks each executor is at.
    busy: BTreeMap<ExecutorId, usize>,
    /// The threads of executors that were removed.
    lost: Vec<JoinHandle<()>>,
    /// Executors there have ever been.
    added: usize,
}

struct Slot {
    executor: Arc<Executor>,
    inbox: SyncSender<Work>,
    thread: JoinHandle<()>,
}

/// Tells a task to end. It has to look: nobody can stop a thread.
#[derive(Default)]
pub(crate) struct KillSwitch {
    is_killed: Mutex<bool>,
    changed: Condvar,
}

impl Executor {
    /// It is gone: nothing is heard of its tasks any more. Answers whether it was there.
    pub(crate) fn lose(&self) -> bool {
        !self.is_lost.swap(true, Ordering::SeqCst)
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::SeqCst)
    }
}

impl Executors {
    /// Adds an executor, named after how many there have been before.
    pub(crate) fn add(&mut self, slots: usize) -> io::Result<ExecutorId> {
        let id = ExecutorId::from(self.added.to_string());
        let executor = Arc::new(Executor { id: id.clone(), is_lost: AtomicBool::new(false) });
        self.added += 1;
        for slot in 0..slots {
            // One task at a time: it is taken at once.
            let (inbox, work) = sync_channel::<Work>(1);
            let name = format!("executor-{id}-slot-{slot}");
            let thread = Builder::new().name(name).spawn(move || work.iter().for_each(|work| work()))?;
            let number = self.slots.keys().next_back().map_or(0, |last| last + 1);
            self.slots.insert(number, Slot { executor: Arc::clone(&executor), inbox, thread });
            self.free.push(number);
        }
        Ok(id)
    }

    /// Takes a free slot: one of the executor that has the least to do.
    pub(crate) fn take(&mut self) -> Option<(usize, Arc<Executor>)> {
        let busy = |slot: &usize| self.slots.get(slot).and_then(|slot| self.busy.get(&slot.executor.id));
        let (place, _) = self.free.iter().enumerate().min_by_key(|(_, slot)| busy(slot).copied())?;
        let slot = self.free.swap_remove(place);
        let executor = Arc::clone(&self.slots.get(&slot)?.executor);
        *self.busy.entry(executor.id.clone()).or_default() += 1;
        Some((slot, executor))
    }

    pub(crate) fn start(&self, slot: usize, work: Work) {
        if let Some(slot) = self.slots.get(&slot) {
            // Its thread lives as long as the inbox.
            drop(slot.inbox.send(work));
        }
    }

    pub(crate) fn give_back(&mut self, slot: usize) {
        if let Some(Slot { executor, .. }) = self.slots.get(&slot) {
            self.free.push(slot);
            self.busy.entry(executor.id.clone()).and_modify(|busy| *busy -= 1);
        }
    }

    /// Removes an executor; answers how many slots it had. What its threads are at, they end by themselves.
    pub(crate) fn remove(&mut self, id: &ExecutorId) -> usize {
        let removed = self.slots.extract_if(.., |_, slot| slot.executor.id == *id).collect::<Vec<_>>();
        self.free.retain(|slot| self.slots.contains_key(slot));
        self.busy.remove(id);
        let slots = removed.len();
        self.lost.extend(removed.into_iter().map(|(_, slot)| slot.thread));
        slots
    }

    /// Waits until the threads of lost executors have ended. Those of a lost process could still write, too late, what
    /// nobody will read; these are threads of this one, and its output is to be tidy.
    pub(crate) fn wait_for_lost(&mut self) {
        for thread in self.lost.drain(..) {
            // A task that panics is caught, and told as its end.
            drop(thread.join());
        }
    }

    /// The executors that are there, and how many slots each has.
    pub(crate) fn list(&self) -> BTreeMap<ExecutorId, usize> {
        let mut list = BTreeMap::new();
        for slot in self.slots.values() {
            *list.entry(slot.executor.id.clone()).or_default() += 1;
        }
        list
    }
}

impl Drop for Executors {
    fn drop(&mut self) {
        let slots = std::mem::take(&mut self.slots);
        self.lost.extend(slots.into_values().map(|slot| slot.thread));
        self.wait_for_lost();
    }
}

impl KillSwitch {
    pub(crate) fn kill(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_killed(&self) -> bool {
        *self.lock()
    }

    /// Waits for so long, or until it is killed.
    pub(crate) fn pause(&self, time: Duration) {
        let paused = self.changed.wait_timeout_while(self.lock(), time, |is_killed| !*is_killed);
        drop(paused.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_killed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
