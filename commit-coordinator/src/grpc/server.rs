//! A ready-made server with the two services.

mod error;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use listener_bus::access::{Token, TokenNeeded, may_serve};
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};

use super::service::{CommitDriverService, CommitWorkerService, CommitWorkerServiceBuilder, needed};
use crate::coordinator::OutputCommitCoordinator;
use crate::executors::HeartbeatReceiver;

pub use error::ServeError;

/// Calls of one connection at a time: each attempt that waits is one.
const MAX_STREAMS: u32 = 100_000;
/// How much a client may send before it is read, in bytes.
const WINDOW: u32 = 1 << 20;
/// A connection that is silent is asked so often whether it lives, and has as long to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Sets a [`CommitServer`] up.
#[derive(Clone, Debug)]
#[must_use = "it does nothing before `bind`"]
pub struct CommitServerBuilder {
    executors: HeartbeatReceiver,
    workers: CommitWorkerServiceBuilder,
    address: SocketAddr,
    worker_token: Option<String>,
    driver_token: Option<String>,
    tls: Option<ServerTlsConfig>,
    stop_within: Duration,
}

impl CommitServerBuilder {
    /// Where to listen. Defaults to a free port of the loopback address. Any address that is not a loopback one needs both
    /// tokens, and should have [`tls`](Self::tls), as tokens are sent in the clear otherwise.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Workers must show this token: `authorization: Bearer <token>`. Defaults to none. With it, the
    /// [`driver_token`](Self::driver_token) must be set as well.
    pub fn worker_token(mut self, token: impl Into<String>) -> Self {
        self.worker_token = Some(token.into());
        self
    }

    /// Whoever drives the stages must show this token, which is another one than the workers'. Defaults to none.
    pub fn driver_token(mut self, token: impl Into<String>) -> Self {
        self.driver_token = Some(token.into());
        self
    }

    /// Serves over TLS. Defaults to plain text.
    pub fn tls(mut self, tls: ServerTlsConfig) -> Self {
        self.tls = Some(tls);
        self
    }

    /// How long a call may wait for a decision before it is to be sent again. Defaults to 30 seconds.
    pub fn max_wait(mut self, time: Duration) -> Self {
        self.workers = self.workers.max_wait(time);
        self
    }

    /// How long a server that stops waits for its connections to end. Defaults to 5 seconds.
    pub fn stop_within(mut self, time: Duration) -> Self {
        self.stop_within = time;
        self
    }

    /// Listens; clients can connect, and are served by [`serve`](CommitServer::serve).
    ///
    /// # Errors
    /// [`ServeError`]; [`ServeError::TokenNeeded`] for an address that is not a loopback one, without both tokens.
    pub fn bind(self) -> Result<CommitServer, ServeError> {
        self.check_tokens()?;
        let Self { executors, mut workers, address, worker_token, driver_token, tls, stop_within } = self;
        let mut drivers = CommitDriverService::builder(&executors);
        if let Some(token) = worker_token {
            workers = workers.token(token);
        }
        if let Some(token) = driver_token {
            drivers = drivers.token(token);
        }
        let (workers, drivers) = (workers.build()?, drivers.build()?);
        let mut server = Server::builder()
            .max_concurrent_streams(MAX_STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .http2_keepalive_timeout(Some(KEEP_ALIVE));
        if let Some(tls) = tls {
            server = server.tls_config(tls).map_err(|source| ServeError::Tls { address, source })?;
        }
        let bind_error = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).map_err(bind_error)?;
        listener.set_nonblocking(true).map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let coordinator = executors.coordinator().clone();
        Ok(CommitServer { coordinator, workers, drivers, server, listener, address, stop_within })
    }

    /// Nobody who may only ask can end a stage.
    fn check_tokens(&self) -> Result<(), ServeError> {
        let worker = needed("worker", self.worker_token.as_deref())?;
        let driver = needed("driver", self.driver_token.as_deref())?;
        for (service, token) in [("worker", &worker), ("driver", &driver)] {
            may_serve(self.address, token.as_ref())
                .map_err(|TokenNeeded { address, .. }| ServeError::TokenNeeded { service, address })?;
        }
        match (worker, driver) {
            (Some(_), None) => Err(ServeError::DriverTokenMissing),
            (Some(worker), Some(driver)) if Token::is_same_as(&worker, &driver) => Err(ServeError::SameToken),
            _ => Ok(()),
        }
    }
}

/// A gRPC server with the two services of a coordinator, and nothing else.
#[derive(Debug)]
#[must_use = "it answers nobody before `serve`"]
pub struct CommitServer {
    coordinator: OutputCommitCoordinator,
    workers: CommitWorkerService,
    drivers: CommitDriverService,
    server: Server,
    listener: TcpListener,
    address: SocketAddr,
    stop_within: Duration,
}

impl CommitServer {
    /// Sets a server up, for the coordinator of these executors.
    pub fn builder(executors: &HeartbeatReceiver) -> CommitServerBuilder {
        CommitServerBuilder {
            executors: executors.clone(),
            workers: CommitWorkerService::builder(executors),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            worker_token: None,
            driver_token: None,
            tls: None,
            stop_within: Duration::from_secs(5),
        }
    }

    /// The address it listens on, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`. Then it stops the coordinator, so that all who wait are answered, and ends once its
    /// connections have, at the latest after [`stop_within`](CommitServerBuilder::stop_within). Needs a tokio runtime with
    /// IO and time.
    ///
    /// # Errors
    /// [`ServeError::Bind`] or [`ServeError::Ended`].
    ///
    /// # Cancel safety
    /// Dropped, it stops listening; connections that are open stay, as does the coordinator.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { coordinator, workers, drivers, mut server, listener, address, stop_within } = self;
        let bind_error = |source| ServeError::Bind { address, source };
        let listener = tokio::net::TcpListener::from_std(listener).map_err(bind_error)?;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let (tell, stopping) = oneshot::channel::<()>();
        let signal = async move {
            shutdown.await;
            coordinator.stop();
            drop(tell);
        };
        let router = server.add_service(workers).add_service(drivers);
        let serving = router.serve_with_incoming_shutdown(incoming, signal);
        let give_up = async {
            drop(stopping.await);
            tokio::time::sleep(stop_within).await;
        };
        tokio::select! {
            served = serving => served.map_err(|source| ServeError::Ended { address, source }),
            () = give_up => {
                tracing::warn!(%address, "connections to the commit coordinator did not end in time and are left behind");
                Ok(())
            }
        }
    }
}
