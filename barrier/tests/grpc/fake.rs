//! A server that a test tells what to say.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use barrier::grpc::v1;
use barrier::grpc::v1::barrier_coordinator_server::{BarrierCoordinator, BarrierCoordinatorServer};
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::grpc::v1::session_response::Response as Tell;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

type Answering<T> = Result<Response<T>, Status>;
/// What the server says to a request of its session of this number, which is 0 for the first.
type Script = dyn Fn(usize, Option<&Ask>) -> Vec<Result<Tell, Status>> + Send + Sync;

/// Says nothing of its own.
pub(crate) struct Fake {
    script: Arc<Script>,
    sessions: AtomicUsize,
}

impl Fake {
    /// Serves in the runtime of the test. The script is asked with `None` when a session begins; a session whose beginning
    /// is an error is refused.
    pub(crate) async fn serve(
        script: impl Fn(usize, Option<&Ask>) -> Vec<Result<Tell, Status>> + Send + Sync + 'static,
    ) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self { script: Arc::new(script), sessions: AtomicUsize::new(0) };
        let service = BarrierCoordinatorServer::new(fake);
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
        address
    }
}

/// A welcome of a server that asks for a sign of life so often, and is in no hurry.
pub(crate) fn welcome(heartbeat_every_millis: u64) -> Tell {
    Tell::Welcome(v1::Welcome {
        heartbeat_every_millis,
        lost_after_millis: 60_000,
        reconnect_within_millis: 60_000,
        max_message_bytes: 1 << 20,
        ..v1::Welcome::default()
    })
}

/// An answer to a sign of life, and to nothing else.
pub(crate) fn beat(ask: Option<&Ask>) -> Vec<Result<Tell, Status>> {
    match ask {
        Some(Ask::Beat(_)) => vec![Ok(Tell::Beat(v1::Beat {}))],
        _ => vec![],
    }
}

fn response(tell: Result<Tell, Status>) -> Result<v1::SessionResponse, Status> {
    tell.map(|tell| v1::SessionResponse { response: Some(tell) })
}

#[tonic::async_trait]
impl BarrierCoordinator for Fake {
    type SessionStream = Pin<Box<dyn Stream<Item = Result<v1::SessionResponse, Status>> + Send>>;

    async fn session(
        &self,
        request: Request<Streaming<v1::SessionRequest>>,
    ) -> Answering<Self::SessionStream> {
        let session = self.sessions.fetch_add(1, Ordering::SeqCst);
        let (script, mut asked) = (Arc::clone(&self.script), request.into_inner());
        let mut says = script(session, None);
        if matches!(says.first(), Some(Err(_))) {
            return Err(says.remove(0).unwrap_err());
        }
        let (tell, told) = mpsc::channel(16);
        tokio::spawn(async move {
            for said in says {
                if tell.send(response(said)).await.is_err() {
                    return;
                }
            }
            while let Ok(Some(request)) = asked.message().await {
                for said in script(session, request.request.as_ref()) {
                    if tell.send(response(said)).await.is_err() {
                        return;
                    }
                }
            }
        });
        // An error is the end.
        let mut is_over = false;
        let until_error = ReceiverStream::new(told).take_while(move |said| {
            let goes_on = !is_over;
            is_over = said.is_err();
            goes_on
        });
        Ok(Response::new(Box::pin(until_error)))
    }

    async fn sync(&self, _: Request<v1::SyncRequest>) -> Answering<v1::SyncResponse> {
        Err(Status::unimplemented("sync"))
    }

    async fn heartbeat(&self, _: Request<v1::HeartbeatRequest>) -> Answering<v1::HeartbeatResponse> {
        Err(Status::unimplemented("heartbeat"))
    }

    async fn leave(&self, _: Request<v1::LeaveRequest>) -> Answering<v1::LeaveResponse> {
        Err(Status::unimplemented("leave"))
    }

    async fn abort(&self, _: Request<v1::AbortRequest>) -> Answering<v1::AbortResponse> {
        Err(Status::unimplemented("abort"))
    }

    async fn complete_stage(
        &self,
        _: Request<v1::CompleteStageRequest>,
    ) -> Answering<v1::CompleteStageResponse> {
        Err(Status::unimplemented("complete_stage"))
    }
}
