//! Setting a worker's client up.

use std::sync::Arc;
use std::time::Duration;

use tonic::transport::{Channel, ClientTlsConfig};

use super::{GrpcCommitWorker, assemble};
use crate::grpc::client::beats::{self, Executor};
use crate::grpc::client::caller::Caller;
use crate::grpc::client::error::{CallError, ConnectError};
use crate::grpc::client::home::{Home, NotDone};
use crate::grpc::client::settings::Settings;
use crate::grpc::v1;
use crate::grpc::v1::commit_worker_client::CommitWorkerClient;

/// Sets a [`GrpcCommitWorker`] up.
#[derive(Clone, Debug)]
#[must_use = "it does nothing before it connects"]
pub struct GrpcCommitWorkerBuilder {
    settings: Settings,
    executor: Option<Arc<Executor>>,
}

impl GrpcCommitWorkerBuilder {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, executor: None }
    }

    /// The tasks run on this executor, which is on that machine and has so many cores. It registers, gives signs of life, and is
    /// lost when it does not. Defaults to none: nobody watches whether this process lives.
    pub fn executor(self, executor_id: impl Into<String>, host: impl Into<String>, cores: u32) -> Self {
        let executor = Executor::new(executor_id.into(), host.into(), cores);
        Self { executor: Some(Arc::new(executor)), ..self }
    }

    /// What the server lets the client in for. Defaults to none.
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { settings: self.settings.token(token), ..self }
    }

    /// Connects over TLS; the address must begin with `https`. Defaults to plain text.
    pub fn tls(self, tls: ClientTlsConfig) -> Self {
        Self { settings: self.settings.tls(tls), ..self }
    }

    /// How long a call is tried while the server cannot be reached. Defaults to 1 minute.
    pub fn give_up_after(self, time: Duration) -> Self {
        Self { settings: self.settings.give_up_after(time), ..self }
    }

    /// Connects, in the present tokio runtime, which needs IO and time; signs of life are given by a task of it. A server that is
    /// not there yet is waited for.
    ///
    /// # Errors
    /// [`ConnectError`].
    ///
    /// # Cancel safety
    /// Dropped, the executor may have been registered, and is lost once it is missed.
    pub async fn connect(self) -> Result<GrpcCommitWorker, ConnectError> {
        let (caller, executor) = self.open().await?;
        Ok(assemble(caller, executor, Home::here()))
    }

    /// Connects, for programs of threads: the work is done by a thread of the client.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Blocking
    /// Until there is a connection, or it is given up.
    pub fn connect_blocking(self) -> Result<GrpcCommitWorker, ConnectError> {
        let home = Home::thread()?;
        let at_most = self.settings.give_up_after;
        let (caller, executor) = home.block(at_most, self.open()).map_err(NotDone::while_connecting)??;
        Ok(assemble(caller, executor, home))
    }

    async fn open(self) -> Result<(Arc<Caller>, Option<Arc<Executor>>), ConnectError> {
        let Self { settings, executor } = self;
        let caller = Arc::new(settings.caller()?);
        match &executor {
            Some(executor) => {
                let every = beats::register(&caller, executor, &mut caller.patience()).await?;
                tokio::spawn(beats::beat(Arc::clone(&caller), Arc::clone(executor), every));
            }
            None => greet(&caller).await?,
        }
        Ok((caller, executor))
    }
}

/// Whether the server is there, and lets this worker in.
async fn greet(caller: &Caller) -> Result<(), CallError> {
    let call = |channel: Channel, request| async move {
        CommitWorkerClient::new(channel).can_commit_all(request).await
    };
    caller.call(&mut caller.patience(), v1::CanCommitAllRequest::default(), call).await.map(drop)
}
