//! A gang, as one session has part in it.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use listener_bus::events::PartitionId;

use super::host::Host;
use crate::answer::{Answer, Answered};
use crate::attempt::Attempt;
use crate::error::BarrierError;
use crate::grpc::v1;
use crate::link::Link;
use crate::messages::Messages;
use crate::state::Request;
use crate::task::{BarrierTask, SyncKind};

/// The most messages go into one response until they have so many bytes.
const PART_BYTES: usize = 256 << 10;
/// What a message costs on the wire beside its bytes, at most.
const MESSAGE_OVERHEAD: usize = 8;

pub(super) type Outgoing = VecDeque<v1::SessionResponse>;

/// A gang that has tasks in this session.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) gang: Arc<Attempt>,
    /// The session's number.
    session: u64,
    end: Answered,
    /// Rounds that are waited for: one for all tasks of the session that wait in it.
    rounds: Vec<AwaitedRound>,
    /// The tasks, and the last round each has come to and not withdrawn from.
    tasks: HashMap<PartitionId, Option<u64>>,
}

#[derive(Debug)]
struct AwaitedRound {
    epoch: u64,
    kind: SyncKind,
    answer: Arc<Answer>,
    answered: Answered,
}

/// Whether the session has still to do with a gang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Stays,
    Ended,
}

impl Joined {
    pub(super) fn new(gang: Arc<Attempt>, session: u64) -> Self {
        let end = Answered::new(Arc::clone(gang.end()));
        Self { gang, session, end, rounds: Vec::new(), tasks: HashMap::new() }
    }

    pub(super) fn has(&self, task: PartitionId) -> bool {
        self.tasks.contains_key(&task)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.rounds.is_empty()
    }

    /// Takes a task in.
    pub(super) fn attend(&mut self, task: &BarrierTask, host: &Host) -> Result<(), BarrierError> {
        self.gang.attend(task)?;
        let partition = task.partition_id;
        if !self.has(partition) {
            self.gang.hold();
            self.tasks.insert(partition, None);
            host.voices.joined(&self.gang, partition, self.session, &host.limits);
        }
        Ok(())
    }

    /// A task that was taken in comes to a round.
    pub(super) fn arrive(&mut self, request: Request<'_>) -> Result<(), BarrierError> {
        let (partition, epoch, kind) = (request.task.partition_id, request.epoch, request.kind);
        let answer = self.gang.arrive(request)?;
        let before = self.tasks.insert(partition, Some(epoch)).flatten();
        let is_awaited = self.rounds.iter().any(|round| Arc::ptr_eq(&round.answer, &answer));
        if is_awaited && before == Some(epoch) {
            // The same request twice: the session waits once for it, and takes it back once.
            self.gang.withdraw(partition, epoch);
        }
        if !is_awaited {
            let answered = Answered::new(Arc::clone(&answer));
            self.rounds.push(AwaitedRound { epoch, kind, answer, answered });
        }
        Ok(())
    }

    /// A task does not wait any more.
    pub(super) fn withdraw(&mut self, task: PartitionId, epoch: u64) {
        if let Some(waits) = self.tasks.get_mut(&task).filter(|waits| **waits == Some(epoch)) {
            *waits = None;
            self.gang.withdraw(task, epoch);
        }
    }

    /// A task is done with its gang.
    pub(super) fn leave(&mut self, task: PartitionId, host: &Host) {
        let Some(waits) = self.tasks.remove(&task) else { return };
        if let Some(epoch) = waits {
            self.gang.withdraw(task, epoch);
        }
        host.voices.left(&self.gang, task);
        self.gang.release(task);
    }

    /// The session is alive, and so are its tasks.
    pub(super) fn heard(&self, host: &Host) {
        let due = host.limits.heard_by();
        for task in self.tasks.keys() {
            self.gang.expect_sign(*task, due);
        }
    }

    /// Queues what has been decided, and promises to wake the session for the rest. A gang's end is told after all its
    /// rounds: one that was completed just before may still be on its way.
    pub(super) fn collect(&mut self, context: &mut Context<'_>, outgoing: &mut Outgoing) -> Then {
        let gang = self.gang.id();
        self.rounds.retain_mut(|round| match Pin::new(&mut round.answered).poll(context) {
            Poll::Pending => true,
            Poll::Ready(outcome) => {
                if let Ok(messages) = outcome {
                    let released = v1::Released {
                        stage_attempt: Some(gang.into()),
                        epoch: round.epoch,
                        kind: v1::SyncKind::from(round.kind).into(),
                        ..v1::Released::default()
                    };
                    outgoing.extend(parts(&released, &messages));
                }
                false
            }
        });
        match Pin::new(&mut self.end).poll(context) {
            Poll::Ready(Err(cause)) if self.rounds.is_empty() => {
                outgoing.push_back(ended(&self.gang, &cause));
                Then::Ended
            }
            Poll::Ready(_) | Poll::Pending => Then::Stays,
        }
    }

    /// The session has nothing to do with the gang any more, which has ended.
    pub(super) fn part(self, host: &Host) {
        for task in self.tasks.into_keys() {
            host.voices.left(&self.gang, task);
            self.gang.release(task);
        }
    }

    /// The session is gone, and its tasks have not left.
    pub(super) fn lose(self, host: &Host) {
        for (task, waits) in self.tasks {
            if let Some(epoch) = waits {
                self.gang.withdraw(task, epoch);
            }
            host.voices.lost(&self.gang, task, self.session, &host.limits);
            self.gang.release(task);
        }
    }
}

/// What tells that a gang has ended.
fn ended(gang: &Attempt, cause: &BarrierError) -> v1::SessionResponse {
    let (stage_attempt, failure) = (Some(gang.id().into()), Some(cause.into()));
    v1::session_response::Response::Ended(v1::Ended { stage_attempt, failure }).into()
}

/// A complete round in responses of bounded size.
fn parts(released: &v1::Released, messages: &Messages) -> Vec<v1::SessionResponse> {
    let mut parts = vec![released.clone()];
    let mut bytes = 0;
    for message in messages {
        let size = message.len() + MESSAGE_OVERHEAD;
        if bytes > 0 && bytes + size > PART_BYTES {
            if let Some(full) = parts.last_mut() {
                full.has_more = true;
            }
            parts.push(released.clone());
            bytes = 0;
        }
        bytes += size;
        if let Some(part) = parts.last_mut() {
            part.messages.push(Bytes::clone(message));
        }
    }
    parts.into_iter().map(|part| v1::session_response::Response::Released(part).into()).collect()
}
