//! A ready-made server with the one service.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use listener_bus::access::{TokenNeeded, may_serve};
use thiserror::Error;
use tokio::sync::oneshot;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};

use super::service::{BarrierService, BarrierServiceBuilder, ServiceError};
use crate::coordinator::BarrierCoordinator;

/// Streams of one connection at a time: one for each session, and one for each `Sync` that waits.
const MAX_STREAMS: u32 = 100_000;
/// How much a client may send before it is read, in bytes.
const WINDOW: u32 = 1 << 20;

/// Why a server does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Everybody who can reach the address could use the coordinator.
    #[error("{address} is not a loopback address: serving the barrier coordinator there needs a token")]
    TokenNeeded {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The service cannot be set up like this.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The address is in use, not ours, or not allowed.
    #[error("cannot serve the barrier coordinator on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificate or the key is none.
    #[error("cannot use the TLS settings of the barrier coordinator on {address}")]
    Tls {
        /// The address asked for.
        address: SocketAddr,
        /// What is wrong with them.
        source: tonic::transport::Error,
    },
    /// The server has ended by itself.
    #[error("the server of the barrier coordinator on {address} has ended")]
    Ended {
        /// Where it was.
        address: SocketAddr,
        /// Why.
        source: tonic::transport::Error,
    },
}

/// Sets a [`BarrierServer`] up.
#[derive(Clone, Debug)]
pub struct BarrierServerBuilder {
    service: BarrierServiceBuilder,
    address: SocketAddr,
    tls: Option<ServerTlsConfig>,
    stop_within: Duration,
    beside: Routes,
}

impl BarrierServerBuilder {
    /// Where to listen. Defaults to a free port of the loopback address. Any address that is not a loopback one needs
    /// a [`token`](Self::token), and should have [`tls`](Self::tls), as the token is sent in the clear otherwise.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Callers must show this token: `authorization: Bearer <token>`. Defaults to none.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.service = self.service.token(token);
        self
    }

    /// Serves over TLS. Defaults to plain text.
    #[must_use]
    pub fn tls(mut self, tls: ServerTlsConfig) -> Self {
        self.tls = Some(tls);
        self
    }

    /// A task is taken for lost when its client has given no sign of life for so long. Defaults to 10 seconds.
    ///
    /// A host that vanishes, or is cut off, may be missed sooner: each connection is asked whether it lives after a third
    /// of this time in silence, and has another third to answer (each is a second at least, and an hour at most). One
    /// that does not is closed, and [`reconnect_within`](Self::reconnect_within) begins. This is how a task is missed
    /// that waits in a call of `Sync`.
    #[must_use]
    pub fn lost_after(mut self, time: Duration) -> Self {
        self.service = self.service.lost_after(time);
        self
    }

    /// A task whose connection broke is taken for lost when it has not come back for so long. Defaults to 3 seconds.
    #[must_use]
    pub fn reconnect_within(mut self, time: Duration) -> Self {
        self.service = self.service.reconnect_within(time);
        self
    }

    /// How long a call of `Sync` may take before it is answered with `pending`. Defaults to 30 seconds.
    #[must_use]
    pub fn max_wait(mut self, time: Duration) -> Self {
        self.service = self.service.max_wait(time);
        self
    }

    /// How long a server that stops waits for its connections to end. Defaults to 5 seconds.
    #[must_use]
    pub fn stop_within(mut self, time: Duration) -> Self {
        self.stop_within = time;
        self
    }

    /// Serves these as well, beside the coordinator, at the same address. Each sees to it whom it lets in. Defaults to
    /// none.
    #[must_use]
    pub fn beside(mut self, services: Routes) -> Self {
        self.beside = services;
        self
    }

    /// Listens; clients can connect, and are served by [`serve`](BarrierServer::serve).
    ///
    /// # Errors
    /// [`ServeError`]; [`ServeError::TokenNeeded`] for an address that is not a loopback one, without a token.
    pub fn bind(self) -> Result<BarrierServer, ServeError> {
        let Self { service, address, tls, stop_within, beside } = self;
        let token = service.needed_token().map_err(ServiceError::Token)?;
        may_serve(address, token.as_ref())
            .map_err(|TokenNeeded { address, .. }| ServeError::TokenNeeded { address })?;
        let keep_alive = service.keep_alive();
        let service = service.build()?;
        // Tasks in sessions are missed after `lost_after`; this is for those who wait in a call.
        let mut server = Server::builder()
            .max_concurrent_streams(MAX_STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .http2_keepalive_interval(Some(keep_alive))
            .http2_keepalive_timeout(Some(keep_alive));
        if let Some(tls) = tls {
            server = server.tls_config(tls).map_err(|source| ServeError::Tls { address, source })?;
        }
        let bind_error = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).map_err(bind_error)?;
        listener.set_nonblocking(true).map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        Ok(BarrierServer { service, server, listener, address, stop_within, beside })
    }
}

/// A gRPC server with a coordinator's service, and nothing else.
#[derive(Debug)]
#[must_use = "it answers nobody before `serve`"]
pub struct BarrierServer {
    service: BarrierService,
    server: Server,
    listener: TcpListener,
    address: SocketAddr,
    stop_within: Duration,
    beside: Routes,
}

impl BarrierServer {
    /// Sets a server up.
    pub fn builder(coordinator: BarrierCoordinator) -> BarrierServerBuilder {
        BarrierServerBuilder {
            service: BarrierService::builder(coordinator),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            stop_within: Duration::from_secs(5),
            beside: Routes::default(),
        }
    }

    /// The address it listens on, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`. Then it stops the coordinator, so that all who wait are answered, and ends once its
    /// connections have, at the latest after [`stop_within`](BarrierServerBuilder::stop_within). Needs a tokio runtime
    /// with IO and time.
    ///
    /// # Errors
    /// [`ServeError::Bind`] or [`ServeError::Ended`].
    ///
    /// # Cancel safety
    /// Dropped, it stops listening; connections that are open stay, as does the coordinator.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { service, mut server, listener, address, stop_within, beside } = self;
        let bind_error = |source| ServeError::Bind { address, source };
        let listener = tokio::net::TcpListener::from_std(listener).map_err(bind_error)?;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let (tell, stopping) = oneshot::channel::<()>();
        let stopped = service.clone();
        let signal = async move {
            shutdown.await;
            stopped.stop();
            drop(tell);
        };
        let serving =
            server.add_routes(beside).add_service(service).serve_with_incoming_shutdown(incoming, signal);
        let give_up = async {
            drop(stopping.await);
            tokio::time::sleep(stop_within).await;
        };
        tokio::select! {
            served = serving => served.map_err(|source| ServeError::Ended { address, source }),
            () = give_up => {
                tracing::warn!(%address, "connections to the barrier coordinator did not end in time and are left behind");
                Ok(())
            }
        }
    }
}
