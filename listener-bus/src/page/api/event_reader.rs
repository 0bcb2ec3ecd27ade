//! One who follows the event stream.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::wanted_events::{Extra, WantedEvents, WantedNames};
use crate::page::frame::{KEEP_ALIVE, frame};
use crate::page::samples::{Found, Sampler};
use crate::page::state::PageState;
use crate::page::stream::{EventStream, Streamed};
use crate::page::{BusLife, BusView};
use crate::status::AppStatusStore;

const TICK_EVERY: Duration = Duration::from_secs(1);
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// One who follows; it ends when nothing of what it wants can come any more.
pub(super) struct EventReader {
    names: WantedNames,
    events: Option<broadcast::Receiver<Streamed>>,
    bus: Option<watch::Receiver<Found>>,
    ticks: Option<Interval>,
    keep_alive: Interval,
    state: Arc<PageState>,
    _seat: OwnedSemaphorePermit,
}

#[derive(Serialize)]
struct Tick {
    version: u64,
    time: u64,
}

#[derive(Serialize)]
struct Dropped {
    events: u64,
}

/// What has come.
enum News {
    Event(Result<Streamed, RecvError>),
    Bus(Option<Arc<BusView>>),
    Tick,
    Nothing,
}

impl EventReader {
    pub(super) fn new(state: Arc<PageState>, wanted: WantedEvents, seat: OwnedSemaphorePermit) -> Self {
        let wants_events = wanted.events != WantedNames::None;
        let stream = state.stream.as_ref().filter(|_| wants_events);
        let sampler = state.sampler.as_ref().filter(|_| wanted.wants(Extra::Bus));
        let bus = sampler.map(Sampler::watch).filter(|bus| bus.borrow().brief.life != BusLife::Gone);
        Self {
            events: stream.and_then(EventStream::subscribe),
            bus: bus.map(|mut bus| {
                bus.mark_changed();
                bus
            }),
            ticks: wanted.wants(Extra::Tick).then(|| every(TICK_EVERY)),
            names: wanted.events,
            keep_alive: every(KEEP_ALIVE_EVERY),
            state,
            _seat: seat,
        }
    }

    /// Whether nothing of what it wants can come any more.
    pub(super) fn is_over(&self) -> bool {
        self.events.is_none() && self.bus.is_none() && self.ticks.is_none()
    }

    /// Waits for what is to be written next; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over() {
            let news = self.news().await;
            if let Some(frame) = self.written(news) {
                return Some(frame);
            }
        }
        None
    }

    async fn news(&mut self) -> News {
        tokio::select! {
            streamed = next_event(&mut self.events) => News::Event(streamed),
            view = next_view(&mut self.bus) => News::Bus(view),
            () = next_tick(&mut self.ticks) => News::Tick,
            _ = self.keep_alive.tick() => News::Nothing,
        }
    }

    fn written(&mut self, news: News) -> Option<Bytes> {
        match news {
            News::Event(Ok(Streamed::Event(event))) => {
                self.names.contain(&event.name).then(|| event.frame.clone())
            }
            News::Event(Ok(Streamed::Dropped(events)) | Err(RecvError::Lagged(events))) => {
                json_frame("dropped", &Dropped { events })
            }
            News::Event(Err(RecvError::Closed)) => {
                self.events = None;
                None
            }
            News::Bus(view) => {
                if view.as_ref().is_none_or(|view| view.life == BusLife::Gone) {
                    self.bus = None;
                }
                json_frame("bus", &*view?)
            }
            News::Tick => json_frame("tick", &self.tick()),
            News::Nothing => Some(KEEP_ALIVE),
        }
    }

    fn tick(&self) -> Tick {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Tick {
            version: self.state.store.as_ref().map_or(0, AppStatusStore::version),
            time: time.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }
}

/// The first time at once, then after each so long; a reader that is slow is not told twice in a row.
fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn next_event(events: &mut Option<broadcast::Receiver<Streamed>>) -> Result<Streamed, RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => pending().await,
    }
}

async fn next_view(bus: &mut Option<watch::Receiver<Found>>) -> Option<Arc<BusView>> {
    match bus {
        Some(bus) => bus.changed().await.ok().map(|()| Arc::clone(&bus.borrow_and_update().brief)),
        None => pending().await,
    }
}

async fn next_tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => drop(ticks.tick().await),
        None => pending().await,
    }
}

fn json_frame(name: &str, value: &impl Serialize) -> Option<Bytes> {
    serde_json::to_string(value).ok().map(|json| frame(name, &json))
}
