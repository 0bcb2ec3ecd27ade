//! Some partitions of a stage, behind one lock.

use std::collections::HashMap;
use std::ops::AddAssign;
use std::sync::Arc;

use event_listener::{Event, EventListener};

use crate::claims::{Asked, Claims, Completed, Grant, Hold, Lease};
use crate::completion::Ending;
use crate::numbers::{Count, Numbers};
use crate::permit::FencingToken;
use crate::policy::Resolution;
use crate::task::AttemptId;
use crate::verdict::{Advice, DenialReason};

/// What is changed under a stage's lock. Whoever is to be woken is answered, and woken when the lock is free: wakers are
/// other people's code.
pub(super) struct Shard {
    phase: Phase,
    claims: Claims,
    /// Who waits for a partition to change hands.
    waits: HashMap<usize, Arc<Event>>,
    numbers: Numbers,
}

/// Whether a stage answers by its claims.
#[derive(Clone, Debug)]
enum Phase {
    /// It does.
    Open,
    /// Whoever asks is denied for this reason; ends of attempts still count.
    Aborted(DenialReason),
    /// Whoever asks is denied for this reason, and nothing counts any more.
    Over(DenialReason),
}

/// Whoever waits for one partition.
pub(super) type Waits = Option<Arc<Event>>;

/// The answer to who asks, and what to wait for if it may change.
pub(crate) struct Told {
    pub(crate) asked: Asked,
    pub(crate) change: Option<EventListener>,
}

impl Told {
    pub(crate) fn denied(reason: DenialReason) -> Self {
        Self { asked: Asked::Denied(reason), change: None }
    }
}

/// Whether somebody who is told to wait does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    Yes,
}

/// What becomes at once of a partition whose holder is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InDoubt {
    Keep,
    Free,
}

/// What was left of a stage when it ended.
#[derive(Debug, Default)]
#[must_use = "whoever waits is to be woken"]
pub(crate) struct Remains {
    /// What it has counted.
    pub(crate) numbers: Numbers,
    pub(crate) last_token: FencingToken,
    waits: Vec<Arc<Event>>,
    /// Freed when the locks are.
    claims: Vec<Claims>,
}

impl Remains {
    /// Wakes whoever waited.
    pub(crate) fn wake(self) {
        wake(self.waits);
    }
}

/// What there is at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Partitions that are held.
    pub(crate) held: usize,
    /// Partitions whose outcome is not known.
    pub(crate) unknown: usize,
    /// Attempts that wait for a decision.
    pub(crate) waiting: usize,
}

impl AddAssign for Levels {
    fn add_assign(&mut self, other: Self) {
        self.held += other.held;
        self.unknown += other.unknown;
        self.waiting += other.waiting;
    }
}

impl Shard {
    pub(super) fn new(partitions: usize, last_token: FencingToken) -> Self {
        let (claims, waits) = (Claims::new(partitions, last_token), HashMap::new());
        Self { phase: Phase::Open, claims, waits, numbers: Numbers::default() }
    }

    /// See [`Claims::grant_plainly`].
    #[expect(clippy::inline_always, reason = "as `Core::decide`")]
    #[inline(always)]
    pub(super) fn grant_plainly(&mut self, partition: usize, attempt: AttemptId) -> Option<FencingToken> {
        let Phase::Open = self.phase else { return None };
        let grant = self.claims.grant_plainly(partition, attempt)?;
        self.granted(grant);
        Some(grant.token())
    }

    #[inline]
    fn granted(&mut self, grant: Grant) {
        self.numbers.count(match grant {
            Grant::New(_) => Count::Granted,
            Grant::Repeated(_) => Count::Repeated,
        });
    }

    pub(super) fn ask(&mut self, partition: usize, attempt: AttemptId, lease: Lease, wait: Wait) -> Told {
        let asked = match &self.phase {
            Phase::Open => self.claims.ask(partition, attempt, lease),
            Phase::Aborted(reason) => Asked::Denied(reason.clone()),
            Phase::Over(reason) => return Told::denied(reason.clone()),
        };
        let reason = match &asked {
            Asked::Granted(grant) => {
                self.granted(*grant);
                return Told { asked, change: None };
            }
            Asked::Denied(reason) => reason,
        };
        // Who waits is not answered yet.
        let waits = wait == Wait::Yes && reason.advice() == Advice::Wait;
        if !waits {
            self.numbers.denied(reason);
        }
        let change = waits.then(|| self.waits.entry(partition).or_default().listen());
        Told { asked, change }
    }

