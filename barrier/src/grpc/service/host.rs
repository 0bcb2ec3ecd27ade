//! What all calls of one service share.

use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::voices::Voices;
use crate::coordinator::BarrierCoordinator;
use crate::error::Silence;
use crate::state::Due;
use crate::task::BarrierTask;

/// A busy host may need as long to answer.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(1);
/// The transport counts from now on, and cannot count for ever.
const LONGEST_KEEP_ALIVE: Duration = Duration::from_hours(1);

/// How long a service puts up with silence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) lost_after: Duration,
    pub(crate) reconnect_within: Duration,
    pub(crate) max_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lost_after: Duration::from_secs(10),
            reconnect_within: Duration::from_secs(3),
            max_wait: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// A limit that must not be zero and is.
    pub(crate) fn zero(&self) -> Option<&'static str> {
        let checks = [
            (self.lost_after, "lost_after"),
            (self.reconnect_within, "reconnect_within"),
            (self.max_wait, "max_wait"),
        ];
        checks.into_iter().find(|(time, _)| time.is_zero()).map(|(_, setting)| setting)
    }

    /// A task whose connection broke is to be back by then.
    pub(crate) fn back_by(&self) -> Option<Due> {
        due(self.reconnect_within, Silence::Disconnected)
    }

    /// A task is to be heard of by then.
    pub(crate) fn heard_by(&self) -> Option<Due> {
        due(self.lost_after, Silence::NoHeartbeat)
    }

    /// How often a session is asked for a sign of life: some may be late or lost.
    pub(crate) fn heartbeat_every(&self) -> Duration {
        self.lost_after / 3
    }

    /// How often a connection is asked whether it lives, and how long it has to answer.
    pub(crate) fn keep_alive(&self) -> Duration {
        (self.lost_after / 3).clamp(SHORTEST_KEEP_ALIVE, LONGEST_KEEP_ALIVE)
    }
}

/// `None`, which is never, if it is further away than the clock can tell.
fn due(within: Duration, silence: Silence) -> Option<Due> {
    Instant::now().checked_add(within).map(|at| Due { at, silence, within })
}

/// What all calls of one service share.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) coordinator: BarrierCoordinator,
    pub(crate) limits: Limits,
    pub(crate) voices: Voices,
    /// Tells one life of the service from another.
    pub(crate) instance: u64,
    stopped: Arc<Notify>,
    calls: AtomicU64,
}

impl Host {
    pub(crate) fn new(coordinator: BarrierCoordinator, limits: Limits) -> Self {
        Self {
            coordinator,
            limits,
            voices: Voices::default(),
            // The keys of the standard library's hashes are random, and not the same twice.
            instance: RandomState::new().hash_one(Instant::now()),
            stopped: Arc::new(Notify::new()),
            calls: AtomicU64::new(0),
        }
    }

    /// A number for a session or a call, unlike all others of this service.
    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// Nothing is expected any more of a task that no session speaks for.
    pub(crate) fn leave(&self, task: &BarrierTask) {
        if let Some(gang) = self.coordinator.gang(task.stage_attempt)
            && gang.attend(task).is_ok()
        {
            self.voices.left(&gang, task.partition_id);
        }
    }

    /// Answers all who wait, and then ends the sessions.
    pub(crate) fn stop(&self) {
        self.coordinator.on_stop();
        self.stopped.notify_waiters();
    }

    /// Wakes a session when the service stops.
    pub(crate) fn stop_signal(&self) -> Pin<Box<OwnedNotified>> {
        Box::pin(Arc::clone(&self.stopped).notified_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep_alive(lost_after: Duration) -> Duration {
        Limits { lost_after, ..Limits::default() }.keep_alive()
    }

    #[test]
    fn a_host_that_vanishes_is_found_before_its_tasks_are_lost() {
        assert_eq!(keep_alive(Duration::from_secs(30)), Duration::from_secs(10));
    }

    #[test]
    fn a_connection_is_asked_neither_all_the_time_nor_never() {
        assert_eq!(keep_alive(Duration::from_nanos(1)), SHORTEST_KEEP_ALIVE);
        assert_eq!(keep_alive(Duration::MAX), LONGEST_KEEP_ALIVE);
    }
}
