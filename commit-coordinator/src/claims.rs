//! Who holds what: the state machine of some partitions of a stage. No lock, no thread, and times are arguments.

mod claim;
mod leases;

use std::collections::BTreeMap;

use crate::completion::Ending;
use crate::permit::FencingToken;
use crate::policy::Resolution;
use crate::task::AttemptId;
use crate::verdict::DenialReason;
use claim::{Claim, Phase};
use leases::Leases;

pub(crate) use claim::Hold;
pub(crate) use leases::Lease;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Past {
    /// It has failed without a grant.
    Failed,
    /// It has failed with a grant.
    FailedHolder,
    /// It has ended after a denial.
    Denied,
    /// What it had written is gone.
    OutputLost,
    /// Its lease has ended, and it may come back.
    Expired,
    /// It has succeeded after its partition was granted to another.
    Superseded,
}

/// The answer to who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It may commit.
    Granted(Grant),
    /// It may not commit.
    Denied(DenialReason),
}

/// That an attempt may commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// It is granted the partition.
    New(FencingToken),
    /// It was before.
    Repeated(FencingToken),
}

impl Grant {
    pub(crate) fn token(self) -> FencingToken {
        match self {
            Self::New(token) | Self::Repeated(token) => token,
        }
    }
}

/// What the end of an attempt has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// It has committed.
    Committed(FencingToken),
    /// Its partition is free again.
    Freed(FencingToken),
    /// It may have committed.
    Doubtful(Hold),
    /// It is denied for good.
    Recorded,
    /// It did not hold the partition, nor need it.
    NotHolder,
    /// Somebody else was granted the partition since.
    Superseded(Hold),
    /// Nothing.
    Duplicate,
}

/// A partition, a stage attempt and the number of an attempt: as small as they can be together, for a million partitions
/// may each have failed.
type Key = (u32, i32, i64);

/// Some partitions of a stage, by number.
#[derive(Debug)]
pub(crate) struct Claims {
    /// Made when the first of them is asked for.
    by_number: Vec<Claim>,
    /// How many there are when they are made.
    partitions: usize,
    past: BTreeMap<Key, Past>,
    leases: Leases,
    last_token: FencingToken,
    /// How many are held.
    pub(crate) held: usize,
    /// Of how many the outcome is not known.
    pub(crate) unknown: usize,
}

impl Claims {
    /// All are free; the first token is greater than `last_token`.
    pub(crate) fn new(partitions: usize, last_token: FencingToken) -> Self {
        let (by_number, past, leases) = (Vec::new(), BTreeMap::new(), Leases::default());
        Self { by_number, partitions, past, leases, last_token, held: 0, unknown: 0 }
    }

    /// The greatest token so far.
    pub(crate) fn last_token(&self) -> FencingToken {
        self.last_token
    }

    /// Grants the partition to the attempt that wants it, if that is plain: most are asked for once or twice, and by
    /// attempts of which nothing is known.
    #[expect(clippy::inline_always, reason = "as `Core::decide`")]
    #[inline(always)]
    pub(crate) fn grant_plainly(&mut self, partition: usize, attempt: AttemptId) -> Option<Grant> {
        if self.past.is_empty() { self.grant(partition, attempt) } else { None }
    }

    /// `None` if somebody else has it, or if the claims are not made yet.
    #[expect(clippy::inline_always, reason = "as `Core::decide`")]
    #[inline(always)]
    fn grant(&mut self, partition: usize, attempt: AttemptId) -> Option<Grant> {
        let claim = self.by_number.get_mut(partition)?;
        match claim.phase {
            Phase::Free => {
                // 2^63 grants would take centuries.
                let token = FencingToken::new(self.last_token.get() + 1);
                *claim = Claim::granted(token, attempt);
                self.last_token = token;
                self.held += 1;
                Some(Grant::New(token))
            }
            Phase::Held | Phase::Committed if claim.is_of(attempt) => Some(Grant::Repeated(claim.token())),
            Phase::Held | Phase::Committed | Phase::Unknown => None,
        }
    }

