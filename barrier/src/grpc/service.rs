//! The service that a tonic server carries.

mod arrival;
mod host;
mod joined;
mod session;
mod unary;
mod voices;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::metrics::{Counter, counter};
use http::{Request, Response};
use listener_bus::access::{Token, TokenError};
use thiserror::Error;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::NamedService;
use tower_service::Service;

use super::v1::barrier_coordinator_server::BarrierCoordinatorServer;
use crate::coordinator::BarrierCoordinator;
use crate::metrics::UNAUTHENTICATED;
use host::{Host, Limits};
use unary::Handler;

/// How much larger a request may be than the messages of the largest round.
const REQUEST_OVERHEAD: usize = 64 << 10;

/// Settings that no service can have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceError {
    /// A time is zero.
    #[error("{setting} of the barrier service must be greater than 0")]
    Zero {
        /// Which setting.
        setting: &'static str,
    },
    /// The token is none.
    #[error("the barrier service cannot use this token")]
    Token(#[from] TokenError),
}

/// Sets a [`BarrierService`] up.
#[derive(Clone, Debug)]
pub struct BarrierServiceBuilder {
    coordinator: BarrierCoordinator,
    limits: Limits,
    token: Option<String>,
}

impl BarrierServiceBuilder {
    /// A task is taken for lost when its client has given no sign of life for so long. Defaults to 10 seconds.
    ///
    /// A task that waits in a call of `Sync` is missed when its connection ends, and
    /// [`reconnect_within`](Self::reconnect_within) has passed; how soon the end of a host that vanishes is found is up
    /// to the HTTP/2 keep-alive of the server.
    #[must_use]
    pub fn lost_after(mut self, time: Duration) -> Self {
        self.limits.lost_after = time;
        self
    }

    /// A task whose connection broke is taken for lost when it has not come back for so long. Defaults to 3 seconds.
    #[must_use]
    pub fn reconnect_within(mut self, time: Duration) -> Self {
        self.limits.reconnect_within = time;
        self
    }

    /// How long a call of `Sync` may take before it is answered with `pending`. Defaults to 30 seconds.
    #[must_use]
    pub fn max_wait(mut self, time: Duration) -> Self {
        self.limits.max_wait = time;
        self
    }

    /// Callers must show this token: `authorization: Bearer <token>`. Visible ASCII characters only. Defaults to none,
    /// which lets everybody in.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Builds the service.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn build(self) -> Result<BarrierService, ServiceError> {
        if let Some(setting) = self.limits.zero() {
            return Err(ServiceError::Zero { setting });
        }
        let token = self.needed_token()?;
        Ok(BarrierService::with(self.coordinator, self.limits, token))
    }

    /// What callers must show.
    pub(super) fn needed_token(&self) -> Result<Option<Token>, TokenError> {
        self.token.as_deref().map(Token::new).transpose()
    }

    /// How often a connection is asked whether it lives, and how long it has to answer.
    pub(super) fn keep_alive(&self) -> Duration {
        self.limits.keep_alive()
    }
}

/// The service `barrier.v1.BarrierCoordinator`, for a tonic server: `Server::builder().add_service(service)`. A cheap
/// handle.
///
/// The server should have HTTP/2 keep-alive on; [`BarrierServer`](super::BarrierServer) has that and more.
#[derive(Clone)]
pub struct BarrierService {
    host: Arc<Host>,
    server: BarrierCoordinatorServer<Handler>,
    token: Option<Token>,
    unauthenticated: Counter,
}

impl fmt::Debug for BarrierService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierService").field("host", &self.host).finish_non_exhaustive()
    }
}

impl BarrierService {
    /// The service of this coordinator, with all defaults and no token.
    pub fn new(coordinator: BarrierCoordinator) -> Self {
        Self::with(coordinator, Limits::default(), None)
    }

    /// Sets a service up.
    pub fn builder(coordinator: BarrierCoordinator) -> BarrierServiceBuilder {
        BarrierServiceBuilder { coordinator, limits: Limits::default(), token: None }
    }

    /// Stops the coordinator, so that all who wait are answered, and then ends all sessions, so that a server that
    /// shuts down gracefully is done soon. Waits for nobody, and may be called again.
    pub fn stop(&self) {
        self.host.stop();
    }

    fn with(coordinator: BarrierCoordinator, limits: Limits, token: Option<Token>) -> Self {
        let unauthenticated = counter!(UNAUTHENTICATED, "coordinator" => coordinator.name().to_owned());
        // Registered at once, so that a scrape shows a zero and not nothing.
        unauthenticated.increment(0);
        let settings = coordinator.settings();
        // A message that is too large is for its gang to judge, so that all its tasks are told.
        let largest =
            settings.max_message_bytes.max(settings.max_round_bytes).saturating_add(REQUEST_OVERHEAD);
        let host = Arc::new(Host::new(coordinator, limits));
        let server = BarrierCoordinatorServer::new(Handler { host: Arc::clone(&host) })
            .max_decoding_message_size(largest);
        Self { host, server, token, unauthenticated }
    }

    fn lets_in(&self, request: &Request<Body>) -> bool {
        self.token.as_ref().is_none_or(|token| token.is_shown_by(request.headers()))
    }
}

impl NamedService for BarrierService {
    const NAME: &'static str = <BarrierCoordinatorServer<Handler> as NamedService>::NAME;
}

impl Service<Request<Body>> for BarrierService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if self.lets_in(&request) {
            return self.server.call(request);
        }
        self.unauthenticated.increment(1);
        let refused = Status::unauthenticated("the bearer token is missing or wrong").into_http();
        Box::pin(std::future::ready(Ok(refused)))
    }
}
