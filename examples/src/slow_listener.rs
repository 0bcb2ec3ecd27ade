//! A listener that is too slow, to see what a bus does about it.

use std::time::Duration;

use listener_bus::{Listener, SchedulerEvent};

use crate::pause::pause;

/// Takes its time for each event.
#[derive(Debug)]
pub struct SlowListener {
    /// How long it takes for each.
    pub per_event: Duration,
}

impl Listener<SchedulerEvent> for SlowListener {
    fn on_event(&mut self, _: &SchedulerEvent) {
        pause(self.per_event);
    }
}
