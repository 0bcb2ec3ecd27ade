//! One session: any number of tasks on one stream, and one task of the runtime for all of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use listener_bus::events::PartitionId;
use tokio::sync::futures::OwnedNotified;
use tokio_stream::Stream;
use tonic::{Status, Streaming};

use super::arrival::Arrival;
use super::host::Host;
use super::joined::{Joined, Outgoing, Then};
use crate::error::{AbortedBy, BarrierError};
use crate::grpc::v1;
use crate::grpc::v1::session_request::Request as Ask;
use crate::grpc::v1::session_response::Response as Tell;
use crate::grpc::wire::{self, Malformed};
use crate::link::Link;
use crate::task::{BarrierTask, StageAttempt};

/// Signs of life are noted in the gangs so many times within the time for lost tasks, and not with every message.
const NOTES_PER_LOSS: u32 = 8;

/// The responses of one session. What the client says is read as it is polled; dropping it, as the transport does when
/// the connection is gone, takes its tasks out of their rounds.
#[derive(Debug)]
pub(crate) struct Session {
    host: Arc<Host>,
    id: u64,
    inbound: Inbound,
    outgoing: Outgoing,
    joined: HashMap<StageAttempt, Joined>,
    stop: Pin<Box<OwnedNotified>>,
    /// When a sign of life is to be noted again.
    note_at: Instant,
}

/// The client's side of the stream.
#[derive(Debug)]
enum Inbound {
    Open(Box<Streaming<v1::SessionRequest>>),
    /// The client says no more, but may wait for answers.
    Closed,
}

impl From<Tell> for v1::SessionResponse {
    fn from(response: Tell) -> Self {
        Self { response: Some(response) }
    }
}

impl Session {
    pub(crate) fn new(host: &Arc<Host>, inbound: Streaming<v1::SessionRequest>) -> Self {
        let limits = &host.limits;
        let welcome = v1::Welcome {
            instance: host.instance,
            heartbeat_every_millis: wire::millis(limits.heartbeat_every()),
            lost_after_millis: wire::millis(limits.lost_after),
            reconnect_within_millis: wire::millis(limits.reconnect_within),
            max_message_bytes: wire::wide(host.coordinator.settings().max_message_bytes),
        };
        Self {
            id: host.next_call(),
            inbound: Inbound::Open(Box::new(inbound)),
            outgoing: VecDeque::from([Tell::Welcome(welcome).into()]),
            joined: HashMap::new(),
            stop: host.stop_signal(),
            note_at: Instant::now(),
            host: Arc::clone(host),
        }
    }

    fn handle(&mut self, request: v1::SessionRequest) -> Result<(), Malformed> {
        match wire::required("request", request.request)? {
            Ask::Attend(participant) => self.attend(&wire::participant(Some(participant))?),
            Ask::Arrival(arrival) => self.arrive(&Arrival::try_from(arrival)?),
            Ask::Withdraw(withdrawal) => {
                let gang = wire::stage_attempt(withdrawal.stage_attempt)?;
                if let Some(joined) = self.joined.get_mut(&gang) {
                    joined.withdraw(PartitionId(withdrawal.partition_id), withdrawal.epoch, &self.host);
                }
            }
            Ask::Beat(v1::Beat {}) => self.tell(Tell::Beat(v1::Beat {})),
            Ask::Leave(participant) => self.leave(&wire::participant(Some(participant))?),
            Ask::Abort(abort) => {
                let gang = wire::stage_attempt(abort.stage_attempt)?;
                self.abort(gang, PartitionId(abort.partition_id), abort.reason);
            }
        }
        Ok(())
    }

    fn attend(&mut self, task: &BarrierTask) {
        if let Err(error) = self.join(task).map(drop) {
            self.refuse(task, None, &error);
        }
    }

    fn arrive(&mut self, arrival: &Arrival) {
        if let Err(error) = self.enter(arrival) {
            self.refuse(&arrival.task, Some(arrival.epoch), &error);
        }
    }

    fn enter(&mut self, arrival: &Arrival) -> Result<(), BarrierError> {
        let (gang, partition) = (arrival.task.stage_attempt, arrival.task.partition_id);
        if !self.joined.get(&gang).is_some_and(|joined| joined.has(partition)) {
            self.join(&arrival.task)?;
        }
        let Some(joined) = self.joined.get_mut(&gang) else { return Ok(()) };
        joined.arrive(arrival.request(), &self.host)
    }

