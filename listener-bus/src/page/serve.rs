//! Serves the page from threads of its own.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use thiserror::Error;

use crate::access::TokenNeeded;
use crate::server::{ServerThread, listen};

/// Why a page is not served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Others could reach it.
    #[error(transparent)]
    TokenNeeded(#[from] TokenNeeded),
    /// The address is in use, not ours, or not allowed.
    #[error("cannot serve the status page on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The server's threads could not be started.
    #[error("cannot start the threads that serve the status page")]
    Spawn(#[source] io::Error),
}

/// Serves a page until it is dropped.
#[derive(Debug)]
#[must_use = "dropping it stops the server"]
pub struct PageServer {
    server: ServerThread,
}

impl PageServer {
    pub(super) fn start(address: SocketAddr, router: Router) -> Result<Self, ServeError> {
        let listener = listen(address).map_err(|source| ServeError::Bind { address, source })?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("status-page")
            .enable_io()
            .enable_time()
            .build()
            .map_err(ServeError::Spawn)?;
        let server = ServerThread::start("status-page", (listener, runtime), router, std::future::pending());
        Ok(Self { server: server.map_err(ServeError::Spawn)? })
    }

    /// The address it listens on, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }
}
