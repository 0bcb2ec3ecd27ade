//! What a task of a gang has in hand.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use listener_bus::events::PartitionId;

use crate::answer::{Answered, Outcome};
use crate::error::{BarrierError, RoundId};
use crate::link::{Link, Waiting};
use crate::messages::Messages;
use crate::state::Request;
use crate::sync_log::SyncLog;
use crate::task::{BarrierTask, BarrierTaskInfo, StageAttempt, SyncKind};

/// A task's side of its gang; as Spark's `BarrierTaskContext`.
///
/// The blocking calls must not be made on a thread of an async runtime; the async ones need no particular runtime.
pub struct BarrierTaskContext {
    task: BarrierTask,
    epoch: u64,
    last_call: LastCall,
    link: Arc<dyn Link>,
}

/// What became of the last call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastCall {
    Answered,
    /// It was dropped, or is being waited for.
    Unanswered,
}

impl fmt::Debug for BarrierTaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierTaskContext")
            .field("task", &self.task)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl BarrierTaskContext {
    pub(crate) fn new(task: BarrierTask, link: Arc<dyn Link>) -> Self {
        Self { task, epoch: 0, last_call: LastCall::Answered, link }
    }

    /// Where the gang's tasks run has become known.
    #[cfg(feature = "grpc")]
    pub(crate) fn set_task_infos(&mut self, infos: Arc<[BarrierTaskInfo]>) {
        self.task.task_infos = infos;
    }

    /// Waits until all tasks of the gang have called it.
    ///
    /// # Errors
    /// [`BarrierError`]; the epoch rises only on success.
    ///
    /// # Blocking
    /// Until the round ends: all have arrived, or the gang has ended, at the latest by its timeout.
    pub fn barrier(&mut self) -> Result<(), BarrierError> {
        self.sync(SyncKind::Barrier, Bytes::new()).map(drop)
    }

    /// As [`barrier`](Self::barrier), for async tasks.
    ///
    /// # Errors
    /// As [`barrier`](Self::barrier).
    ///
    /// # Cancel safety
    /// Safe. Dropped before the round ends, it takes the task out of the round, which then waits for it again. If the
    /// round was complete by then, the next call gets its outcome if it is of the same kind; one of the other kind takes
    /// that round as done, and goes on to the next.
    pub async fn barrier_async(&mut self) -> Result<(), BarrierError> {
        self.sync_async(SyncKind::Barrier, Bytes::new()).await.map(drop)
    }

    /// Waits until all tasks of the gang have called it; answers the messages of all of them, ordered by partition.
    ///
    /// # Errors
    /// As [`barrier`](Self::barrier), and [`BarrierError::MessageTooLarge`] or [`BarrierError::RoundTooLarge`].
    ///
    /// # Blocking
    /// As [`barrier`](Self::barrier).
    pub fn all_gather(&mut self, message: impl Into<Bytes>) -> Result<Messages, BarrierError> {
        self.sync(SyncKind::AllGather, message.into())
    }

    /// As [`all_gather`](Self::all_gather), for async tasks.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    ///
    /// # Cancel safety
    /// As [`barrier_async`](Self::barrier_async); a round that has ended by then has had the message of the call that
    /// was dropped, and not that of the next one.
    pub async fn all_gather_async(&mut self, message: impl Into<Bytes>) -> Result<Messages, BarrierError> {
        self.sync_async(SyncKind::AllGather, message.into()).await
    }

    /// As [`all_gather`](Self::all_gather), for text.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather), and [`BarrierError::NotText`] if another task sent bytes that are no text.
    ///
    /// # Blocking
    /// As [`barrier`](Self::barrier).
    pub fn all_gather_text(&mut self, message: impl Into<String>) -> Result<Vec<String>, BarrierError> {
        let round = self.round();
        let messages = self.all_gather(message.into())?;
        texts(&messages, round)
    }

    /// As [`all_gather_text`](Self::all_gather_text), for async tasks.
    ///
    /// # Errors
    /// As [`all_gather_text`](Self::all_gather_text).
    ///
    /// # Cancel safety
    /// As [`all_gather_async`](Self::all_gather_async).
    pub async fn all_gather_text_async(
        &mut self,
        message: impl Into<String>,
    ) -> Result<Vec<String>, BarrierError> {
        let round = self.round();
        let messages = self.all_gather_async(message.into()).await?;
        texts(&messages, round)
    }

    /// Where the gang's tasks run, by partition; empty where nobody said so.
    pub fn task_infos(&self) -> &[BarrierTaskInfo] {
        &self.task.task_infos
    }

    /// The partition this task computes.
    pub fn partition_id(&self) -> PartitionId {
        self.task.partition_id
    }

    /// The stage attempt this task belongs to.
    pub fn stage_attempt(&self) -> StageAttempt {
        self.task.stage_attempt
    }

    /// How many tasks the gang has.
    pub fn num_tasks(&self) -> usize {
        self.task.num_tasks
    }

    /// The task itself.
    pub fn task(&self) -> &BarrierTask {
        &self.task
    }

    /// How many rounds this task has completed.
    pub fn barrier_epoch(&self) -> u64 {
        self.epoch
    }

    /// Ends the gang: whoever waits, and whoever calls later, gets [`BarrierError::Aborted`] with this task's partition
    /// and the reason.
    pub fn abort(&self, reason: impl Into<Arc<str>>) {
        self.link.abort(self.task.partition_id, reason.into());
    }

    /// What has ended the gang, if it has ended: a task that computes for long asks now and then, and gives up.
    pub fn ended(&self) -> Option<BarrierError> {
        self.link.end().get().and_then(Result::err)
    }

    /// Waits until the gang has ended; answers what ended it. For a `select!` beside the task's work.
    ///
    /// # Cancel safety
    /// Safe; it changes nothing.
    pub async fn ended_async(&self) -> BarrierError {
        match Answered::new(Arc::clone(self.link.end())).await {
            Err(cause) => cause,
            // An end is never given as a success.
            Ok(_) => BarrierError::StageCompleted { stage_attempt: self.task.stage_attempt },
        }
    }

    fn sync(&mut self, kind: SyncKind, message: Bytes) -> Result<Messages, BarrierError> {
        let log = SyncLog::entered(&self.task, self.epoch, kind);
        let again = self.begin(&message);
        let mut outcome = self.enter(kind, message, &log).and_then(Waiting::wait);
        if let Some(message) = self.missed(&outcome, again) {
            outcome = self.enter(kind, message, &log).and_then(Waiting::wait);
        }
        self.leave(&log, outcome)
    }

    async fn sync_async(&mut self, kind: SyncKind, message: Bytes) -> Result<Messages, BarrierError> {
        let log = SyncLog::entered(&self.task, self.epoch, kind);
        let again = self.begin(&message);
        let mut outcome = self.enter_async(kind, message, &log).await;
        if let Some(message) = self.missed(&outcome, again) {
            outcome = self.enter_async(kind, message, &log).await;
        }
        self.leave(&log, outcome)
    }

    fn enter(
        &self,
        kind: SyncKind,
        message: Bytes,
        log: &SyncLog,
    ) -> Result<Waiting<&(dyn Link + 'static)>, BarrierError> {
        let (task, epoch, entered) = (&self.task, self.epoch, log.entered_at());
        Waiting::enter(&*self.link, Request { task, epoch, kind, message, left_out: 0, entered })
    }

    async fn enter_async(&self, kind: SyncKind, message: Bytes, log: &SyncLog) -> Outcome {
        match self.enter(kind, message, log) {
            Ok(waiting) => waiting.await,
            Err(error) => Err(error),
        }
    }

    /// Begins a call; answers its message once more if the call before was dropped, for [`missed`](Self::missed).
    fn begin(&mut self, message: &Bytes) -> Option<Bytes> {
        match std::mem::replace(&mut self.last_call, LastCall::Unanswered) {
            LastCall::Answered => None,
            LastCall::Unanswered => Some(message.clone()),
        }
    }

    /// A call that is too late by just one round comes after one that was dropped, and whose round was complete after
    /// all; a call of the same kind would have had its outcome. That round counts, and the call is to be made again, with
    /// the message that is answered.
    fn missed(&mut self, outcome: &Outcome, again: Option<Bytes>) -> Option<Bytes> {
        let message = again?;
        let next = self.epoch.checked_add(1)?;
        let is_missed = matches!(outcome, Err(BarrierError::StaleEpoch { current, .. }) if *current == next);
        is_missed.then(|| {
            self.epoch = next;
            message
        })
    }

    /// Where the epoch rises.
    fn leave(&mut self, log: &SyncLog, outcome: Outcome) -> Outcome {
        self.last_call = LastCall::Answered;
        match &outcome {
            Ok(_) => {
                self.epoch = self.epoch.saturating_add(1);
                log.finished(&self.task, self.epoch);
            }
            Err(error) => log.failed(&self.task, self.epoch, error),
        }
        outcome
    }

    fn round(&self) -> RoundId {
        RoundId { stage_attempt: self.task.stage_attempt, epoch: self.epoch }
    }
}

impl Drop for BarrierTaskContext {
    fn drop(&mut self) {
        self.link.release(self.task.partition_id);
    }
}

fn texts(messages: &Messages, round: RoundId) -> Result<Vec<String>, BarrierError> {
    let text = |(place, message): (i32, &Bytes)| match std::str::from_utf8(message) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(BarrierError::NotText { round, partition: PartitionId(place) }),
    };
    (0..).zip(messages).map(text).collect()
}
