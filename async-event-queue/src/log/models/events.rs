//! Events that are counted when they are dropped, and who posts and reads them as a feed and a queue do.

use std::sync::Arc;
// Not loom's: they only count, and are looked at when all threads have ended.
use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::{Claim, Inbox, Log, Reader};
use crate::options::Overflow;
use crate::sync::BriefLock;

/// How often each event of a model has been dropped.
pub(super) struct Drops(Vec<AtomicU64>);

impl Drops {
    pub(super) fn of(events: usize) -> Arc<Self> {
        Arc::new(Self((0..events).map(|_| AtomicU64::new(0)).collect()))
    }

    pub(super) fn counts(&self) -> Vec<u64> {
        self.0.iter().map(|drops| drops.load(Ordering::Relaxed)).collect()
    }
}

/// An event that knows its number.
pub(super) struct Event {
    number: usize,
    drops: Arc<Drops>,
}

impl Drop for Event {
    fn drop(&mut self) {
        self.drops.0[self.number].fetch_add(1, Ordering::Relaxed);
    }
}

/// What a feed does with its log, with queues that take all events, or all but those that are refused.
pub(super) struct Writer {
    log: Log<Event>,
    next: u64,
    inboxes: Vec<Arc<Inbox<Event>>>,
    drops: Arc<Drops>,
    /// The block that was handed over last.
    handed: Option<u64>,
    is_refused: bool,
}

impl Writer {
    pub(super) fn new(queues: usize, drops: &Arc<Drops>) -> Self {
        let log = Log::new();
        let inboxes = (0..queues).map(|_| Arc::new(Inbox::new(log.head().clone()))).collect();
        Self { log, next: 0, inboxes, drops: Arc::clone(drops), handed: None, is_refused: false }
    }

    pub(super) fn readers(&self) -> Vec<Reader<Event>> {
        self.inboxes.iter().map(|inbox| Reader::new(Arc::clone(inbox), 0)).collect()
    }

    pub(super) fn inboxes(&self) -> Vec<Arc<Inbox<Event>>> {
        self.inboxes.clone()
    }

    /// Posts the next event; the block that is full now goes to the first queue.
    pub(super) fn post(&mut self) {
        let sequence = self.next;
        self.next += 1;
        if std::mem::take(&mut self.is_refused) {
            self.inboxes.iter().for_each(|inbox| inbox.close_gap(sequence));
        }
        let (block, mut spent) = self.log.turn_to(sequence);
        if self.handed.replace(block.number()) != Some(block.number()) {
            for inbox in &self.inboxes {
                inbox.hand_over(block, spent.take());
            }
        }
        let number = usize::try_from(sequence).expect("few events");
        self.log.push(sequence, Event { number, drops: Arc::clone(&self.drops) });
    }

    /// A post that every queue refuses.
    pub(super) fn refuse(&mut self) {
        let sequence = self.next;
        self.next += 1;
        self.log.begin_drops(sequence + 1);
        if !std::mem::replace(&mut self.is_refused, true) {
            self.inboxes.iter().for_each(|inbox| inbox.open_gap(sequence));
        }
        self.log.skip(sequence + 1);
    }
}

/// A log under the feed's lock.
pub(super) fn shared(writer: Writer) -> crate::sync::Arc<BriefLock<Writer>> {
    crate::sync::Arc::new(BriefLock::new(writer))
}

/// Looks so many times, and reads what there is; `seen` has the numbers of the events that were read.
pub(super) fn read(reader: &mut Reader<Event>, looks: usize, seen: &mut Vec<u64>) {
    for _ in 0..looks {
        reader.look();
        match reader.claim(u64::MAX, Overflow::DropNewest) {
            Claim::Events(_) => read_claimed(reader, seen),
            Claim::Gap(next) => reader.advance_to(next),
            Claim::Nothing => {}
        }
    }
}

fn read_claimed(reader: &mut Reader<Event>, seen: &mut Vec<u64>) {
    while let Some(run) = reader.take_run() {
        for (sequence, event) in run.events() {
            assert_eq!(event.number as u64, sequence, "another event lies in this slot");
            seen.push(sequence);
        }
        reader.advance_to(run.end());
        reader.keep(run);
    }
}
