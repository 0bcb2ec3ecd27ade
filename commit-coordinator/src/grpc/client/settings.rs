//! How a client is set up.

use std::sync::Arc;
use std::time::Duration;

use listener_bus::access::Token;
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::caller::Caller;
use super::error::ConnectError;

/// The connection is asked whether it lives when it has been silent for so long, and given up when it does not answer for as
/// long again.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How long one try to connect may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How much the server may send before it is read, in bytes.
const WINDOW: u32 = 1 << 20;
/// Calls that wait for their turn on the connection.
const CALLS: usize = 10_000;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    uri: Arc<str>,
    token: Option<String>,
    tls: Option<ClientTlsConfig>,
    pub(super) give_up_after: Duration,
}

impl Settings {
    pub(super) fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into().into(), token: None, tls: None, give_up_after: Duration::from_mins(1) }
    }

    pub(super) fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    pub(super) fn tls(self, tls: ClientTlsConfig) -> Self {
        Self { tls: Some(tls), ..self }
    }

    pub(super) fn give_up_after(self, give_up_after: Duration) -> Self {
        Self { give_up_after, ..self }
    }

    /// Checks them, and makes what calls; inside a tokio runtime.
    pub(super) fn caller(self) -> Result<Caller, ConnectError> {
        let Self { uri, token, tls, give_up_after } = self;
        let authorization = token.as_deref().map(Token::new).transpose()?;
        let authorization = authorization.as_ref().map(Token::header).transpose()?;
        let unusable = |source| ConnectError::Endpoint { uri: Arc::clone(&uri), source };
        let endpoint = Endpoint::from_shared(uri.as_ref().to_owned()).map_err(unusable)?;
        let mut endpoint = endpoint
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true)
            .buffer_size(CALLS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW);
        if let Some(tls) = tls {
            endpoint = endpoint.tls_config(tls).map_err(unusable)?;
        }
        Ok(Caller::new(uri, endpoint, authorization, give_up_after))
    }
}
