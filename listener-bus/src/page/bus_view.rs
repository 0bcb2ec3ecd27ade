//! The bus, its queues and their listeners, as the page and the API show them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::samples::Sample;
use crate::{DropReason, ListenerSnapshot, QueueSnapshot};

/// A listener's share of the time, and a queue's rates, are those of so long.
const RECENT: Duration = Duration::from_secs(10);

/// Whether a bus is still there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BusLife {
    /// It is.
    #[default]
    Alive,
    /// It was stopped: it takes no more events.
    Stopped,
    /// Its last handle was dropped: what is shown is what it was before.
    Gone,
}

/// A bus, as of the last second; the JSON of `/api/v1/bus`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BusView {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is still there.
    pub life: BusLife,
    /// The events that were posted, once each whatever the number of queues.
    pub posted: u64,
    /// The events that were posted a second, of late.
    pub posted_per_second: f64,
    /// Its queues, in the order they were first made.
    pub queues: Vec<QueueView>,
}

/// A queue, as of the last second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QueueView {
    /// Its name.
    pub name: String,
    /// The events that wait.
    pub size: usize,
    /// The ordinary events that may wait.
    pub capacity: usize,
    /// The events it was offered, the dropped ones included.
    pub posted: u64,
    /// The events that all its listeners have handled.
    pub delivered: u64,
    /// The events that were dropped.
    pub dropped: u64,
    /// The same, by reason.
    pub dropped_by_reason: BTreeMap<&'static str, u64>,
    /// The events that were dropped of late, by reason.
    pub dropped_recently_by_reason: BTreeMap<&'static str, u64>,
    /// The events it was offered a second, of late.
    pub posted_per_second: f64,
    /// The events its listeners handled a second, of late.
    pub delivered_per_second: f64,
    /// The events that were dropped a second, of late.
    pub dropped_per_second: f64,
    /// Its listeners, in calling order.
    pub listeners: Vec<ListenerView>,
    /// The listener that has been inside one call for long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck: Option<StuckView>,
    /// The last minutes, a value a second, the oldest first.
    pub history: QueueHistory,
}

/// A queue over the last minutes: a value a second, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QueueHistory {
    /// The events that waited.
    pub size: Vec<usize>,
    /// The events it was offered a second.
    pub posted_per_second: Vec<f64>,
    /// The events its listeners handled a second.
    pub delivered_per_second: Vec<f64>,
    /// The events that were dropped a second.
    pub dropped_per_second: Vec<f64>,
}

/// A listener, as of the last second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListenerView {
    /// Its name.
    pub name: String,
    /// The events delivered to it.
    pub events: u64,
    /// Its panics.
    pub panics: u64,
    /// The time it took for these events, in seconds; an estimate.
    pub processing_seconds: f64,
    /// The part of the time that it was at work of late, from 0 to 1; an estimate.
    pub share: f64,
}

/// A listener that has been inside one call for long.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StuckView {
    /// Its name.
    pub listener: String,
    /// How long at the least, in seconds.
    pub for_at_least_seconds: f64,
}

impl BusView {
    pub(super) fn of(name: &Arc<str>, samples: &VecDeque<Sample>, life: BusLife) -> Self {
        let (Some(last), Some(before)) = (samples.back(), recent(samples)) else {
            return Self { name: Arc::clone(name), life, ..Self::default() };
        };
        let seconds = last.at.duration_since(before.at).as_secs_f64();
        let queues = last.snapshot.queues.iter().map(|queue| {
            let earlier = queue_of(before, &queue.name);
            QueueView {
                history: QueueHistory::of(samples, &queue.name),
                ..QueueView::of(queue, earlier, seconds)
            }
        });
        Self {
            name: Arc::clone(name),
            life,
            posted: last.snapshot.posted,
            posted_per_second: rate(before.snapshot.posted, last.snapshot.posted, seconds),
            queues: queues.collect(),
        }
    }

    /// The same for those who follow it, and make the history themselves.
    pub(super) fn without_history(&self) -> Self {
        let mut view = self.clone();
        for queue in &mut view.queues {
            queue.history = QueueHistory::default();
        }
        view
    }
}

