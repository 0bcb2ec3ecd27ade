//! A place in the line for slots.

use std::future::poll_fn;
use std::mem::{Discriminant, discriminant};
use std::task::Poll;
use std::time::Duration;

use super::ledger::Look;
use super::{SlotGrant, SlotPool, SlotsError};
use crate::pace::{Pace, after, within};

/// How long a gang waits for its slots; as `spark.scheduler.barrier.maxConcurrentTasksCheck.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotWait {
    /// How long a pool that is too small is waited for before it is checked again; a pool that grows is seen at once.
    pub check_interval: Duration,
    /// How many checks may find the pool too small; the next one that does gives up.
    pub max_check_failures: u32,
    /// How long slots that others hold are waited for.
    pub timeout: Duration,
}

impl Default for SlotWait {
    fn default() -> Self {
        Self {
            check_interval: Duration::from_secs(15),
            max_check_failures: 40,
            timeout: Duration::from_mins(10),
        }
    }
}

impl SlotWait {
    /// How long a pool that is too small is waited for before it is checked again. Defaults to 15 seconds.
    #[must_use]
    pub fn check_interval(mut self, interval: Duration) -> Self {
        self.check_interval = interval;
        self
    }

    /// How many checks may find the pool too small; the next one that does gives up. Defaults to 40 checks.
    #[must_use]
    pub fn max_check_failures(mut self, checks: u32) -> Self {
        self.max_check_failures = checks;
        self
    }

    /// How long slots that others hold are waited for. Defaults to 10 minutes.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Somebody in the line. Dropped, with slots or without, they are no longer in it, and those behind may be next.
struct InLine<'p> {
    pool: &'p SlotPool,
    needed: usize,
    ticket: u64,
}

impl SlotPool {
    /// Waits for slots at this pace.
    pub(crate) async fn acquire_at<P: Pace>(
        &self,
        pace: &P,
        needed: usize,
        wait: SlotWait,
    ) -> Result<SlotGrant, SlotsError> {
        let line = InLine::join(self, needed);
        let mut failures = 0;
        let mut look = line.look();
        loop {
            let now = discriminant(&look);
            look = match look {
                Look::Granted(places) => return Ok(self.grant(places)),
                Look::Busy => {
                    let next = within(pace, after(wait.timeout), line.other_than(now)).await;
                    next.ok_or_else(|| self.timed_out(needed, wait.timeout))?
                }
                Look::Short { total } => {
                    failures += 1;
                    check(SlotsError::NotEnough { needed, total, checks: failures }, wait)?;
                    let next = within(pace, after(wait.check_interval), line.other_than(now)).await;
                    next.unwrap_or_else(|| line.look())
                }
            };
        }
    }

    fn timed_out(&self, needed: usize, timeout: Duration) -> SlotsError {
        let now = self.snapshot();
        SlotsError::TimedOut { needed, free: now.free, total: now.total, timeout }
    }
}

/// Whether the pool, which was too small, is to be checked again.
fn check(error: SlotsError, wait: SlotWait) -> Result<(), SlotsError> {
    match error {
        SlotsError::NotEnough { needed, total, checks } if checks <= wait.max_check_failures => {
            tracing::warn!(needed, total, checks, "the pool has too few slots; it is checked again");
            Ok(())
        }
        error => Err(error),
    }
}

impl<'p> InLine<'p> {
    fn join(pool: &'p SlotPool, needed: usize) -> Self {
        Self { pool, needed, ticket: pool.ledger().join(needed) }
    }

    /// Looks whether it is time; whoever gets slots leaves the line.
    fn look(&self) -> Look {
        self.pool.ledger().look(self.ticket, self.needed)
    }

    /// Waits until a look comes to something else.
    async fn other_than(&self, known: Discriminant<Look>) -> Look {
        poll_fn(|context| {
            // First the waker, so that no change is missed between the two.
            self.pool.ledger().wake_at_change(self.ticket, context.waker());
            let look = self.look();
            if discriminant(&look) == known { Poll::Pending } else { Poll::Ready(look) }
        })
        .await
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let waker = self.pool.ledger().leave(self.ticket);
        drop(waker);
        self.pool.wake();
    }
}
