//! Scheduler events on the bus: which are critical, and who may listen.

use std::any::Any;
use std::borrow::Cow;

use async_event_queue::{EventClass, Gap, Listener};

use crate::builder::BusBuilder;
use crate::bus::LiveListenerBus;
use crate::events::{SchedulerEvent, SchedulerListener};
use crate::into_listener::IntoListener;

/// Marks what is a [`SchedulerListener`].
#[derive(Debug)]
pub struct ViaScheduler;

/// A [`SchedulerListener`] as a [`Listener`] of [`SchedulerEvent`]s.
#[derive(Debug)]
pub struct Scheduler<L>(L);

impl<L: SchedulerListener> Listener<SchedulerEvent> for Scheduler<L> {
    fn name(&self) -> Cow<'static, str> {
        self.0.name()
    }

    fn on_event(&mut self, event: &SchedulerEvent) {
        self.0.on_scheduler_event(event);
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.0.on_gap(gap);
    }

    fn on_close(&mut self) {
        self.0.on_close();
    }
}

impl<L: SchedulerListener> IntoListener<SchedulerEvent, ViaScheduler> for L {
    type Listener = Scheduler<L>;

    fn into_listener(self) -> Scheduler<L> {
        Scheduler(self)
    }

    fn open(returned: Box<dyn Any + Send>) -> Option<L> {
        returned.downcast::<Scheduler<L>>().ok().map(|scheduler| scheduler.0)
    }
}

impl LiveListenerBus<SchedulerEvent> {
    /// Sets a bus for scheduler events up: those of [`SchedulerEvent::is_critical`] are critical, and logs name each
    /// event as its JSON does.
    pub fn scheduler() -> BusBuilder<SchedulerEvent> {
        Self::builder()
            .classify(|event| if event.is_critical() { EventClass::Critical } else { EventClass::Ordinary })
            .event_type(|event| event.name().to_owned())
    }
}
