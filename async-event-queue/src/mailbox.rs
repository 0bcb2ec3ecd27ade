//! One queue's state behind its lock, and the waits on it.

mod receiver;

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use crossbeam::channel::Sender;
use crossbeam::utils::CachePadded;

use crate::lanes::{Entry, Lanes};
use crate::options::{EventClass, Limits};
use crate::posted::DropReason;
use crate::progress::Progress;
use crate::roster::{ListenerStats, Seat};
use crate::signal::Signal;
use crate::state::{Offer, Phase, QueueState, Tally};
use crate::stuck::Stuck;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard, lock, thread};

pub(crate) use receiver::{Errand, Received, give_back};

/// A listener on its way back to whoever removed it.
pub(crate) type Returned = Box<dyn Any + Send>;

/// A change of the listeners, made by the dispatch thread between two events.
pub(crate) enum Command<E> {
    Add(Seat<E>),
    Remove { listener: u64, back: Sender<Returned> },
}

/// What the lock protects.
pub(crate) struct Desk<E> {
    pub(crate) queue: QueueState<E>,
    /// The listeners, while no dispatch thread has them: before the start and after the end.
    parked: Vec<Seat<E>>,
    commands: Vec<Command<E>>,
    /// The listeners that have not been removed, in calling order.
    pub(crate) listeners: Vec<Arc<ListenerStats>>,
    /// Listeners removed for their panics, until asked for.
    evicted: Vec<Seat<E>>,
    dispatcher: Dispatcher,
    dispatcher_sleeps: bool,
    blocked_posters: usize,
    /// The call that the monitor found stuck, until the dispatch thread has logged it.
    pub(crate) stuck: Option<Stuck>,
}

/// Who has the listeners.
#[derive(Debug, PartialEq, Eq)]
enum Dispatcher {
    /// Nobody; they lie here.
    Nobody,
    /// A thread that is being started and will take them.
    Launched,
    /// This thread has taken them.
    Thread(thread::ThreadId),
}

/// What became of an offer, and what is left to do once no lock is held.
pub(crate) struct Offered<E> {
    pub(crate) offer: Offer<E>,
    /// The dispatch thread sleeps: call [`Mailbox::wake`].
    pub(crate) wake: bool,
    /// The queue has dropped nothing before.
    pub(crate) first_drop: bool,
    /// The dispatch thread has ended, so nobody else publishes the counters.
    pub(crate) late: bool,
}

/// A listener that is being removed.
pub(crate) enum Removed<E> {
    /// No dispatch thread had it.
    Now(Seat<E>),
    /// The dispatch thread gives it back after its current event.
    Soon,
}

pub(crate) struct Mailbox<E> {
    desk: Mutex<Desk<E>>,
    work: Condvar,
    /// Something others wait for has changed: room, emptiness or the end.
    changed: Signal,
    pub(crate) progress: CachePadded<Progress>,
    /// The dispatch thread should look at the desk before its next event. Set and cleared under the lock, so it
    /// orders nothing: a late look finds everything there.
    attention: CachePadded<AtomicBool>,
    /// Rises with whatever the dispatch thread might wait for; it watches this for a moment before it sleeps.
    bell: CachePadded<AtomicU64>,
}

