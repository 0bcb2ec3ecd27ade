//! Threads that work on something together, time after time: only what all do at once is timed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::outcome::Outcome;

/// What one thread prepares, all do at once, and one tidies up. Rounds are numbered from 0.
pub(crate) trait Round: Sync {
    /// Asks in a round.
    fn asks(&self) -> u64;
    /// Partitions that are asked for in a round.
    fn partitions(&self) -> u64;
    /// Done by one thread, before.
    fn prepare(&self, round: i32);
    /// Done by all threads at once, and timed; answers how often this one was granted a partition.
    fn work(&self, round: i32, thread: i32) -> u64;
    /// Done by one thread, afterwards.
    fn tidy(&self, round: i32);
}

/// Where threads meet without going to sleep, so that they go on at the same time.
struct Meeting {
    threads: u64,
    arrived: AtomicU64,
}

impl Meeting {
    fn meet(&self) {
        let until = (self.arrived.fetch_add(1, Ordering::AcqRel) / self.threads + 1) * self.threads;
        while self.arrived.load(Ordering::Acquire) < until {
            thread::yield_now();
        }
    }
}

/// What the threads share; times are in nanoseconds since `base`.
struct Shared<'round> {
    round: &'round dyn Round,
    meeting: Meeting,
    base: Instant,
    at_least: u64,
    rounds: AtomicU64,
    took: AtomicU64,
    /// When the first thread of the round began, and the last one ended.
    begun: AtomicU64,
    ended: AtomicU64,
}

/// Works round after round for as long as asked, with so many threads.
pub(crate) fn run(threads: i32, at_least: Duration, round: &dyn Round) -> Outcome {
    let shared = &Shared {
        round,
        meeting: Meeting { threads: u64::from(threads.unsigned_abs()), arrived: AtomicU64::new(0) },
        base: Instant::now(),
        at_least: nanos(at_least),
        rounds: AtomicU64::new(0),
        took: AtomicU64::new(0),
        begun: AtomicU64::new(u64::MAX),
        ended: AtomicU64::new(0),
    };
    let granted = thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|thread| scope.spawn(move || shared.work(thread))).collect();
        working.into_iter().map(|thread| thread.join().expect("a thread works")).sum()
    });
    let (rounds, nanos) = (shared.rounds.load(Ordering::Relaxed), shared.took.load(Ordering::Relaxed));
    let (asks, partitions) = (rounds * round.asks(), rounds * round.partitions());
    Outcome { asks, granted, partitions, nanos, ..Outcome::default() }
}

/// A time in nanoseconds.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Shared<'_> {
    fn work(&self, thread: i32) -> u64 {
        let mut granted = 0;
        let mut round = 0;
        // All have met since one of them has added to it.
        while self.took.load(Ordering::Relaxed) < self.at_least {
            if thread == 0 {
                self.round.prepare(round);
            }
            self.meeting.meet();
            let begun = nanos(self.base.elapsed());
            granted += self.round.work(round, thread);
            let ended = nanos(self.base.elapsed());
            self.begun.fetch_min(begun, Ordering::Relaxed);
            self.ended.fetch_max(ended, Ordering::Relaxed);
            self.meeting.meet();
            if thread == 0 {
                self.round.tidy(round);
                self.end_round();
            }
            self.meeting.meet();
            round += 1;
        }
        granted
    }

    fn end_round(&self) {
        let took = self.ended.swap(0, Ordering::Relaxed) - self.begun.swap(u64::MAX, Ordering::Relaxed);
        self.took.fetch_add(took, Ordering::Relaxed);
        self.rounds.fetch_add(1, Ordering::Relaxed);
    }
}
