//! How attempts ask.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tonic::Request;
use tonic::transport::Channel;

use crate::executors::ExecutorRefused;
use crate::grpc::client::beats::{self, Executor};
use crate::grpc::client::caller::Caller;
use crate::grpc::client::error::CanCommitError;
use crate::grpc::client::patience::Patience;
use crate::grpc::v1;
use crate::grpc::v1::commit_worker_client::CommitWorkerClient;
use crate::grpc::wire::{self, MOST_TASKS, Malformed, millis};
use crate::task::TaskAttempt;
use crate::verdict::{Advice, Verdict};

/// How long the server is asked to wait at most; it may decide on less.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A server that does not wait is not asked more often than this.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);
/// How long after its deadline a wait may end.
const GRACE: Duration = Duration::from_secs(5);

/// How long an attempt wants to wait.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// Not at all.
    Asked,
    /// For whoever holds the partition.
    Decided { deadline: Instant },
}

impl Until {
    /// How long the server is asked to wait now.
    fn wait(self) -> Duration {
        match self {
            Self::Asked => Duration::ZERO,
            Self::Decided { deadline } => {
                deadline.saturating_duration_since(Instant::now()).min(LONGEST_WAIT)
            }
        }
    }
}

/// The connection, and on whose behalf it asks.
#[derive(Clone)]
pub(super) struct Asks {
    pub(super) caller: Arc<Caller>,
    pub(super) executor: Option<Arc<Executor>>,
}

impl Asks {
    pub(super) async fn can_commit(&self, task: TaskAttempt) -> Result<Verdict, CanCommitError> {
        self.ask(task, Until::Asked, self.caller.patience()).await
    }

    pub(super) async fn await_decision(
        &self,
        task: TaskAttempt,
        deadline: Instant,
    ) -> Result<Verdict, CanCommitError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(LONGEST_WAIT);
            let lasts = self.caller.give_up_after.min(left.saturating_add(GRACE));
            let patience = Patience::new(lasts).waiting(wait, deadline.checked_add(GRACE));
            let asked = Instant::now();
            let verdict = self.ask(task, Until::Decided { deadline }, patience).await?;
            match &verdict {
                Verdict::Denied(denial) if denial.advice() == Advice::Wait && Instant::now() < deadline => {}
                Verdict::Denied(_) | Verdict::Granted(_) => return Ok(verdict),
            }
            let rest = SHORTEST_WAIT.min(wait).saturating_sub(asked.elapsed());
            self.caller.pause(rest).await?;
        }
    }

    /// Asks once. An executor that the server knows nothing of is registered, as the server has been started again.
    async fn ask(
        &self,
        task: TaskAttempt,
        until: Until,
        mut patience: Patience,
    ) -> Result<Verdict, CanCommitError> {
        let answer = self.ask_server(task, until, &mut patience).await?;
        let answer = match (&answer, &self.executor) {
            (Err(ExecutorRefused::Unknown { .. }), Some(executor)) => {
                patience.go_on(Duration::ZERO);
                beats::register(&self.caller, executor, &mut patience).await?;
                patience.go_on(until.wait());
                self.ask_server(task, until, &mut patience).await?
            }
            _ => answer,
        };
        Ok(answer.inspect_err(|refused| self.notice(refused))?)
    }

    async fn ask_server(
        &self,
        task: TaskAttempt,
        until: Until,
        patience: &mut Patience,
    ) -> Result<wire::Answer, CanCommitError> {
        let message = v1::CanCommitRequest { task: Some(task.into()), executor: self.wire(), wait_millis: 0 };
        let call = |channel, mut request: Request<v1::CanCommitRequest>| async move {
            // It may be the second try, with less time left.
            request.get_mut().wait_millis = millis(until.wait());
            client(channel).can_commit(request).await
        };
        let response = self.caller.call(patience, message, call).await?;
        let answer = wire::answer(response).map_err(|malformed| self.caller.malformed(malformed))?;
        if let Ok(verdict) = &answer
            && of(verdict) != task
        {
            let other = Malformed { field: "task", what: "is another one than was asked for" };
            return Err(self.caller.malformed(other).into());
        }
        Ok(answer)
    }

    /// As many calls as the server wants it to be; each has its own time.
    pub(super) async fn can_commit_all(&self, tasks: &[TaskAttempt]) -> Result<Vec<Verdict>, CanCommitError> {
        let mut verdicts = Vec::with_capacity(tasks.len());
        for tasks in tasks.chunks(MOST_TASKS) {
            verdicts.extend(self.can_commit_some(tasks).await?);
        }
        Ok(verdicts)
    }

    async fn can_commit_some(&self, tasks: &[TaskAttempt]) -> Result<Vec<Verdict>, CanCommitError> {
        let mut patience = self.caller.patience();
        let answers = self.ask_all(tasks, &mut patience).await?;
        let is_unknown = answers.iter().any(|answer| matches!(answer, Err(ExecutorRefused::Unknown { .. })));
        let answers = match &self.executor {
            Some(executor) if is_unknown => {
                patience.go_on(Duration::ZERO);
                beats::register(&self.caller, executor, &mut patience).await?;
                patience.go_on(Duration::ZERO);
                self.ask_all(tasks, &mut patience).await?
            }
            _ => answers,
        };
        let verdicts: Result<Vec<_>, _> = answers.into_iter().collect();
        Ok(verdicts.inspect_err(|refused| self.notice(refused))?)
    }

    async fn ask_all(
        &self,
        tasks: &[TaskAttempt],
        patience: &mut Patience,
    ) -> Result<Vec<wire::Answer>, CanCommitError> {
        let wire_tasks = tasks.iter().map(|task| (*task).into()).collect();
        let message = v1::CanCommitAllRequest { tasks: wire_tasks, executor: self.wire() };
        let call = |channel, request| async move { client(channel).can_commit_all(request).await };
        let response = self.caller.call(patience, message, call).await?;
        let answers: Result<Vec<_>, _> = response.answers.into_iter().map(wire::answer).collect();
        let answers = answers.map_err(|malformed| self.caller.malformed(malformed))?;
        let fit =
            |(task, answer): (&TaskAttempt, &wire::Answer)| answer.as_ref().map_or(true, |v| of(v) == *task);
        if answers.len() != tasks.len() || !tasks.iter().zip(&answers).all(fit) {
            let other = Malformed { field: "answers", what: "are of other tasks than were asked for" };
            return Err(self.caller.malformed(other).into());
        }
        Ok(answers)
    }

    /// An executor that was removed registers again, for the attempts that are yet to come.
    fn notice(&self, refused: &ExecutorRefused) {
        if let (Some(executor), ExecutorRefused::Removed { .. }) = (&self.executor, refused) {
            executor.is_missed();
        }
    }

    fn wire(&self) -> Option<v1::Executor> {
        self.executor.as_deref().map(Executor::wire)
    }
}

/// Whom it is for.
fn of(verdict: &Verdict) -> TaskAttempt {
    match verdict {
        Verdict::Granted(permit) => permit.task(),
        Verdict::Denied(denial) => denial.task,
    }
}

/// A client on this channel; the server decides how large its answers are.
fn client(channel: Channel) -> CommitWorkerClient<Channel> {
    CommitWorkerClient::new(channel).max_decoding_message_size(usize::MAX)
}
