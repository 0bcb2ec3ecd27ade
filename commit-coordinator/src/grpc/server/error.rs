//! Why a server does not serve.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::grpc::service::ServiceError;

/// Why a server does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Everybody who can reach the address could use the service.
    #[error("{address} is not a loopback address: serving the commit {service} service there needs a token")]
    TokenNeeded {
        /// Which of the two services: `worker` or `driver`.
        service: &'static str,
        /// The address asked for.
        address: SocketAddr,
    },
    /// Whoever has no token at all could end stages, while workers need one to ask.
    #[error("the commit driver service needs a token, as the worker service has one")]
    DriverTokenMissing,
    /// A worker's token could end stages.
    #[error("the commit driver service needs another token than the worker service")]
    SameToken,
    /// A service cannot be set up like this.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The address is in use, not ours, or not allowed.
    #[error("cannot serve the commit coordinator on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificate or the key is none.
    #[error("cannot use the TLS settings of the commit coordinator on {address}")]
    Tls {
        /// The address asked for.
        address: SocketAddr,
        /// What is wrong with them.
        source: tonic::transport::Error,
    },
    /// The server has ended by itself.
    #[error("the server of the commit coordinator on {address} has ended")]
    Ended {
        /// Where it was.
        address: SocketAddr,
        /// Why.
        source: tonic::transport::Error,
    },
}
