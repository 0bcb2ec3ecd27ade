//! Setting a client up.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam::channel::{Sender, bounded};
use listener_bus::access::{Token, TokenError};
use thiserror::Error;
use tokio::runtime::Handle;
use tonic::Code;
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::core::Core;
use super::line::{Line, NoLine};
use super::settings::Settings;
use super::trouble::Trouble;
use super::work::{Refusal, connect, work};
use super::{Client, GrpcCoordinator, Worker};

/// The connection is asked whether it lives when it has been silent for so long, and given up when it does not answer
/// for as long again.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How much the server may send before it is read, in bytes.
const WINDOW: u32 = 1 << 20;
/// The stack of the thread of a client for programs of threads, in bytes.
const STACK: usize = 512 << 10;

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is none, or the TLS settings cannot be used.
    #[error("cannot use {uri} for a barrier coordinator")]
    Endpoint {
        /// The address.
        uri: String,
        /// What is wrong.
        source: tonic::transport::Error,
    },
    /// The token is none.
    #[error("the barrier client cannot use this token")]
    Token(#[from] TokenError),
    /// Nobody has answered there for so long that it was given up.
    #[error("the barrier coordinator at {uri} could not be reached for {tried:?}: {last}")]
    Unreachable {
        /// The address.
        uri: String,
        /// How long it was tried.
        tried: Duration,
        /// What the last try ended with.
        last: Arc<str>,
    },
    /// The server does not take the token, or wants one.
    #[error("the barrier coordinator at {uri} does not let this client in: {message}")]
    Unauthenticated {
        /// The address.
        uri: String,
        /// What the server said.
        message: Arc<str>,
    },
    /// The server is no barrier coordinator, or not one of this version.
    #[error("{uri} refuses to be a barrier coordinator: {code}: {message}")]
    Refused {
        /// The address.
        uri: String,
        /// The code of the answer.
        code: Code,
        /// What the server said.
        message: Arc<str>,
    },
    /// The thread of a client for programs of threads could not be started.
    #[error("cannot start the thread of the barrier client")]
    Spawn(#[source] io::Error),
}

/// Sets a [`GrpcCoordinator`] up.
#[derive(Clone, Debug)]
pub struct GrpcCoordinatorBuilder {
    uri: String,
    token: Option<String>,
    tls: Option<ClientTlsConfig>,
    give_up_after: Duration,
    log_waiting_every: Duration,
}

impl GrpcCoordinatorBuilder {
    pub(super) fn new(uri: String) -> Self {
        let (give_up_after, log_waiting_every) = (Duration::from_mins(1), Duration::from_mins(1));
        Self { uri, token: None, tls: None, give_up_after, log_waiting_every }
    }

    /// What the server lets the client in for. Defaults to none.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Connects over TLS; the address must begin with `https`. Defaults to plain text.
    #[must_use]
    pub fn tls(mut self, tls: ClientTlsConfig) -> Self {
        self.tls = Some(tls);
        self
    }

    /// How long a server that cannot be reached is tried, at first and whenever the connection breaks. Then whoever waits
    /// gets [`BarrierError::CoordinatorGone`](crate::BarrierError::CoordinatorGone). A connection that ends right after it
    /// was made changes nothing: the time goes on. Defaults to 1 minute.
    #[must_use]
    pub fn give_up_after(mut self, time: Duration) -> Self {
        self.give_up_after = time;
        self
    }

    /// How often the log says that a task waits. Defaults to 1 minute.
    #[must_use]
    pub fn log_waiting_every(mut self, time: Duration) -> Self {
        self.log_waiting_every = time;
        self
    }

    /// Connects. The work is done by a task of the present tokio runtime, which needs IO and time; when that runtime
    /// ends, all waits fail.
    ///
    /// # Errors
    /// [`ConnectError`]; a server that is not there yet is waited for. One that refuses is not, though later, when the
    /// connection breaks, it is tried again as one that cannot be reached.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn connect(self) -> Result<GrpcCoordinator, ConnectError> {
        let (core, line) = self.open().await?;
        tokio::spawn(work(Arc::clone(&core), line));
        let (runtime, worker) = (Handle::current(), Worker::Task);
        Ok(GrpcCoordinator { client: Arc::new(Client { core, runtime, worker }) })
    }

    /// Connects, for programs of threads: the work is done by a thread of the client. The last handle or context that
    /// is dropped waits until the server knows that the tasks have left, for a few seconds at most.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and [`ConnectError::Spawn`].
    ///
    /// # Blocking
    /// Until there is a connection, or it is given up.
    pub fn connect_blocking(self) -> Result<GrpcCoordinator, ConnectError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(ConnectError::Spawn)?;
        let (tell, told) = bounded(1);
        let (alive, ended) = bounded::<()>(0);
        let handle = runtime.handle().clone();
        let thread = thread::Builder::new().name("barrier-client".to_owned()).stack_size(STACK);
        let worker = thread.spawn(move || {
            runtime.block_on(self.serve(&tell));
            drop(runtime);
            drop(alive);
        });
        let id = worker.map_err(ConnectError::Spawn)?.thread().id();
        let died = || ConnectError::Spawn(io::Error::other("the thread has ended"));
        let core = told.recv().map_err(|_gone| died())??;
        let (runtime, worker) = (handle, Worker::Thread { id, ended });
        Ok(GrpcCoordinator { client: Arc::new(Client { core, runtime, worker }) })
    }

    async fn serve(self, tell: &Sender<Result<Arc<Core>, ConnectError>>) {
        match self.open().await {
            Ok((core, line)) => {
                // Nobody takes it if the caller is gone, which cannot be: it blocks.
                if tell.send(Ok(Arc::clone(&core))).is_ok() {
                    work(core, line).await;
                }
            }
            Err(error) => drop(tell.send(Err(error))),
        }
    }

    async fn open(self) -> Result<(Arc<Core>, Line), ConnectError> {
        let (uri, give_up_after) = (self.uri.clone(), self.give_up_after);
        let core = Arc::new(Core::new(self.settings()?));
        let mut trouble = Trouble::at_first();
        let line = connect(&core, &mut trouble, Refusal::IsFinal).await.map_err(|why| match why {
            NoLine::Unreachable(last) => ConnectError::Unreachable { uri, tried: give_up_after, last },
            NoLine::Refused(status) if status.code() == Code::Unauthenticated => {
                ConnectError::Unauthenticated { uri, message: status.message().into() }
            }
            NoLine::Refused(status) => {
                ConnectError::Refused { uri, code: status.code(), message: status.message().into() }
            }
        })?;
        Ok((core, line))
    }

    fn settings(self) -> Result<Settings, ConnectError> {
        let Self { uri, token, tls, give_up_after, log_waiting_every } = self;
        let authorization = token.as_deref().map(Token::new).transpose()?;
        let authorization = authorization.as_ref().map(Token::header).transpose()?;
        let unusable = |source| ConnectError::Endpoint { uri: uri.clone(), source };
        let endpoint = Endpoint::from_shared(uri.clone()).map_err(unusable)?;
        let mut endpoint = endpoint
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW);
        if let Some(tls) = tls {
            endpoint = endpoint.tls_config(tls).map_err(unusable)?;
        }
        Ok(Settings { endpoint, authorization, give_up_after, log_waiting_every })
    }
}
