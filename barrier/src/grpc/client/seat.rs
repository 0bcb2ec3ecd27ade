//! One task of a remote gang: its calls, and what the server has been told of it.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use listener_bus::events::PartitionId;

use crate::answer::Answer;
use crate::grpc::v1;
use crate::grpc::v1::session_request::Request as Ask;
use crate::grpc::wire;
use crate::state::{Request, WaitingTask};
use crate::task::{BarrierTask, SyncKind};

/// One task.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) task: BarrierTask,
    /// How many contexts it has; with none, it leaves.
    pub(super) contexts: usize,
    /// Those that wait; two contexts of one task may wait for different rounds, though the server refuses one.
    pub(super) calls: Vec<Call>,
    /// Rounds the server believes it waits for, and it does not.
    withdrawals: Vec<u64>,
    pub(super) told: Told,
    /// Whether it stands in the line of those who have something to say.
    pub(super) line: InLine,
}

/// What the server knows of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Never,
    /// Something, over a connection that is no more.
    Before,
    /// That it is there.
    Present,
    /// That it has left; the server has not said that it knows.
    Leaving,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InLine {
    No,
    Yes,
}

/// A call that waits.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) epoch: u64,
    pub(super) kind: SyncKind,
    num_tasks: usize,
    message: Bytes,
    pub(super) answer: Arc<Answer>,
    /// How many wait for the answer.
    requests: usize,
    sent: Sent,
    since: Instant,
    /// When the log says that it waits.
    log_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    No,
    Yes,
}

impl Call {
    pub(super) fn new(request: Request<'_>, now: Instant, log_at: Option<Instant>) -> Self {
        Self {
            epoch: request.epoch,
            kind: request.kind,
            num_tasks: request.task.num_tasks,
            message: request.message,
            answer: Answer::open(1),
            requests: 1,
            sent: Sent::No,
            since: now,
            log_at,
        }
    }

    /// Whether it asks for what the server has answered.
    pub(super) fn is_answered_by(&self, epoch: u64, kind: SyncKind) -> bool {
        self.sent == Sent::Yes && self.epoch == epoch && self.kind == kind
    }
}

impl Seat {
    pub(super) fn new(task: BarrierTask) -> Self {
        Self {
            task,
            contexts: 0,
            calls: Vec::new(),
            withdrawals: Vec::new(),
            told: Told::Never,
            line: InLine::No,
        }
    }

    /// Where the answer to a call that waits already will be: a second request for the same shares it.
    pub(super) fn share(&mut self, epoch: u64, kind: SyncKind) -> Option<Arc<Answer>> {
        let call = self.calls.iter_mut().find(|call| call.epoch == epoch && call.kind == kind)?;
        call.requests += 1;
        Some(Arc::clone(&call.answer))
    }

    /// One who waited for this round does not any more. Answers whether the server must be told.
    pub(super) fn withdraw(&mut self, epoch: u64) -> bool {
        let Some(place) = self.calls.iter().position(|call| call.epoch == epoch) else { return false };
        let Some(call) = self.calls.get_mut(place) else { return false };
        call.requests -= 1;
        if call.requests > 0 {
            return false;
        }
        let call = self.calls.swap_remove(place);
        if call.sent == Sent::No {
            return false;
        }
        self.withdrawals.push(epoch);
        true
    }

    /// The calls that wait and whose time to say so in the log has come; the log is told again `next`.
    pub(super) fn waiting(
        &mut self,
        partition: PartitionId,
        now: Instant,
        next: Option<Instant>,
    ) -> impl Iterator<Item = WaitingTask> {
        let task_attempt = self.task.task_attempt_id;
        let due = self.calls.iter_mut().filter(move |call| call.log_at.is_some_and(|at| at <= now));
        due.map(move |call| {
            call.log_at = next;
            let waited = now.saturating_duration_since(call.since);
            WaitingTask { partition, task_attempt, epoch: call.epoch, kind: call.kind, waited }
        })
    }

    /// The connection is another one: what was said before has to be said again.
    pub(super) fn forget_what_was_told(&mut self) {
        self.told = match self.told {
            Told::Never => Told::Never,
            Told::Before | Told::Present | Told::Leaving => Told::Before,
        };
        self.withdrawals.clear();
        for call in &mut self.calls {
            call.sent = Sent::No;
        }
    }

    /// What the server is to be told next, if anything.
    pub(super) fn next(&mut self, max_message_bytes: usize) -> Option<Ask> {
        if self.contexts == 0 {
            self.withdrawals.clear();
            let is_known = matches!(self.told, Told::Before | Told::Present);
            return is_known.then(|| {
                self.told = Told::Leaving;
                Ask::Leave(v1::Participant::from(&self.task))
            });
        }
        if let Some(epoch) = self.withdrawals.pop() {
            let (stage_attempt, partition_id) =
                (Some(self.task.stage_attempt.into()), self.task.partition_id.0);
            return Some(Ask::Withdraw(v1::Withdrawal { stage_attempt, partition_id, epoch }));
        }
        let participant = v1::Participant::from(&self.task);
        if let Some(call) = self.calls.iter_mut().find(|call| call.sent == Sent::No) {
            self.told = Told::Present;
            return Some(Ask::Arrival(call.send(participant, max_message_bytes)));
        }
        (self.told != Told::Present).then(|| {
            self.told = Told::Present;
            Ask::Attend(participant)
        })
    }
}

impl Call {
    fn send(&mut self, participant: v1::Participant, max_message_bytes: usize) -> v1::Arrival {
        self.sent = Sent::Yes;
        let is_too_large = self.message.len() > max_message_bytes;
        let (message, left_out_bytes) = if is_too_large {
            (Bytes::new(), wire::wide(self.message.len()))
        } else {
            (self.message.clone(), 0)
        };
        v1::Arrival {
            participant: Some(v1::Participant { num_tasks: wire::wide(self.num_tasks), ..participant }),
            epoch: self.epoch,
            kind: v1::SyncKind::from(self.kind).into(),
            message,
            left_out_bytes,
        }
    }
}
