//! What the processes that run tasks may call.

use std::time::{Duration, Instant};

use tonic::{Request, Response, Status};

use crate::executors::{ExecutorProcess, HeartbeatReceiver, HeartbeatResponse};
use crate::grpc::v1;
use crate::grpc::v1::heartbeat_response::Outcome;
use crate::grpc::wire::{self, Answer, MOST_TASKS, Malformed, millis};
use crate::task::TaskAttempt;

type Answering<T> = Result<Response<T>, Status>;

/// Answers workers.
#[derive(Clone, Debug)]
pub(crate) struct WorkerHandler {
    pub(super) executors: HeartbeatReceiver,
    pub(super) max_wait: Duration,
}

impl WorkerHandler {
    fn ask(&self, executor: Option<ExecutorProcess>, task: TaskAttempt) -> Answer {
        match executor {
            Some(executor) => self.executors.can_commit(executor, task),
            None => Ok(self.executors.coordinator().can_commit(task)),
        }
    }

    async fn wait(&self, executor: Option<ExecutorProcess>, task: TaskAttempt, wait: Duration) -> Answer {
        if wait.is_zero() {
            return self.ask(executor, task);
        }
        let now = Instant::now();
        let deadline = now.checked_add(wait.min(self.max_wait)).unwrap_or(now);
        match executor {
            Some(executor) => self.executors.await_decision_async(executor, task, deadline).await,
            None => Ok(self.executors.coordinator().await_decision_async(task, deadline).await),
        }
    }
}

/// The executor, if there is one.
fn executor(executor: Option<v1::Executor>) -> Result<Option<ExecutorProcess>, Malformed> {
    executor.map(|executor| wire::executor(Some(executor))).transpose()
}

#[tonic::async_trait]
impl v1::commit_worker_server::CommitWorker for WorkerHandler {
    async fn can_commit(&self, request: Request<v1::CanCommitRequest>) -> Answering<v1::CanCommitResponse> {
        let request = request.into_inner();
        let (task, executor) = (wire::task("task", request.task)?, executor(request.executor)?);
        let answer = self.wait(executor, task, Duration::from_millis(request.wait_millis)).await;
        Ok(Response::new(v1::CanCommitResponse::of(task, answer)))
    }

    async fn can_commit_all(
        &self,
        request: Request<v1::CanCommitAllRequest>,
    ) -> Answering<v1::CanCommitAllResponse> {
        let v1::CanCommitAllRequest { tasks, executor: by } = request.into_inner();
        if tasks.len() > MOST_TASKS {
            return Err(Malformed { field: "tasks", what: "are more than 10000" }.into());
        }
        let executor = executor(by)?;
        let answer = |task: v1::TaskAttempt| {
            let task = TaskAttempt::from(task);
            v1::CanCommitResponse::of(task, self.ask(executor.clone(), task))
        };
        Ok(Response::new(v1::CanCommitAllResponse { answers: tasks.into_iter().map(answer).collect() }))
    }

    async fn register_executor(
        &self,
        request: Request<v1::RegisterExecutorRequest>,
    ) -> Answering<v1::RegisterExecutorResponse> {
        let v1::RegisterExecutorRequest { executor, host, cores } = request.into_inner();
        let (executor, host) = (wire::executor(executor)?, wire::text("host", host)?);
        let registered = self.executors.register(executor, host, cores);
        let registered = registered.map_err(|taken| Status::already_exists(taken.to_string()))?;
        Ok(Response::new(v1::RegisterExecutorResponse {
            beat_every_millis: millis(registered.beat_every),
            lost_after_millis: millis(registered.lost_after),
        }))
    }

    async fn heartbeat(&self, request: Request<v1::HeartbeatRequest>) -> Answering<v1::HeartbeatResponse> {
        let outcome = match self.executors.heartbeat(wire::executor(request.into_inner().executor)?) {
            HeartbeatResponse::Alive { beat_every } => {
                Outcome::Alive(v1::Alive { beat_every_millis: millis(beat_every) })
            }
            HeartbeatResponse::RegisterAgain => Outcome::RegisterAgain(v1::Nothing {}),
        };
        Ok(Response::new(v1::HeartbeatResponse { outcome: Some(outcome) }))
    }

    async fn leave(&self, request: Request<v1::LeaveRequest>) -> Answering<v1::LeaveResponse> {
        let was_there = self.executors.executor_left(wire::executor(request.into_inner().executor)?);
        Ok(Response::new(v1::LeaveResponse { was_there }))
    }
}