    /// An attempt wants to commit; a grant of it lasts until `lease`.
    pub(crate) fn ask(&mut self, partition: usize, attempt: AttemptId, lease: Lease) -> Asked {
        if let Some(reason) = self.has_ended(partition, attempt) {
            return Asked::Denied(reason);
        }
        if partition >= self.by_number.len() {
            self.make(partition);
        }
        let grant = self.grant(partition, attempt);
        let Claim { phase, .. } = self.claim(partition);
        let Hold { holder, token } = self.claim(partition).hold();
        if grant.is_some() && phase == Phase::Held {
            self.leases.renew(partition, lease);
        }
        match (grant, phase) {
            (Some(grant), _) => Asked::Granted(grant),
            (None, Phase::Committed) => Asked::Denied(DenialReason::CommittedBy { holder, token }),
            (None, Phase::Unknown) => Asked::Denied(DenialReason::OutcomeUnknown { holder }),
            (None, Phase::Held | Phase::Free) => Asked::Denied(DenialReason::HeldBy { holder }),
        }
    }

    /// Why an attempt is denied for good by what became of it, if it is.
    fn has_ended(&self, partition: usize, attempt: AttemptId) -> Option<DenialReason> {
        match self.past(partition, attempt)? {
            Past::Expired => None,
            Past::Denied | Past::Superseded => Some(DenialReason::AttemptEnded),
            Past::Failed | Past::FailedHolder | Past::OutputLost => Some(DenialReason::AttemptFailed),
        }
    }

    /// Makes the claims.
    #[cold]
    fn make(&mut self, partition: usize) {
        // Once, and for all of them: growing by and by would copy, and take up to twice the room.
        self.by_number.reserve_exact(self.partitions.saturating_sub(self.by_number.len()));
        self.by_number.resize(self.partitions.max(partition + 1), Claim::default());
    }

    /// An attempt has ended.
    #[inline]
    pub(crate) fn complete(&mut self, partition: usize, attempt: AttemptId, ending: Ending) -> Completed {
        let claim = self.claim(partition);
        if !claim.is_of(attempt) {
            return self.complete_other(partition, attempt, ending);
        }
        let token = claim.token();
        match (ending, claim.phase) {
            (Ending::Succeeded, Phase::Free | Phase::Held | Phase::Unknown) => {
                if self.past(partition, attempt) == Some(Past::OutputLost) {
                    return Completed::Duplicate;
                }
                self.enter(partition, Phase::Committed);
                Completed::Committed(token)
            }
            (Ending::OutputLost, Phase::Held | Phase::Committed | Phase::Unknown) => {
                self.free(partition, attempt, Past::OutputLost)
            }
            // Whatever is said of an attempt that has committed, it is not committed again.
            (_, Phase::Committed) => Completed::Duplicate,
            (Ending::Failed, Phase::Held | Phase::Unknown) => {
                self.free(partition, attempt, Past::FailedHolder)
            }
            // It was granted by a late copy of its request, and knows nothing of it.
            (Ending::Denied, Phase::Held | Phase::Unknown) => self.free(partition, attempt, Past::Denied),
            (Ending::Lost, Phase::Held) => {
                self.remember(partition, attempt, Past::FailedHolder);
                self.enter(partition, Phase::Unknown);
                Completed::Doubtful(claim.hold())
            }
            (Ending::Lost, Phase::Unknown | Phase::Free) | (Ending::Failed, Phase::Free) => {
                self.record(partition, attempt, Past::FailedHolder)
            }
            (Ending::OutputLost, Phase::Free) => self.record(partition, attempt, Past::OutputLost),
            (Ending::Denied, Phase::Free) => self.record(partition, attempt, Past::Denied),
        }
    }