impl<E> Mailbox<E> {
    pub(crate) fn new(limits: Limits, joined_at: u64) -> Self {
        let desk = Desk {
            queue: QueueState::new(limits, joined_at),
            parked: Vec::new(),
            commands: Vec::new(),
            listeners: Vec::new(),
            evicted: Vec::new(),
            dispatcher: Dispatcher::Nobody,
            dispatcher_sleeps: false,
            blocked_posters: 0,
            stuck: None,
        };
        Self {
            desk: Mutex::new(desk),
            work: Condvar::new(),
            changed: Signal::default(),
            progress: CachePadded::new(Progress::new()),
            attention: CachePadded::new(AtomicBool::new(false)),
            bell: CachePadded::new(AtomicU64::new(0)),
        }
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk<E>> {
        lock(&self.desk)
    }

    /// Tells the dispatch thread that there is something to do; true if it must be woken for it.
    fn ring(&self, desk: &mut Desk<E>) -> bool {
        self.bell.store(self.bell.load(Ordering::Relaxed) + 1, Ordering::Release);
        std::mem::take(&mut desk.dispatcher_sleeps)
    }

    fn call_attention(&self, desk: &mut Desk<E>) {
        self.attention.store(true, Ordering::Relaxed);
        if self.ring(desk) {
            self.work.notify_one();
        }
    }

    pub(crate) fn wake(&self) {
        self.work.notify_one();
    }

    pub(crate) fn offer(&self, class: EventClass, entry: Entry<E>) -> Offered<E> {
        let mut desk = self.desk();
        let begun = self.progress.begun();
        let offer = desk.queue.offer(class, entry, begun);
        let (wake, first_drop) = match &offer {
            Offer::Queued => (self.ring(&mut desk), false),
            Offer::Evicted(_) | Offer::Dropped(_) => (false, desk.queue.tally().dropped.total() == 1),
        };
        Offered { offer, wake, first_drop, late: desk.queue.phase() == Phase::Stopped }
    }

    /// Whether a post would have to wait for this queue now.
    pub(crate) fn is_blocked_for(&self, class: EventClass) -> bool {
        let desk = self.desk();
        desk.queue.accepts() && !desk.queue.has_room(class, self.progress.begun())
    }

    /// Waits until the queue has room or refuses everything, or the deadline has passed.
    pub(crate) fn wait_for_room(&self, class: EventClass, deadline: Instant) {
        self.desk().blocked_posters += 1;
        let _: Option<()> = self.changed.wait_for(&self.desk, deadline, |desk| {
            // The dispatch thread looks at the flag after each event; it is set again for each look that fails.
            self.attention.store(true, Ordering::Relaxed);
            let ready = !desk.queue.accepts() || desk.queue.has_room(class, self.progress.begun());
            ready.then_some(())
        });
        self.desk().blocked_posters -= 1;
    }

    pub(crate) fn charge(&self, reason: DropReason, events: u64) {
        self.desk().queue.charge(reason, events);
    }

    pub(crate) fn advance_to(&self, sequence: u64) {
        let mut desk = self.desk();
        desk.queue.advance_to(sequence);
        self.call_attention(&mut desk);
    }

    /// Adds a listener; gives it back if the queue takes none any more.
    pub(crate) fn add(&self, seat: Seat<E>) -> Result<(), Seat<E>> {
        let mut desk = self.desk();
        match desk.queue.phase() {
            Phase::Waiting => {
                desk.listeners.push(Arc::clone(&seat.stats));
                desk.parked.push(seat);
            }
            Phase::Running => {
                desk.listeners.push(Arc::clone(&seat.stats));
                desk.commands.push(Command::Add(seat));
                self.call_attention(&mut desk);
            }
            Phase::Draining | Phase::Discarding(_) | Phase::Stopped => return Err(seat),
        }
        Ok(())
    }

    /// Removes a listener; `None` if it is not here. The dispatch thread sends it to `back` if it had it.
    pub(crate) fn remove(&self, listener: u64, back: Sender<Returned>) -> Option<Removed<E>> {
        let mut desk = self.desk();
        let desk = &mut *desk;
        let listed = desk.listeners.iter().position(|stats| stats.id == listener);
        if let Some(index) = listed {
            desk.listeners.remove(index);
        }
        let is_here = |seat: &Seat<E>| seat.stats.id == listener;
        if let Some(index) = desk.evicted.iter().position(is_here) {
            return Some(Removed::Now(desk.evicted.remove(index)));
        }
        // A thread that is being started takes them over, and closes this one.
        if desk.dispatcher == Dispatcher::Nobody || desk.queue.phase() == Phase::Stopped {
            let index = desk.parked.iter().position(is_here)?;
            return Some(Removed::Now(desk.parked.remove(index)));
        }
        listed?;
        desk.commands.push(Command::Remove { listener, back });
        self.call_attention(desk);
        Some(Removed::Soon)
    }

    /// Claims the right to start the dispatch thread; false if it has been claimed before.
    pub(crate) fn launch(&self) -> bool {
        let mut desk = self.desk();
        let first = desk.dispatcher == Dispatcher::Nobody && desk.queue.phase() == Phase::Waiting;
        if first {
            desk.dispatcher = Dispatcher::Launched;
        }
        first
    }

    /// The claimed thread could not be started.
    pub(crate) fn launch_failed(&self) {
        self.desk().dispatcher = Dispatcher::Nobody;
    }

    /// Refuses new events from here on; cannot fail, and needs no place in the queue.
    pub(crate) fn drain(&self) {
        let mut desk = self.desk();
        desk.queue.drain();
        self.call_attention(&mut desk);
        drop(desk);
        self.changed.notify_all();
    }

    /// Drops what waits; the events are given back, to be let go without a lock.
    pub(crate) fn discard(&self, reason: DropReason) -> Lanes<E> {
        let mut desk = self.desk();
        let lanes = self.discard_at(&mut desk, reason);
        drop(desk);
        self.changed.notify_all();
        lanes
    }

    /// As [`discard`](Self::discard), if no listener is left; `None` if one is, or the queue is ending anyhow.
    pub(crate) fn discard_if_deserted(&self, reason: DropReason) -> Option<Lanes<E>> {
        let mut desk = self.desk();
        if !desk.listeners.is_empty() || !desk.queue.accepts() {
            return None;
        }
        let lanes = self.discard_at(&mut desk, reason);
        drop(desk);
        self.changed.notify_all();
        Some(lanes)
    }

    fn discard_at(&self, desk: &mut Desk<E>, reason: DropReason) -> Lanes<E> {
        let lanes = desk.queue.discard(reason);
        match desk.dispatcher {
            Dispatcher::Nobody => desk.queue.end(),
            Dispatcher::Launched | Dispatcher::Thread(_) => self.call_attention(desk),
        }
        lanes
    }

    /// The monitor has seen the dispatch thread inside one call for long; it logs that when it comes out.
    pub(crate) fn note_stuck(&self, stuck: Stuck) {
        let mut desk = self.desk();
        desk.stuck = Some(stuck);
        self.attention.store(true, Ordering::Relaxed);
    }

    pub(crate) fn forget_stuck(&self) -> Option<Stuck> {
        self.desk().stuck.take()
    }

    pub(crate) fn is_dispatch_thread(&self) -> bool {
        self.desk().dispatcher == Dispatcher::Thread(thread::current().id())
    }

    pub(crate) fn dispatch_thread(&self) -> Option<thread::ThreadId> {
        match self.desk().dispatcher {
            Dispatcher::Nobody | Dispatcher::Launched => None,
            Dispatcher::Thread(id) => Some(id),
        }
    }

    pub(crate) fn is_asleep(&self) -> bool {
        let desk = self.desk();
        desk.dispatcher_sleeps
            || desk.dispatcher == Dispatcher::Nobody
            || desk.queue.phase() == Phase::Stopped
    }

    pub(crate) fn has_ended(&self) -> bool {
        has_ended(&mut self.desk()).is_some()
    }

    pub(crate) fn tally(&self) -> Tally {
        self.desk().queue.tally()
    }

    /// Events accepted and neither delivered nor dropped.
    pub(crate) fn pending(&self, desk: &Desk<E>) -> u64 {
        let tally = desk.queue.tally();
        tally.posted.saturating_sub(tally.dropped.total()).saturating_sub(self.progress.finished())
    }

    pub(crate) fn wait_until_empty(&self, deadline: Instant) -> Result<(), u64> {
        self.changed
            .wait_for(&self.desk, deadline, |desk| (self.pending(desk) == 0).then_some(()))
            .ok_or_else(|| self.pending(&self.desk()))
    }

    pub(crate) fn wait_ended(&self, deadline: Instant) -> bool {
        self.changed.wait_for(&self.desk, deadline, has_ended).is_some()
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_until_empty_async(&self, deadline: Instant) -> Result<(), u64> {
        self.changed
            .wait_for_async(&self.desk, deadline, |desk| (self.pending(desk) == 0).then_some(()))
            .await
            .ok_or_else(|| self.pending(&self.desk()))
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_ended_async(&self, deadline: Instant) -> bool {
        self.changed.wait_for_async(&self.desk, deadline, has_ended).await.is_some()
    }
}

fn has_ended<E>(desk: &mut Desk<E>) -> Option<()> {
    (desk.queue.phase() == Phase::Stopped).then_some(())
}
