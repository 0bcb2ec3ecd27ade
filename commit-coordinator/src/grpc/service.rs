//! The two services that a tonic server carries.

mod driver;
mod gate;
mod order;
mod worker;

use std::convert::Infallible;
use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use listener_bus::access::{Token, TokenError};
use thiserror::Error;
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::NamedService;
use tower_service::Service;

use super::v1::commit_driver_server::CommitDriverServer;
use super::v1::commit_worker_server::CommitWorkerServer;
use crate::executors::HeartbeatReceiver;
use driver::DriverHandler;
use gate::Gate;
use worker::WorkerHandler;

/// Settings that no service can have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceError {
    /// A time is zero.
    #[error("{setting} of the commit service must be greater than 0")]
    Zero {
        /// Which setting.
        setting: &'static str,
    },
    /// The token is none.
    #[error("the commit {service} service cannot use this token")]
    Token {
        /// Which of the two services: `worker` or `driver`.
        service: &'static str,
        /// What is wrong with it.
        source: TokenError,
    },
}

/// Sets a [`CommitWorkerService`] up.
#[derive(Clone, Debug)]
#[must_use = "it does nothing before `build`"]
pub struct CommitWorkerServiceBuilder {
    executors: HeartbeatReceiver,
    token: Option<String>,
    max_wait: Duration,
}

impl CommitWorkerServiceBuilder {
    /// Callers must show this token: `authorization: Bearer <token>`. Visible ASCII characters only. Defaults to none,
    /// which lets everybody in.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// How long a call may wait for a decision before it is to be sent again. Defaults to 30 seconds.
    pub fn max_wait(mut self, time: Duration) -> Self {
        self.max_wait = time;
        self
    }

    /// Builds the service.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn build(self) -> Result<CommitWorkerService, ServiceError> {
        let Self { executors, token, max_wait } = self;
        if max_wait.is_zero() {
            return Err(ServiceError::Zero { setting: "max_wait" });
        }
        let token = needed("worker", token.as_deref())?;
        let coordinator = executors.coordinator().name().to_owned();
        let server = CommitWorkerServer::new(WorkerHandler { executors, max_wait });
        Ok(CommitWorkerService(Gate::new(server, token, &coordinator, "worker")))
    }
}

/// Sets a [`CommitDriverService`] up.
#[derive(Clone, Debug)]
#[must_use = "it does nothing before `build`"]
pub struct CommitDriverServiceBuilder {
    executors: HeartbeatReceiver,
    token: Option<String>,
}

impl CommitDriverServiceBuilder {
    /// Callers must show this token: `authorization: Bearer <token>`. Visible ASCII characters only, and another one than
    /// the workers'. Defaults to none, which lets everybody in.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Builds the service.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn build(self) -> Result<CommitDriverService, ServiceError> {
        let Self { executors, token } = self;
        let token = needed("driver", token.as_deref())?;
        let coordinator = executors.coordinator().name().to_owned();
        let server = CommitDriverServer::new(DriverHandler::new(executors));
        Ok(CommitDriverService(Gate::new(server, token, &coordinator, "driver")))
    }
}

/// The token that callers must show.
pub(super) fn needed(service: &'static str, token: Option<&str>) -> Result<Option<Token>, ServiceError> {
    token.map(Token::new).transpose().map_err(|source| ServiceError::Token { service, source })
}

/// The service `commit.v1.CommitWorker`, for a tonic server: `Server::builder().add_service(service)`. A cheap handle.
#[derive(Clone)]
pub struct CommitWorkerService(Gate<CommitWorkerServer<WorkerHandler>>);

/// The service `commit.v1.CommitDriver`, for a tonic server: `Server::builder().add_service(service)`. A cheap handle.
#[derive(Clone)]
pub struct CommitDriverService(Gate<CommitDriverServer<DriverHandler>>);

impl CommitWorkerService {
    /// Sets a service up, for the coordinator of these executors.
    pub fn builder(executors: &HeartbeatReceiver) -> CommitWorkerServiceBuilder {
        let (executors, max_wait) = (executors.clone(), Duration::from_secs(30));
        CommitWorkerServiceBuilder { executors, token: None, max_wait }
    }
}

impl CommitDriverService {
    /// Sets a service up, for the coordinator of these executors.
    pub fn builder(executors: &HeartbeatReceiver) -> CommitDriverServiceBuilder {
        CommitDriverServiceBuilder { executors: executors.clone(), token: None }
    }
}

macro_rules! gated {
    ($Service:ident, $Server:ty) => {
        impl fmt::Debug for $Service {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Service)).finish_non_exhaustive()
            }
        }

        impl NamedService for $Service {
            const NAME: &'static str = <$Server as NamedService>::NAME;
        }

        impl Service<Request<Body>> for $Service {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<Response<Body>, Infallible>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: Request<Body>) -> Self::Future {
                self.0.call(request)
            }
        }
    };
}

gated!(CommitWorkerService, CommitWorkerServer<WorkerHandler>);
gated!(CommitDriverService, CommitDriverServer<DriverHandler>);
