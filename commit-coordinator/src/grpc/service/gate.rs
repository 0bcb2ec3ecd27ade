//! Lets in whoever shows the token of a service.

use std::convert::Infallible;
use std::future::ready;

use ::metrics::{Counter, counter};
use http::{Request, Response};
use listener_bus::access::Token;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tower_service::Service;

use crate::metrics::UNAUTHENTICATED;

/// A service behind its token.
#[derive(Clone)]
pub(super) struct Gate<S> {
    service: S,
    token: Option<Token>,
    unauthenticated: Counter,
}

impl<S> Gate<S> {
    pub(super) fn new(service: S, token: Option<Token>, coordinator: &str, name: &'static str) -> Self {
        let unauthenticated =
            counter!(UNAUTHENTICATED, "coordinator" => coordinator.to_owned(), "service" => name);
        // Registered at once, so that a scrape shows a zero and not nothing.
        unauthenticated.increment(0);
        Self { service, token, unauthenticated }
    }
}

type Answering = BoxFuture<Response<Body>, Infallible>;

impl<S> Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = Answering>,
{
    pub(super) fn call(&mut self, request: Request<Body>) -> Answering {
        if self.token.as_ref().is_none_or(|token| token.is_shown_by(request.headers())) {
            return self.service.call(request);
        }
        self.unauthenticated.increment(1);
        let refused = Status::unauthenticated("the bearer token is missing or wrong").into_http();
        Box::pin(ready(Ok(refused)))
    }
}
