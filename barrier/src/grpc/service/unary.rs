//! The calls for clients that hold no stream open.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use listener_bus::events::PartitionId;
use tonic::{Request, Response, Status};

use super::arrival::Arrival;
use super::host::Host;
use super::session::Session;
use super::voices::{CallEnd, Speaker};
use crate::answer::{Answer, Answered};
use crate::error::{AbortedBy, BarrierError};
use crate::grpc::v1::{self, sync_response::Outcome};
use crate::grpc::wire;
use crate::link::Link;
use crate::messages::Messages;

type Answering<T> = Result<Response<T>, Status>;

/// Answers the calls of one service.
#[derive(Clone, Debug)]
pub(crate) struct Handler {
    pub(crate) host: Arc<Host>,
}

/// A call that waits. Dropped before the wait has ended, it takes the task out of the round: the client is gone.
struct Held {
    host: Arc<Host>,
    speaker: Speaker,
    end: CallEnd,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.host.voices.ended(&self.speaker, self.end, &self.host.limits);
    }
}

impl Handler {
    /// Arrives; answers the call that waits, and where its answer will be.
    fn enter(&self, arrival: &Arrival) -> Result<(Held, Arc<Answer>), BarrierError> {
        let host = &self.host;
        let gang = host.coordinator.gang_of(&arrival.task)?;
        gang.attend(&arrival.task)?;
        let speaker = Speaker { gang, task: arrival.task.partition_id, id: host.next_call() };
        host.voices.comes(&speaker, arrival.wait());
        let answer = speaker.gang.arrive(arrival.request())?;
        host.voices.waits(&speaker, arrival.wait());
        Ok((Held { host: Arc::clone(host), speaker, end: CallEnd::Cut }, answer))
    }

    async fn wait(&self, arrival: &Arrival, at_most: Duration) -> Outcome {
        let (mut held, answer) = match self.enter(arrival) {
            Ok(entered) => entered,
            Err(error) => return Outcome::Failure((&error).into()),
        };
        match tokio::time::timeout(at_most, Answered::new(answer)).await {
            Err(_elapsed) => {
                held.end = CallEnd::Pending;
                Outcome::Pending(v1::Pending {})
            }
            Ok(outcome) => {
                held.end = CallEnd::Answered;
                match outcome {
                    Ok(messages) => released(&messages),
                    Err(error) => Outcome::Failure((&error).into()),
                }
            }
        }
    }
}

fn released(messages: &Messages) -> Outcome {
    Outcome::Released(v1::Messages { messages: messages.iter().map(Bytes::clone).collect() })
}

#[tonic::async_trait]
impl v1::barrier_coordinator_server::BarrierCoordinator for Handler {
    type SessionStream = Session;

    async fn session(&self, request: Request<tonic::Streaming<v1::SessionRequest>>) -> Answering<Session> {
        Ok(Response::new(Session::new(&self.host, request.into_inner())))
    }

    async fn sync(&self, request: Request<v1::SyncRequest>) -> Answering<v1::SyncResponse> {
        let request = request.into_inner();
        let arrival = Arrival::try_from(wire::required("arrival", request.arrival)?)?;
        let at_most = Duration::from_millis(request.wait_millis).min(self.host.limits.max_wait);
        let outcome = Some(self.wait(&arrival, at_most).await);
        Ok(Response::new(v1::SyncResponse { outcome }))
    }

    async fn heartbeat(&self, request: Request<v1::HeartbeatRequest>) -> Answering<v1::HeartbeatResponse> {
        let task = wire::participant(request.into_inner().participant)?;
        let host = &self.host;
        let attended = host.coordinator.gang_of(&task).and_then(|gang| gang.attend(&task).map(|()| gang));
        let failure = match attended {
            Ok(gang) => {
                host.voices.beats(&gang, task.partition_id, &host.limits);
                None
            }
            Err(error) => Some((&error).into()),
        };
        Ok(Response::new(v1::HeartbeatResponse { failure }))
    }

    async fn leave(&self, request: Request<v1::LeaveRequest>) -> Answering<v1::LeaveResponse> {
        self.host.leave(&wire::participant(request.into_inner().participant)?);
        Ok(Response::new(v1::LeaveResponse {}))
    }

    async fn abort(&self, request: Request<v1::AbortRequest>) -> Answering<v1::AbortResponse> {
        let request = request.into_inner();
        let by = request.partition_id.map_or(AbortedBy::Driver, |id| AbortedBy::Task(PartitionId(id)));
        let was_live =
            self.host.coordinator.abort(wire::stage_attempt(request.stage_attempt)?, by, request.reason);
        Ok(Response::new(v1::AbortResponse { was_live }))
    }

    async fn complete_stage(
        &self,
        request: Request<v1::CompleteStageRequest>,
    ) -> Answering<v1::CompleteStageResponse> {
        let was_live = self.host.coordinator.clear(wire::stage_attempt(request.into_inner().stage_attempt)?);
        Ok(Response::new(v1::CompleteStageResponse { was_live }))
    }
}
