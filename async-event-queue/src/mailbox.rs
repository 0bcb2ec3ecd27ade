//! Where posters and the dispatch thread of one queue meet.

mod listeners;
mod receiver;
mod waits;

use std::any::Any;
use std::sync::Arc;

use crossbeam::channel::Sender;
use crossbeam::utils::CachePadded;

use crate::lanes::Lanes;
use crate::listener::Gap;
use crate::log::Block;
use crate::posted::DropReason;
use crate::progress::Progress;
use crate::roster::{ListenerStats, Seat};
use crate::signal::Signal;
use crate::stuck::Stuck;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard, lock, thread};

pub(crate) use receiver::{Errand, Received, give_back};
pub(crate) use waits::{Ending, Stopper};

/// The number after the last event that every queue has been offered. Stored under the feed's lock, with `Release`,
/// after the event and whatever the queues need for it are in place; who reads it with `Acquire` finds them there.
pub(crate) type Head = Arc<CachePadded<AtomicU64>>;

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

/// Whether the dispatch thread sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sleep {
    /// It works, or is about to fall asleep.
    Awake,
    /// It waits to be rung.
    Asleep,
    /// Something has come up: it is being woken, or will not fall asleep.
    Rung,
}

/// What the lock protects.
pub(crate) struct Desk<E> {
    phase: Phase,
    /// Blocks with events for this queue that the dispatch thread has not fetched.
    blocks: Vec<Block<E>>,
    /// What was dropped, where the dispatch thread has not been told.
    gaps: Vec<Gap>,
    /// The waiting events, for a queue that may evict.
    pub(crate) lanes: Lanes,
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
    sleep: Sleep,
    blocked_posters: usize,
    /// The dispatch thread is inside a stop that one of its listeners has called.
    is_stopping: bool,
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

/// What nobody will handle, to be let go once no lock is held.
pub(crate) struct Leftover<E>(#[expect(dead_code, reason = "held to be dropped")] Vec<Block<E>>);

pub(crate) struct Mailbox<E> {
    desk: Mutex<Desk<E>>,
    work: Condvar,
    /// Something others wait for has changed: room, emptiness or the end.
    changed: Signal,
    pub(crate) progress: CachePadded<Progress>,
    /// The dispatch thread should look at the desk before its next event. Set and cleared under the lock, so it
    /// orders nothing: a late look finds everything there.
    attention: CachePadded<AtomicBool>,
    head: Head,
}

impl<E> Mailbox<E> {
    pub(crate) fn new(head: Head, joined_at: u64) -> Self {
        let desk = Desk {
            phase: Phase::Running,
            blocks: Vec::new(),
            gaps: Vec::new(),
            lanes: Lanes::default(),
            claimed: 0,
            lost: 0,
            done: joined_at,
            parked: Vec::new(),
            commands: Vec::new(),
            listeners: Vec::new(),
            evicted: Vec::new(),
            dispatcher: Dispatcher::Nobody,
            sleep: Sleep::Awake,
            blocked_posters: 0,
            is_stopping: false,
            stuck: None,
        };
        Self {
            desk: Mutex::new(desk),
            work: Condvar::new(),
            changed: Signal::default(),
            progress: CachePadded::new(Progress::new()),
            attention: CachePadded::new(AtomicBool::new(false)),
            head,
        }
    }

    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk<E>> {
        lock(&self.desk)
    }

    fn ring(&self, desk: &mut Desk<E>) {
        if std::mem::replace(&mut desk.sleep, Sleep::Rung) == Sleep::Asleep {
            self.work.notify_one();
        }
    }

    fn call_attention(&self, desk: &mut Desk<E>) {
        self.attention.store(true, Ordering::Relaxed);
        self.ring(desk);
    }

    /// Wakes the dispatch thread, or keeps it from falling asleep.
    pub(crate) fn wake(&self) {
        self.ring(&mut self.desk());
    }

    /// Hands over the block that has the next event for this queue.
    pub(crate) fn hand_over(&self, block: &Block<E>) {
        self.desk().blocks.push(block.clone());
    }

    /// As [`hand_over`](Self::hand_over), for a queue that evicts; gives back the blocks it needs no more, to be let go
    /// once no lock is held.
    pub(crate) fn hand_over_evicting(&self, block: &Block<E>) -> Vec<Block<E>> {
        let mut desk = self.desk();
        let desk = &mut *desk;
        desk.blocks.push(block.clone());
        desk.blocks.extract_if(.., |block| !desk.lanes.have_any(block.begin(), block.end())).collect()
    }

    /// Notes that `gap` was dropped, for the dispatch thread to tell.
    pub(crate) fn note_gap(&self, gap: Gap) {
        let mut desk = self.desk();
        match desk.gaps.last_mut() {
            Some(last) if last.last + 1 == gap.first => last.last = gap.last,
            Some(_) | None => desk.gaps.push(gap),
        }
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
            Phase::Discarding { .. } | Phase::Stopped(_) => return (0, Leftover(Vec::new())),
        };
        let unclaimed = admitted.saturating_sub(desk.claimed);
        desk.lost += unclaimed;
        desk.phase = Phase::Discarding { until, reason };
        let leftover = desk.clear();
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
        desk.sleep == Sleep::Asleep
            || desk.dispatcher == Dispatcher::Nobody
            || matches!(desk.phase, Phase::Stopped(_))
    }
}

impl<E> Desk<E> {
    fn clear(&mut self) -> Leftover<E> {
        self.gaps.clear();
        self.lanes = Lanes::default();
        Leftover(std::mem::take(&mut self.blocks))
    }
}