    /// Takes a task into the session.
    fn join(&mut self, task: &BarrierTask) -> Result<(), BarrierError> {
        let host = &self.host;
        match self.joined.entry(task.stage_attempt) {
            Entry::Occupied(mut joined) => joined.get_mut().attend(task, host),
            Entry::Vacant(place) => {
                let mut joined = Joined::new(host.coordinator.gang_of(task)?, self.id);
                joined.attend(task, host)?;
                place.insert(joined);
                Ok(())
            }
        }
    }

    fn leave(&mut self, task: &BarrierTask) {
        let (gang, partition) = (task.stage_attempt, task.partition_id);
        match self.joined.get_mut(&gang).filter(|joined| joined.has(partition)) {
            Some(joined) => {
                joined.leave(partition, &self.host);
                if joined.is_empty() {
                    self.joined.remove(&gang);
                }
            }
            None => self.host.leave(task),
        }
        self.tell(Tell::Left(v1::Left { stage_attempt: Some(gang.into()), partition_id: partition.0 }));
    }

    /// A gang of this session tells its end by itself.
    fn abort(&mut self, gang: StageAttempt, by: PartitionId, reason: String) {
        let cause =
            BarrierError::Aborted { stage_attempt: gang, by: AbortedBy::Task(by), reason: reason.into() };
        self.host.coordinator.end(gang, &cause);
        if !self.joined.contains_key(&gang) {
            let known = self.host.coordinator.gang(gang).and_then(|gang| gang.end().get()?.err());
            let failure = Some(known.as_ref().unwrap_or(&cause).into());
            self.tell(Tell::Ended(v1::Ended { stage_attempt: Some(gang.into()), failure }));
        }
    }

    fn refuse(&mut self, task: &BarrierTask, epoch: Option<u64>, error: &BarrierError) {
        let (gang, partition_id) = (Some(task.stage_attempt.into()), task.partition_id.0);
        let failure = Some(error.into());
        self.tell(Tell::Refused(v1::Refused { stage_attempt: gang, partition_id, epoch, failure }));
    }

    fn tell(&mut self, response: Tell) {
        self.outgoing.push_back(response.into());
    }

    /// The client is there: it has said something, or has taken what it was sent.
    fn heard(&mut self) {
        let now = Instant::now();
        if now < self.note_at {
            return;
        }
        let lost_after = self.host.limits.lost_after;
        self.note_at = now.checked_add(lost_after / NOTES_PER_LOSS).unwrap_or(now);
        for joined in self.joined.values() {
            joined.heard(&self.host);
        }
    }

    /// Reads what the client says; answers whether there may be more.
    fn read(&mut self, context: &mut Context<'_>) -> Result<Read, Status> {
        let Inbound::Open(inbound) = &mut self.inbound else { return Ok(Read::All) };
        match Pin::new(inbound).poll_next(context) {
            Poll::Pending => Ok(Read::All),
            Poll::Ready(None) => {
                self.inbound = Inbound::Closed;
                Ok(Read::All)
            }
            Poll::Ready(Some(request)) => {
                self.handle(request?)?;
                self.heard();
                Ok(Read::One)
            }
        }
    }

    fn collect(&mut self, context: &mut Context<'_>) {
        let Self { joined, outgoing, host, .. } = self;
        let over = joined.extract_if(|_, joined| joined.collect(context, outgoing) == Then::Ended);
        for (_, joined) in over {
            joined.part(host);
        }
    }

    /// There is nothing to say: for now, or for good.
    fn rest(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<v1::SessionResponse, Status>>> {
        // Ready or not, it is the coordinator that knows.
        let (Poll::Ready(()) | Poll::Pending) = self.stop.as_mut().poll(context);
        let is_over = match self.inbound {
            Inbound::Open(_) => self.joined.is_empty() && self.host.coordinator.is_stopped(),
            Inbound::Closed => !self.joined.values().any(Joined::is_waiting),
        };
        if is_over { Poll::Ready(None) } else { Poll::Pending }
    }
}

enum Read {
    /// A message; there may be more.
    One,
    /// There is no more now.
    All,
}

impl Stream for Session {
    type Item = Result<v1::SessionResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while this.outgoing.is_empty() {
            match this.read(context) {
                Ok(Read::One) => continue,
                Ok(Read::All) => this.collect(context),
                Err(status) => return Poll::Ready(Some(Err(status))),
            }
            if this.outgoing.is_empty() {
                return this.rest(context);
            }
        }
        this.heard();
        Poll::Ready(this.outgoing.pop_front().map(Ok))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for (_, joined) in self.joined.drain() {
            joined.lose(&self.host);
        }
    }
}
