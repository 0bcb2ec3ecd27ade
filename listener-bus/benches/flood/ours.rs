//! Our bus, with its metrics on.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use listener_bus::events::{StageId, TaskStart};
use listener_bus::prometheus::MetricsServer;
use listener_bus::{BusBuilder, IntoListener, LiveListenerBus, Overflow, SchedulerListener};

use crate::contenders::{Poster, Running, Shape, Tally};
use crate::event::Event;

/// With 64-byte events.
pub(crate) fn start(shape: Shape) -> Running {
    flooded(
        shape,
        LiveListenerBus::builder(),
        move || move |event: &Event| shape.work.on(event),
        Event::numbered,
    )
}

/// With task starts, and listeners that look.
pub(crate) fn start_scheduler(shape: Shape) -> Running {
    flooded(
        shape,
        LiveListenerBus::scheduler(),
        || Tasks,
        |number| {
            let stage_id = StageId(i32::try_from(number).unwrap_or(i32::MAX));
            TaskStart { stage_id, ..TaskStart::default() }
        },
    )
}

struct Tasks;

impl SchedulerListener for Tasks {
    fn on_task_start(&mut self, event: &TaskStart) {
        black_box(event.stage_id);
    }
}

fn flooded<E, L, Kind, P>(
    shape: Shape,
    builder: BusBuilder<E>,
    listener: impl Fn() -> L,
    event: fn(u64) -> P,
) -> Running
where
    E: Send + Sync + 'static,
    L: IntoListener<E, Kind> + 'static,
    P: Into<E> + 'static,
{
    static METRICS: LazyLock<MetricsServer> =
        LazyLock::new(|| MetricsServer::builder().serve_local().expect("a free port"));
    let bus = METRICS.record(|| {
        let builder = builder.name("flood").capacity(shape.capacity).overflow(Overflow::DropNewest);
        let bus = builder.build().expect("settings in order");
        for queue in 0..shape.queues {
            bus.add_to_queue(&format!("queue-{queue}"), listener()).expect("not stopped");
        }
        bus
    });
    bus.start().expect("starts once");
    let post = |bus: LiveListenerBus<E>| -> Poster {
        Box::new(move |number| {
            bus.post(event(number));
        })
    };
    Running {
        posters: (0..shape.producers).map(|_| post(bus.clone())).collect(),
        finish: Box::new(move || {
            let report = bus.stop(Duration::from_mins(1)).expect("started");
            let delivered = report.queues.iter().map(|queue| queue.delivered).sum();
            let dropped = report.queues.iter().map(|queue| queue.dropped.total()).sum();
            Tally { delivered, dropped: Some(dropped) }
        }),
    }
}
