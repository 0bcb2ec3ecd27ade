//! A gang, as one session has part in it.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use listener_bus::events::PartitionId;

use super::host::Host;
use super::voices::{Says, Speaker, Wait};
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
    /// The tasks that have come in this session and have not left. For some, others may speak by now.
    tasks: HashSet<PartitionId>,
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
        Self { gang, session, end, rounds: Vec::new(), tasks: HashSet::new() }
    }

    pub(super) fn has(&self, task: PartitionId) -> bool {
        self.tasks.contains(&task)
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
            self.tasks.insert(partition);
            host.voices.joined(&self.speaker(partition), &host.limits);
        }
        Ok(())
    }

    /// A task that was taken in comes to a round. If it has come back elsewhere meanwhile, this is of the past.
    pub(super) fn arrive(&mut self, request: Request<'_>, host: &Host) -> Result<(), BarrierError> {
        let (epoch, kind) = (request.epoch, request.kind);
        let speaker = self.speaker(request.task.partition_id);
        if host.voices.says(&speaker) == Says::NoMore {
            return Ok(());
        }
        let answer = self.gang.arrive(request)?;
        host.voices.arrived(&speaker, Wait { epoch, kind });
        if !self.rounds.iter().any(|round| Arc::ptr_eq(&round.answer, &answer)) {
            let answered = Answered::new(Arc::clone(&answer));
            self.rounds.push(AwaitedRound { epoch, kind, answer, answered });
        }
        Ok(())
    }

    /// A task does not wait any more.
    pub(super) fn withdraw(&mut self, task: PartitionId, epoch: u64, host: &Host) {
        host.voices.withdraws(&self.speaker(task), epoch);
    }

    /// A task is done with its gang.
    pub(super) fn leave(&mut self, task: PartitionId, host: &Host) {
        if self.tasks.remove(&task) {
            host.voices.leaves(&self.speaker(task));
            self.gang.release(task);
        }
    }

    /// The session is alive, and so are its tasks.
    pub(super) fn heard(&self, host: &Host) {
        host.voices.heard(&self.gang, &self.tasks, self.session, &host.limits);
    }

    fn speaker(&self, task: PartitionId) -> Speaker {
        Speaker { gang: Arc::clone(&self.gang), task, id: self.session }
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
        for task in &self.tasks {
            host.voices.leaves(&self.speaker(*task));
            self.gang.release(*task);
        }
    }

    /// The session is gone, and its tasks have not left.
    pub(super) fn lose(self, host: &Host) {
        for task in &self.tasks {
            host.voices.lost(&self.speaker(*task), &host.limits);
            self.gang.release(*task);
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