    /// An attempt has ended whose grant is not the partition's last one.
    fn complete_other(&mut self, partition: usize, attempt: AttemptId, ending: Ending) -> Completed {
        match ending {
            Ending::Succeeded => match self.past(partition, attempt) {
                Some(Past::FailedHolder | Past::Expired) => {
                    self.remember(partition, attempt, Past::Superseded);
                    Completed::Superseded(self.claim(partition).hold())
                }
                Some(_) => Completed::Duplicate,
                None => Completed::NotHolder,
            },
            Ending::Denied => self.record(partition, attempt, Past::Denied),
            Ending::Failed | Ending::Lost => self.record(partition, attempt, Past::Failed),
            Ending::OutputLost => self.record(partition, attempt, Past::OutputLost),
        }
    }

    /// Somebody has looked whether a lost attempt has committed; `None` if that is no longer the question.
    pub(crate) fn resolve(
        &mut self,
        partition: usize,
        token: FencingToken,
        found: Resolution,
    ) -> Option<Completed> {
        let claim = self.claim(partition);
        if claim.phase != Phase::Unknown || claim.token() != token {
            return None;
        }
        match found {
            Resolution::Committed => {
                self.enter(partition, Phase::Committed);
                Some(Completed::Committed(token))
            }
            Resolution::NotCommitted => {
                self.enter(partition, Phase::Free);
                Some(Completed::Freed(token))
            }
            Resolution::CannotTell => Some(Completed::Doubtful(claim.hold())),
        }
    }

    /// Ends the lease that has ended first, if one has; its partition is in doubt.
    pub(crate) fn expire(&mut self, now: Lease) -> Option<(usize, Hold)> {
        let (until, partition) = self.leases.first()?;
        if until > now {
            return None;
        }
        let hold = self.claim(partition).hold();
        self.remember(partition, hold.holder, Past::Expired);
        self.enter(partition, Phase::Unknown);
        Some((partition, hold))
    }

    /// When the next lease ends.
    pub(crate) fn next_lease(&self) -> Option<Lease> {
        self.leases.first().map(|(until, _)| until)
    }

    #[inline]
    fn past(&self, partition: usize, attempt: AttemptId) -> Option<Past> {
        if self.past.is_empty() { None } else { self.past.get(&key(partition, attempt)).copied() }
    }

    fn remember(&mut self, partition: usize, attempt: AttemptId, past: Past) {
        self.past.insert(key(partition, attempt), past);
    }

    fn free(&mut self, partition: usize, attempt: AttemptId, past: Past) -> Completed {
        let token = self.claim(partition).token();
        self.remember(partition, attempt, past);
        self.enter(partition, Phase::Free);
        Completed::Freed(token)
    }

    /// Remembers what became of an attempt; what was known before stays, but for one that might have come back.
    fn record(&mut self, partition: usize, attempt: AttemptId, past: Past) -> Completed {
        match self.past(partition, attempt) {
            Some(Past::Expired) => {
                let past = if past == Past::Failed { Past::FailedHolder } else { past };
                self.remember(partition, attempt, past);
                Completed::Recorded
            }
            Some(_) => Completed::Duplicate,
            None => {
                self.remember(partition, attempt, past);
                Completed::Recorded
            }
        }
    }

    /// Every change of phase but a grant goes through here, so that what is counted is true.
    #[inline]
    fn enter(&mut self, partition: usize, phase: Phase) {
        // What was never asked for is free, and enters nothing.
        let Some(claim) = self.by_number.get_mut(partition) else { return };
        match std::mem::replace(&mut claim.phase, phase) {
            Phase::Held => {
                self.held -= 1;
                self.leases.end(partition);
            }
            Phase::Unknown => self.unknown -= 1,
            Phase::Free | Phase::Committed => {}
        }
        if phase == Phase::Unknown {
            self.unknown += 1;
        }
    }

    #[inline]
    fn claim(&self, partition: usize) -> Claim {
        self.by_number.get(partition).copied().unwrap_or_default()
    }
}

fn key(partition: usize, attempt: AttemptId) -> Key {
    (u32::try_from(partition).unwrap_or(u32::MAX), attempt.stage_attempt_id.0, attempt.attempt_number.0)
}

#[cfg(all(test, not(shuttle)))]
mod model;
#[cfg(all(test, not(shuttle)))]
mod tests;
