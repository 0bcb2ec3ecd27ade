//! Makes calls, again and again while the connection is broken.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use super::error::CallError;
use super::home::{HELD_UP, NotDone};
use super::patience::{Last, Patience};
use crate::grpc::wire::Malformed;

/// The connection of a client, and how to make it again.
#[derive(Debug)]
pub(super) struct Caller {
    uri: Arc<str>,
    endpoint: Endpoint,
    authorization: Option<HeaderValue>,
    pub(super) give_up_after: Duration,
    /// Where connections live, whoever calls.
    runtime: Handle,
    connection: Mutex<Connection>,
    closed: watch::Sender<bool>,
}

/// It connects by itself, and again when it has ended.
#[derive(Clone, Debug)]
struct Connection {
    channel: Channel,
    /// How many were made before.
    number: u64,
}

/// How one try has ended.
enum Try<T> {
    Answered(T),
    /// It may be better soon.
    Broken(Last),
    Hung,
    Final(CallError),
}

impl Caller {
    pub(super) fn new(
        uri: Arc<str>,
        endpoint: Endpoint,
        authorization: Option<HeaderValue>,
        give_up_after: Duration,
    ) -> Self {
        let connection = Mutex::new(Connection { channel: endpoint.connect_lazy(), number: 0 });
        let (runtime, closed) = (Handle::current(), watch::Sender::new(false));
        Self { uri, endpoint, authorization, give_up_after, runtime, connection, closed }
    }

    pub(super) fn uri(&self) -> &Arc<str> {
        &self.uri
    }

    /// As long as a call is tried that the server answers at once.
    pub(super) fn patience(&self) -> Patience {
        Patience::new(self.give_up_after)
    }

    /// Makes a call until it is answered, or refused, or patience ends.
    pub(super) async fn call<M, T, F>(
        &self,
        patience: &mut Patience,
        message: M,
        call: impl Fn(Channel, Request<M>) -> F,
    ) -> Result<T, CallError>
    where
        M: Clone,
        F: Future<Output = Result<Response<T>, Status>>,
    {
        while let Some(pause) = patience.rest() {
            self.pause(pause).await?;
            let Connection { channel, number } = self.connection();
            let request = self.request(message.clone());
            match self.attempt(patience.try_within(), call(channel, request)).await {
                Try::Answered(answer) => return Ok(answer),
                Try::Broken(last) => patience.last = last,
                Try::Hung => {
                    patience.hung();
                    self.connect_anew(number);
                }
                Try::Final(error) => return Err(error),
            }
        }
        let (uri, tried) = (Arc::clone(&self.uri), patience.tried());
        Err(match patience.last.clone() {
            Last::Broken(last) => CallError::Unreachable { uri, tried, last },
            Last::NameTaken(message) => CallError::NameTaken { uri, tried, message },
        })
    }

    async fn attempt<T>(
        &self,
        within: Duration,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Try<T> {
        let answered = tokio::select! {
            biased;
            answered = timeout(within, call) => answered,
            error = self.is_closed() => return Try::Final(error),
        };
        match answered {
            Ok(Ok(response)) => Try::Answered(response.into_inner()),
            Ok(Err(status)) => self.judge(&status),
            Err(_elapsed) => Try::Hung,
        }
    }

    /// Whether a refusal is worth another try.
    fn judge<T>(&self, status: &Status) -> Try<T> {
        let (uri, code) = (Arc::clone(&self.uri), status.code());
        let message = || status.message().into();
        match code {
            Code::Unauthenticated | Code::PermissionDenied => {
                Try::Final(CallError::Unauthenticated { uri, message: message() })
            }
            Code::Unimplemented | Code::InvalidArgument | Code::OutOfRange => {
                Try::Final(CallError::Refused { uri, code, message: message() })
            }
            Code::FailedPrecondition => Try::Final(CallError::Superseded { uri, message: message() }),
            Code::AlreadyExists => Try::Broken(Last::NameTaken(message())),
            _ => Try::Broken(Last::Broken(words(status))),
        }
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().as_mut().insert(AUTHORIZATION, authorization.clone());
        }
        request
    }

    /// Rests, unless the client is closed.
    pub(super) async fn pause(&self, time: Duration) -> Result<(), CallError> {
        if time.is_zero() {
            return if *self.closed.borrow() { Err(self.closed_error()) } else { Ok(()) };
        }
        tokio::select! {
            () = sleep(time) => Ok(()),
            error = self.is_closed() => Err(error),
        }
    }

    fn connection(&self) -> Connection {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The connection with this number does not answer; what still waits on it is not cut off.
    fn connect_anew(&self, number: u64) {
        let _runtime = self.runtime.enter();
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if connection.number == number {
            *connection = Connection { channel: self.endpoint.connect_lazy(), number: number + 1 };
        }
    }

    /// Ends all calls, and takes no more.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
    }

    async fn is_closed(&self) -> CallError {
        // It fails only if the sender is gone, which is ours.
        drop(self.closed.subscribe().wait_for(|closed| *closed).await);
        self.closed_error()
    }

    pub(super) fn closed_error(&self) -> CallError {
        CallError::Closed { uri: Arc::clone(&self.uri) }
    }

    /// A call that was not made.
    pub(super) fn not_done(&self, not_done: NotDone) -> CallError {
        match not_done {
            NotDone::Ended => self.closed_error(),
            NotDone::HeldUp(tried) => {
                CallError::Unreachable { uri: Arc::clone(&self.uri), tried, last: HELD_UP.into() }
            }
        }
    }

    pub(super) fn malformed(&self, source: Malformed) -> CallError {
        CallError::Malformed { uri: Arc::clone(&self.uri), source }
    }
}

/// What a status says, with all that caused it.
fn words(status: &Status) -> Arc<str> {
    let mut words = format!("{}: {}", status.code(), status.message());
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        let cause = error.to_string();
        if !words.ends_with(&cause) {
            words = format!("{words}: {cause}");
        }
        source = error.source();
    }
    words.into()
}
