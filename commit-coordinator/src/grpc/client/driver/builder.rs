//! Setting a driver's client up.

use std::sync::Arc;
use std::time::Duration;

use tonic::transport::ClientTlsConfig;

use super::GrpcCommitDriver;
use super::calls::is_empty;
use crate::grpc::client::error::ConnectError;
use crate::grpc::client::home::{Home, NotDone};
use crate::grpc::client::settings::Settings;

/// Sets a [`GrpcCommitDriver`] up.
#[derive(Clone, Debug)]
#[must_use = "it does nothing before it connects"]
pub struct GrpcCommitDriverBuilder {
    settings: Settings,
}

impl GrpcCommitDriverBuilder {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// What the server lets the client in for. Defaults to none.
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { settings: self.settings.token(token) }
    }

    /// Connects over TLS; the address must begin with `https`. Defaults to plain text.
    pub fn tls(self, tls: ClientTlsConfig) -> Self {
        Self { settings: self.settings.tls(tls) }
    }

    /// How long a call is tried while the server cannot be reached. Defaults to 1 minute.
    pub fn give_up_after(self, time: Duration) -> Self {
        Self { settings: self.settings.give_up_after(time) }
    }

    /// Connects, in the present tokio runtime, which needs IO and time. A server that is not there yet is waited for.
    ///
    /// # Errors
    /// [`ConnectError`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn connect(self) -> Result<GrpcCommitDriver, ConnectError> {
        let caller = Arc::new(self.settings.caller()?);
        is_empty(&caller).await?;
        Ok(GrpcCommitDriver::new(caller, Home::here()))
    }

    /// Connects, for programs of threads: the work is done by a thread of the client.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Blocking
    /// Until there is a connection, or it is given up.
    pub fn connect_blocking(self) -> Result<GrpcCommitDriver, ConnectError> {
        let home = Home::thread()?;
        let at_most = self.settings.give_up_after;
        let connect = async move {
            let caller = Arc::new(self.settings.caller()?);
            is_empty(&caller).await.map(|_| caller).map_err(ConnectError::from)
        };
        let caller = home.block(at_most, connect).map_err(NotDone::while_connecting)??;
        Ok(GrpcCommitDriver::new(caller, home))
    }
}
