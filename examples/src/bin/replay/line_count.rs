//! What an event log would hold.

use listener_bus::{Listener, SchedulerEvent};

/// Counts lines: an event log has one for each event. It needs no method for each kind, so it is a plain listener.
#[derive(Debug, Default)]
pub(crate) struct LineCount {
    pub(crate) lines: u64,
}

impl Listener<SchedulerEvent> for LineCount {
    fn on_event(&mut self, _: &SchedulerEvent) {
        self.lines += 1;
    }
}
