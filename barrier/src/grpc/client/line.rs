//! One connection to the server, from its welcome to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_stream::Stream;
use tonic::{Code, Status, Streaming};

use super::core::Core;
use super::settings::Settings;
use crate::grpc::v1;
use crate::grpc::v1::session_response::Response as Tell;

/// A connection that has been welcomed.
#[derive(Debug)]
pub(super) struct Line {
    inbound: Streaming<v1::SessionResponse>,
    heartbeat_every: Duration,
    /// How long the server waits for a client that is cut off.
    urgency: Duration,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) why: NoLine,
    pub(super) age: Age,
}

/// Whether a connection was any good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// It ended before the server had answered a sign of life but the first.
    Young,
    Grown,
}

/// Whatever the server asks for, it is given signs of life so often.
const HEARTBEAT_AT_LEAST_EVERY: Duration = Duration::from_hours(1);

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

impl NoLine {
    pub(super) fn words(&self) -> Arc<str> {
        match self {
            Self::Unreachable(words) => Arc::clone(words),
            Self::Refused(status) => words(status),
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
        let mut client = Settings::client(channel);
        let outbox = Outbox { core: Arc::clone(core), line: core.next_line() };
        let mut inbound = client.session(settings.request(outbox)).await?.into_inner();
        let Some(v1::SessionResponse { response: Some(Tell::Welcome(welcome)) }) = inbound.message().await?
        else {
            return Err(Status::unimplemented("the server did not begin with a welcome").into());
        };
        core.connected(&welcome, client);
        let heartbeat_every = Duration::from_millis(welcome.heartbeat_every_millis.max(1));
        let urgency = Duration::from_millis(welcome.lost_after_millis.min(welcome.reconnect_within_millis));
        Ok(Self { inbound, heartbeat_every: heartbeat_every.min(HEARTBEAT_AT_LEAST_EVERY), urgency })
    }

    pub(super) fn urgency(&self) -> Duration {
        self.urgency
    }

    /// Takes in what the server says until the connection ends. One that is silent is given up long before the server
    /// gives up the tasks: there is to be time for another one.
    pub(super) async fn serve(mut self, core: &Core) -> End {
        let begun = Instant::now();
        let mut heard = begun;
        let why = self.listen(core, &mut heard).await;
        let age = if heard - begun < self.heartbeat_every { Age::Young } else { Age::Grown };
        End { why, age }
    }

    async fn listen(&mut self, core: &Core, heard: &mut Instant) -> NoLine {
        let mut beats = interval(self.heartbeat_every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The last sign of life has half the time to the next one to be answered.
        let silence = self.heartbeat_every * 3 / 2;
        loop {
            tokio::select! {
                biased;
                message = self.inbound.message() => match message {
                    Ok(Some(response)) => {
                        *heard = Instant::now();
                        if let Err(malformed) = core.receive(response) {
                            return NoLine::Unreachable(words(&malformed.into()));
                        }
                    }
                    Ok(None) => return NoLine::Unreachable("the server has ended the session".into()),
                    Err(status) => return status.into(),
                },
                () = sleep_until(*heard + silence) => {
                    return NoLine::Unreachable(format!("no sign of life for {silence:?}").into());
                }
                _ = beats.tick() => core.with(super::book::Book::beat),
            }
        }
    }
}