    #[inline]
    pub(super) fn complete(
        &mut self,
        partition: usize,
        attempt: AttemptId,
        ending: Ending,
        in_doubt: InDoubt,
    ) -> Result<(Completed, Waits), DenialReason> {
        if let Phase::Over(reason) = &self.phase {
            return Err(reason.clone());
        }
        let completed = self.claims.complete(partition, attempt, ending);
        self.completed(completed);
        let waits = match completed {
            Completed::Doubtful(hold) => {
                self.doubt(partition, hold, in_doubt);
                self.waits_for(partition)
            }
            // Who is recorded as ended may be waiting itself.
            Completed::Committed(_) | Completed::Freed(_) | Completed::Recorded => self.waits_for(partition),
            Completed::NotHolder | Completed::Superseded(_) | Completed::Duplicate => None,
        };
        Ok((completed, waits))
    }

    #[inline]
    fn completed(&mut self, completed: Completed) {
        let count = match completed {
            Completed::Committed(_) => Count::Committed,
            Completed::Freed(_) => Count::Failed,
            Completed::Doubtful(_) => Count::Unknown,
            Completed::Superseded(_) => Count::Superseded,
            Completed::Recorded | Completed::NotHolder | Completed::Duplicate => return,
        };
        self.numbers.count(count);
    }

    pub(super) fn resolve(
        &mut self,
        partition: usize,
        token: FencingToken,
        found: Resolution,
    ) -> Option<(Completed, Waits)> {
        let completed = self.claims.resolve(partition, token, found)?;
        if found != Resolution::CannotTell {
            self.completed(completed);
        }
        Some((completed, self.waits_for(partition)))
    }

    /// Ends the lease that has ended first by `now`, if one has.
    pub(super) fn expire(&mut self, now: Lease, in_doubt: InDoubt) -> Option<(usize, Hold, Waits)> {
        let (partition, hold) = self.claims.expire(now)?;
        self.numbers.count(Count::LeaseExpired);
        self.numbers.count(Count::Unknown);
        self.doubt(partition, hold, in_doubt);
        Some((partition, hold, self.waits_for(partition)))
    }

    #[inline]
    fn waits_for(&mut self, partition: usize) -> Waits {
        if self.waits.is_empty() { None } else { self.waits.remove(&partition) }
    }

    fn doubt(&mut self, partition: usize, hold: Hold, in_doubt: InDoubt) {
        match in_doubt {
            InDoubt::Keep => {}
            InDoubt::Free => {
                self.claims.resolve(partition, hold.token, Resolution::NotCommitted);
            }
        }
    }

    pub(super) fn next_lease(&self) -> Option<Lease> {
        self.claims.next_lease()
    }

    /// `None` if it was not open.
    pub(super) fn abort(
        &mut self,
        reason: &DenialReason,
    ) -> Option<impl Iterator<Item = Arc<Event>> + use<>> {
        let Phase::Open = self.phase else { return None };
        self.phase = Phase::Aborted(reason.clone());
        Some(std::mem::take(&mut self.waits).into_values())
    }

    pub(super) fn aborted(&self) -> Option<DenialReason> {
        match &self.phase {
            Phase::Aborted(reason) => Some(reason.clone()),
            Phase::Open | Phase::Over(_) => None,
        }
    }

    /// Forgets everything; what was left is added to `remains`.
    pub(super) fn end(&mut self, reason: &DenialReason, remains: &mut Remains) {
        self.phase = Phase::Over(reason.clone());
        let Levels { held, unknown, .. } = self.levels();
        remains.numbers += &self.numbers;
        remains.numbers.add(Count::StageEnded, held + unknown);
        remains.last_token = remains.last_token.max(self.claims.last_token());
        remains.waits.extend(self.waits.drain().map(|(_, event)| event));
        let none = Claims::new(0, self.claims.last_token());
        remains.claims.push(std::mem::replace(&mut self.claims, none));
    }

    pub(super) fn count(&mut self, count: Count) {
        self.numbers.count(count);
    }

    pub(super) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    pub(super) fn levels(&self) -> Levels {
        let waiting = self.waits.values().map(|event| event.total_listeners()).sum();
        Levels { held: self.claims.held, unknown: self.claims.unknown, waiting }
    }
}

/// Whoever waits asks again.
pub(super) fn wake(waits: impl IntoIterator<Item = Arc<Event>>) {
    for event in waits {
        event.notify(usize::MAX);
    }
}
