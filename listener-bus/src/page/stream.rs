//! Events, for those who follow them over HTTP.

use std::borrow::Cow;
use std::sync::Arc;

use async_event_queue::Gap;
use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use super::frame::frame;
use crate::events::{SchedulerEvent, SchedulerListener};
use crate::redaction::Redaction;

/// The events that wait for a reader who is slow; beyond them the reader misses the oldest ones, and is told how many.
pub(super) const WAITING: usize = 1024;
/// Those who may follow at a time.
pub(super) const READERS: usize = 256;

/// Room for those who follow: each takes a seat, and leaves it when it goes.
#[derive(Clone, Debug)]
pub(super) struct Seats(Arc<Semaphore>);

impl Default for Seats {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(READERS)))
    }
}

impl Seats {
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// Hands events to any number of readers, none of whom makes anybody wait; until the listener is dropped.
#[derive(Clone, Debug)]
pub(super) struct EventStream {
    sender: broadcast::WeakSender<Streamed>,
}

/// What a reader is told.
#[derive(Clone, Debug)]
pub(super) enum Streamed {
    /// An event.
    Event(Arc<StreamedEvent>),
    /// Events that the bus has dropped on their way here.
    Dropped(u64),
}

/// An event, as readers get it.
#[derive(Debug)]
pub(super) struct StreamedEvent {
    pub(super) name: Box<str>,
    pub(super) frame: Bytes,
}

impl EventStream {
    /// What comes from now on; `None` once nothing will.
    pub(super) fn subscribe(&self) -> Option<broadcast::Receiver<Streamed>> {
        self.sender.upgrade().map(|sender| sender.subscribe())
    }
}

/// Writes each event down once, while anybody follows.
#[derive(Debug)]
pub(super) struct EventStreamListener {
    sender: broadcast::Sender<Streamed>,
    redaction: Redaction,
}

impl EventStreamListener {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::Sender::new(WAITING), redaction: Redaction::default() }
    }

    /// What it hears, for readers.
    pub(super) fn stream(&self) -> EventStream {
        EventStream { sender: self.sender.downgrade() }
    }

    fn tell(&self, streamed: impl FnOnce() -> Streamed) {
        if self.sender.receiver_count() > 0 {
            // Whoever has just left misses nothing.
            drop(self.sender.send(streamed()));
        }
    }
}

impl SchedulerListener for EventStreamListener {
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("EventStreamListener")
    }

    fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
        self.tell(|| {
            let frame = frame(event.name(), &self.redaction.event(event).to_json());
            Streamed::Event(Arc::new(StreamedEvent { name: event.name().into(), frame }))
        });
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.tell(|| Streamed::Dropped(gap.events()));
    }
}
