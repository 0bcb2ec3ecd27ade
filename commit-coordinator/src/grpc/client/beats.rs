//! An executor says that it is there, and that it lives.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tonic::transport::Channel;

use super::caller::Caller;
use super::error::CallError;
use super::patience::Patience;
use crate::grpc::v1;
use crate::grpc::v1::commit_worker_client::CommitWorkerClient;
use crate::grpc::v1::heartbeat_response::Outcome;
use crate::grpc::wire::required;

/// Whatever the server says, signs of life are given so often,
const AT_LEAST_EVERY: Duration = Duration::from_hours(1);
/// and not more often than this.
const AT_MOST_EVERY: Duration = Duration::from_millis(1);

/// The executor that a client works for.
#[derive(Debug)]
pub(super) struct Executor {
    id: String,
    process: u64,
    host: String,
    cores: u32,
    missed: Notify,
    ended: Notify,
}

impl Executor {
    pub(super) fn new(id: String, host: String, cores: u32) -> Self {
        let process = RandomState::new().hash_one((process::id(), Instant::now()));
        Self { id, process, host, cores, missed: Notify::new(), ended: Notify::new() }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn wire(&self) -> v1::Executor {
        v1::Executor { executor_id: self.id.clone(), process: self.process }
    }

    /// The server does not know it any more.
    pub(super) fn is_missed(&self) {
        self.missed.notify_one();
    }

    /// It gives no more signs of life.
    pub(super) fn ends(&self) {
        self.ended.notify_one();
    }
}

fn client(channel: Channel) -> CommitWorkerClient<Channel> {
    CommitWorkerClient::new(channel)
}

/// Registers the executor; answers how often it is to give a sign of life.
pub(super) async fn register(
    caller: &Caller,
    executor: &Executor,
    patience: &mut Patience,
) -> Result<Duration, CallError> {
    let Executor { host, cores, .. } = executor;
    let message =
        v1::RegisterExecutorRequest { executor: Some(executor.wire()), host: host.clone(), cores: *cores };
    let call = |channel, request| async move { client(channel).register_executor(request).await };
    let response = caller.call(patience, message, call).await?;
    Ok(Duration::from_millis(response.beat_every_millis))
}

/// Says that the executor leaves.
pub(super) async fn leave(caller: &Caller, executor: &Executor) -> Result<(), CallError> {
    let message = v1::LeaveRequest { executor: Some(executor.wire()) };
    let call = |channel, request| async move { client(channel).leave(request).await };
    caller.call(&mut caller.patience(), message, call).await.map(drop)
}

/// Gives signs of life until the executor ends, or its client does.
pub(super) async fn beat(caller: Arc<Caller>, executor: Arc<Executor>, every: Duration) {
    tokio::select! {
        () = beat_on(&caller, &executor, every) => {}
        () = executor.ended.notified() => {}
    }
}

async fn beat_on(caller: &Caller, executor: &Executor, mut every: Duration) {
    loop {
        let rest = every.clamp(AT_MOST_EVERY, AT_LEAST_EVERY);
        let beaten = tokio::select! {
            rested = caller.pause(rest) => match rested {
                Ok(()) => sign_of_life(caller, executor).await,
                Err(closed) => Err(closed),
            },
            () = executor.missed.notified() => register(caller, executor, &mut caller.patience()).await,
        };
        match beaten {
            Ok(asked) => every = asked,
            Err(CallError::Closed { .. }) => return,
            Err(error) => tracing::warn!(executor = executor.id(), %error, "a sign of life did not arrive"),
        }
    }
}

/// Answers when the next one is due.
async fn sign_of_life(caller: &Caller, executor: &Executor) -> Result<Duration, CallError> {
    let message = v1::HeartbeatRequest { executor: Some(executor.wire()) };
    let call = |channel, request| async move { client(channel).heartbeat(request).await };
    let response = caller.call(&mut caller.patience(), message, call).await?;
    match required("outcome", response.outcome).map_err(|malformed| caller.malformed(malformed))? {
        Outcome::Alive(alive) => Ok(Duration::from_millis(alive.beat_every_millis)),
        Outcome::RegisterAgain(_) => {
            tracing::warn!(
                executor = executor.id(),
                "the commit coordinator does not know this executor any more"
            );
            register(caller, executor, &mut caller.patience()).await
        }
    }
}
