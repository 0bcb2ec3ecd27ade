//! One connection to the server, from its welcome to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::Stream;
use tonic::{Code, Request, Status, Streaming};

use super::core::Core;
use crate::grpc::v1;
use crate::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use crate::grpc::v1::session_response::Response as Tell;

/// A connection that has been welcomed.
#[derive(Debug)]
pub(super) struct Line {
    inbound: Streaming<v1::SessionResponse>,
    heartbeat_every: Duration,
    lost_after: Duration,
}

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(super) enum NoLine {
    /// It may be better soon.
    Unreachable(Arc<str>),
    /// The server has refused, and will again.
    Refused(Status),
}

impl From<Status> for NoLine {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented | Code::InvalidArgument => {
                Self::Refused(status)
            }
            _ => Self::Unreachable(words(&status)),
        }
    }
}

/// What a status says, with what caused it.
fn words(status: &Status) -> Arc<str> {
    format!("{}: {}", status.code(), status.message()).into()
}

/// What an error says, with all that caused it.
fn chain(error: &dyn std::error::Error) -> Arc<str> {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words.into()
}

/// What a connection sends: whatever the book has to say.
struct Outbox {
    core: Arc<Core>,
    line: u64,
}

impl Stream for Outbox {
    type Item = v1::SessionRequest;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let ask = ready!(self.core.poll_next(self.line, context));
        Poll::Ready(ask.map(|ask| v1::SessionRequest { request: Some(ask) }))
    }
}

impl Line {
    /// Connects, and waits for the welcome.
    pub(super) async fn open(core: &Arc<Core>) -> Result<Self, NoLine> {
        let settings = &core.settings;
        let channel =
            settings.endpoint.connect().await.map_err(|error| NoLine::Unreachable(chain(&error)))?;
        let mut client = BarrierCoordinatorClient::new(channel).max_decoding_message_size(usize::MAX);
        let mut request = Request::new(Outbox { core: Arc::clone(core), line: core.next_line() });
        if let Some(authorization) = &settings.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        let mut inbound = client.session(request).await?.into_inner();
        let Some(v1::SessionResponse { response: Some(Tell::Welcome(welcome)) }) = inbound.message().await?
        else {
            return Err(Status::unimplemented("the server did not begin with a welcome").into());
        };
        core.connected(&welcome);
        let millis = |millis: u64| Duration::from_millis(millis.max(1));
        let (heartbeat_every, lost_after) =
            (millis(welcome.heartbeat_every_millis), millis(welcome.lost_after_millis));
        Ok(Self { inbound, heartbeat_every, lost_after })
    }

    /// Takes in what the server says until the connection ends; answers why it has.
    pub(super) async fn serve(mut self, core: &Core) -> NoLine {
        let mut beats = interval(self.heartbeat_every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                biased;
                message = self.inbound.message() => match message {
                    Ok(Some(response)) => {
                        heard = Instant::now();
                        if let Err(malformed) = core.receive(response) {
                            return NoLine::Unreachable(words(&malformed.into()));
                        }
                    }
                    Ok(None) => return NoLine::Unreachable("the server has ended the session".into()),
                    Err(status) => return status.into(),
                },
                _ = beats.tick() => {
                    if heard.elapsed() > self.lost_after {
                        let lost_after = self.lost_after;
                        return NoLine::Unreachable(format!("no sign of life for {lost_after:?}").into());
                    }
                    core.with(super::book::Book::beat);
                }
            }
        }
    }
}
