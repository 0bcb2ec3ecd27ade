//! Where posters and the dispatch thread of one queue meet.

mod listeners;
mod receiver;
mod waits;

use std::any::Any;
use std::sync::Arc;

use crossbeam::channel::Sender;
use crossbeam::utils::CachePadded;

use crate::log::{Inbox, Leftover};
use crate::posted::DropReason;
use crate::progress::Progress;
use crate::roster::{ListenerStats, Seat};
use crate::signal::Signal;
use crate::sleeper::Sleeper;
use crate::stuck::Stuck;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard, lock, thread};

pub(crate) use receiver::{Errand, Received, give_back};
pub(crate) use waits::{Ending, Stopper};

/// A listener on its way back to whoever removed it.
pub(crate) type Returned = Box<dyn Any + Send>;

/// Where a queue is in its life. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Accepts and delivers, once it has a dispatch thread.
    Running,
    /// Refuses new events; what is queued is still delivered. This phase is the poison pill: it lies before the number
    /// `until`, needs no place in the queue and cannot fail to get in.
    Draining { until: u64 },
    /// Refuses everything; what was queued has been dropped, and the dispatch thread ends once its listener returns.
    Discarding { until: u64, reason: DropReason },
    /// The dispatch thread has ended.
    Stopped(Ended),
}

/// How a queue has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All it had taken in was delivered.
    Drained,
    /// Something was dropped instead, at a deadline or with the last listener.
    CutOff,
    /// Its thread died.
    Died,
}

/// A change of the listeners, made by the dispatch thread between two events.
pub(crate) enum Command<E> {
    Add(Seat<E>),
    Remove { listener: u64, back: Sender<Returned> },
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

/// What the dispatch thread is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Working,
    /// It waits to be rung.
    Asleep,
    /// It is inside a stop that one of its listeners has called.
    Stopping,
}

/// What the lock protects.
pub(crate) struct Desk<E> {
    phase: Phase,
    /// Events claimed by the dispatch thread so far.
    claimed: u64,
    /// Events taken in and dropped all the same, other than by eviction.
    lost: u64,
    /// All events before this number have been handled or dropped.
    done: u64,
    /// The listeners, while no dispatch thread has them: before the start and after the end.
    parked: Vec<Seat<E>>,
    commands: Vec<Command<E>>,
    /// The listeners that have not been removed, in calling order.
    pub(crate) listeners: Vec<Arc<ListenerStats>>,
    /// Listeners removed for their panics, until asked for.
    evicted: Vec<Seat<E>>,
    dispatcher: Dispatcher,
    activity: Activity,
    blocked_posters: usize,
    /// The call that the monitor found stuck, until the dispatch thread has logged it.
    pub(crate) stuck: Option<Stuck>,
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
    /// What posters hand over; they never take the desk's lock.
    pub(crate) inbox: Arc<Inbox<E>>,
    sleeper: Sleeper,
    /// Something others wait for has changed: room, emptiness or the end.
    changed: Signal,
    pub(crate) progress: CachePadded<Progress>,
    /// The dispatch thread should look at the desk before its next event. Set and cleared under the lock, so it
    /// orders nothing: a late look finds everything there.
    attention: CachePadded<AtomicBool>,
}

impl<E> Mailbox<E> {
    pub(crate) fn new(inbox: Inbox<E>) -> Self {
        let desk = Desk {
            phase: Phase::Running,
            claimed: 0,
            lost: 0,
            done: 0,
            parked: Vec::new(),
            commands: Vec::new(),
            listeners: Vec::new(),
            evicted: Vec::new(),
            dispatcher: Dispatcher::Nobody,
            activity: Activity::Working,
            blocked_posters: 0,
            stuck: None,
        };
        Self {
            desk: Mutex::new(desk),
            inbox: Arc::new(inbox),
            sleeper: Sleeper::default(),
            changed: Signal::default(),
            progress: CachePadded::new(Progress::new()),
            attention: CachePadded::new(AtomicBool::new(false)),
        }
    }

    pub(crate) fn head(&self) -> u64 {
        self.inbox.head().get()
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk<E>> {
        lock(&self.desk)
    }

    /// Has the dispatch thread look at the desk before its next event. The flag is set under the desk's lock.
    fn call_attention(&self, _: &mut Desk<E>) {
        self.attention.store(true, Ordering::Relaxed);
        self.wake();
    }

    #[inline]
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention.load(Ordering::Relaxed)
    }

    /// Wakes the dispatch thread, or keeps it from falling asleep.
    pub(crate) fn wake(&self) {
        self.sleeper.ring();
    }

    pub(crate) fn accepts(&self) -> bool {
        self.desk().phase == Phase::Running
    }

    /// Ends the queue before the number `until`; cannot fail, and needs no place in the queue.
    pub(crate) fn drain(&self, until: u64) {
        let mut desk = self.desk();
        if desk.phase == Phase::Running {
            desk.phase = Phase::Draining { until };
        }
        self.call_attention(&mut desk);
        drop(desk);
        self.changed.notify_all();
    }

    /// Drops what waits before the number `until`, of the `admitted` events; answers how many those are. What the
    /// dispatch thread has claimed already it drops and counts itself.
    pub(crate) fn discard(&self, reason: DropReason, until: u64, admitted: u64) -> (u64, Leftover<E>) {
        let mut desk = self.desk();
        let discarded = self.discard_at(&mut desk, reason, until, admitted);
        drop(desk);
        self.changed.notify_all();
        discarded
    }

    /// As [`discard`](Self::discard), if no listener is left; `None` if one is, or the queue is ending anyhow. One look,
    /// so that no listener can come in between.
    pub(crate) fn discard_if_deserted(&self, until: u64, admitted: u64) -> Option<(u64, Leftover<E>)> {
        let mut desk = self.desk();
        if !desk.listeners.is_empty() || desk.phase != Phase::Running {
            return None;
        }
        let discarded = self.discard_at(&mut desk, DropReason::NoListener, until, admitted);
        drop(desk);
        self.changed.notify_all();
        Some(discarded)
    }

    fn discard_at(
        &self,
        desk: &mut Desk<E>,
        reason: DropReason,
        until: u64,
        admitted: u64,
    ) -> (u64, Leftover<E>) {
        let until = match desk.phase {
            Phase::Running => until,
            Phase::Draining { until } => until,
            Phase::Discarding { .. } | Phase::Stopped(_) => return (0, Leftover::nothing()),
        };
        let unclaimed = admitted.saturating_sub(desk.claimed);
        desk.lost += unclaimed;
        desk.phase = Phase::Discarding { until, reason };
        let leftover = self.inbox.clear();
        match desk.dispatcher {
            Dispatcher::Nobody => {
                desk.phase = Phase::Stopped(if unclaimed > 0 { Ended::CutOff } else { Ended::Drained });
            }
            Dispatcher::Launched | Dispatcher::Thread(_) => self.call_attention(desk),
        }
        (unclaimed, leftover)
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

    pub(crate) fn is_asleep(&self) -> bool {
        let desk = self.desk();
        desk.activity == Activity::Asleep
            || desk.dispatcher == Dispatcher::Nobody
            || matches!(desk.phase, Phase::Stopped(_))
    }
}