impl QueueView {
    fn of(queue: &QueueSnapshot, earlier: Option<&QueueSnapshot>, seconds: f64) -> Self {
        let nothing = QueueSnapshot::default();
        let earlier = earlier.unwrap_or(&nothing);
        let listeners = queue.listeners.iter().map(|listener| {
            let before = earlier.listeners.iter().find(|before| before.name == listener.name);
            ListenerView::of(listener, before, seconds)
        });
        let stuck = queue.stuck.as_ref().map(|stuck| StuckView {
            listener: stuck.listener.clone(),
            for_at_least_seconds: stuck.for_at_least.as_secs_f64(),
        });
        Self {
            name: queue.name.clone(),
            size: queue.size,
            capacity: queue.capacity,
            posted: queue.posted,
            delivered: queue.delivered,
            dropped: queue.dropped.total(),
            dropped_by_reason: queue.dropped.iter().map(|(reason, count)| (reason.as_str(), count)).collect(),
            dropped_recently_by_reason: dropped_between(earlier, queue),
            posted_per_second: rate(earlier.posted, queue.posted, seconds),
            delivered_per_second: rate(earlier.delivered, queue.delivered, seconds),
            dropped_per_second: rate(earlier.dropped.total(), queue.dropped.total(), seconds),
            listeners: listeners.collect(),
            stuck,
            history: QueueHistory::default(),
        }
    }

    /// Its listener that was at work for most of the time of late.
    pub fn slowest(&self) -> Option<&ListenerView> {
        self.listeners.iter().max_by(|one, other| one.share.total_cmp(&other.share))
    }
}

impl ListenerView {
    fn of(listener: &ListenerSnapshot, before: Option<&ListenerSnapshot>, seconds: f64) -> Self {
        let earlier = before.map_or(Duration::ZERO, |before| before.processing_time);
        let recent = listener.processing_time.saturating_sub(earlier).as_secs_f64();
        Self {
            name: listener.name.clone(),
            events: listener.events,
            panics: listener.panics,
            processing_seconds: listener.processing_time.as_secs_f64(),
            share: if seconds > 0.0 { (recent / seconds).min(1.0) } else { 0.0 },
        }
    }
}

impl QueueHistory {
    fn of(samples: &VecDeque<Sample>, queue: &str) -> Self {
        let mut history = Self::default();
        let mut before: Option<(Instant, &QueueSnapshot)> = None;
        for sample in samples {
            let Some(now) = queue_of(sample, queue) else { continue };
            history.size.push(now.size);
            let (at, earlier) = before.unwrap_or((sample.at, now));
            let seconds = sample.at.duration_since(at).as_secs_f64();
            history.posted_per_second.push(rate(earlier.posted, now.posted, seconds));
            history.delivered_per_second.push(rate(earlier.delivered, now.delivered, seconds));
            history.dropped_per_second.push(rate(earlier.dropped.total(), now.dropped.total(), seconds));
            before = Some((sample.at, now));
        }
        history
    }
}

/// The drops from one look to the next, by reason.
fn dropped_between(earlier: &QueueSnapshot, now: &QueueSnapshot) -> BTreeMap<&'static str, u64> {
    let since = |(reason, count): (DropReason, u64)| {
        (reason.as_str(), count.saturating_sub(earlier.dropped.get(reason)))
    };
    now.dropped.iter().map(since).filter(|(_, count)| *count > 0).collect()
}

fn queue_of<'s>(sample: &'s Sample, name: &str) -> Option<&'s QueueSnapshot> {
    sample.snapshot.queues.iter().find(|queue| queue.name == name)
}

/// The look at the beginning of what is recent.
fn recent(samples: &VecDeque<Sample>) -> Option<&Sample> {
    let last = samples.back()?;
    samples.iter().rev().take_while(|sample| last.at.duration_since(sample.at) <= RECENT).last()
}

/// Counted a second.
#[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
fn rate(before: u64, now: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { now.saturating_sub(before) as f64 / seconds } else { 0.0 }
}
