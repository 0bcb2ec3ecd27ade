//! A session by hand, as a client of another language would hold one.

use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::grpc::v1::session_response::Response as Tell;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::support::{Served, within};

pub(crate) struct BareSession {
    ask: mpsc::Sender<v1::SessionRequest>,
    told: Streaming<v1::SessionResponse>,
}

impl BareSession {
    pub(crate) async fn open(served: &Served) -> Self {
        let (ask, asked) = mpsc::channel(16);
        let told = served.bare().await.session(ReceiverStream::new(asked)).await.unwrap().into_inner();
        Self { ask, told }
    }

    pub(crate) async fn ask(&self, request: Ask) {
        self.ask.send(v1::SessionRequest { request: Some(request) }).await.unwrap();
    }

    pub(crate) async fn told(&mut self) -> Tell {
        let told = within(self.told.message()).await.unwrap().expect("the session goes on");
        told.response.unwrap()
    }

    /// The first response that is about a round.
    pub(crate) async fn released(&mut self) -> v1::Released {
        loop {
            if let Tell::Released(released) = self.told().await {
                return released;
            }
        }
    }

    /// Waits until the server has heard all that was said before.
    pub(crate) async fn until_heard(&mut self) {
        self.ask(Ask::Beat(v1::Beat {})).await;
        while self.told().await != Tell::Beat(v1::Beat {}) {}
    }
}
