//! Our bus and its peers, each as its users would set it up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{Producer, build_multi_producer, build_single_producer};
use listener_bus::prometheus::MetricsServer;
use listener_bus::{LiveListenerBus, Overflow};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::measure::{Event, Poster, Running};
use crate::shape::Shape;

/// Events that fit in every buffer; the disruptor and tokio want or make it a power of two.
const CAPACITY: usize = 10_000;
const CAPACITY_POWER_OF_TWO: usize = 16_384;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contender {
    ListenerBus,
    Crossbeam,
    SyncChannel,
    Broadcast,
    Disruptor,
}

impl Contender {
    /// In a ring: ours has both that it is compared with beside it.
    pub(crate) const ALL: [Self; 5] =
        [Self::ListenerBus, Self::Crossbeam, Self::SyncChannel, Self::Broadcast, Self::Disruptor];
    /// Those of the scaling table.
    pub(crate) const SCALED: [Self; 3] = [Self::ListenerBus, Self::Crossbeam, Self::Disruptor];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ListenerBus => "listener-bus, metrics on",
            Self::Crossbeam => "crossbeam channel + Arc",
            Self::SyncChannel => "std sync_channel + Arc",
            Self::Broadcast => "tokio broadcast (lossy)",
            Self::Disruptor => "disruptor, yielding",
        }
    }

    pub(crate) fn start<const WORDS: usize>(self, shape: Shape) -> Running<WORDS> {
        match self {
            Self::ListenerBus => listener_bus(shape),
            Self::Crossbeam => crossbeam_channel(shape),
            Self::SyncChannel => sync_channel(shape),
            Self::Broadcast => tokio_broadcast(shape),
            Self::Disruptor => disruptor(shape),
        }
    }
}

fn spawn(work: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
    thread::Builder::new().name("consumer".to_owned()).spawn(work).expect("a thread starts")
}

fn join_all(consumers: Vec<JoinHandle<u64>>) -> u64 {
    consumers.into_iter().map(|consumer| consumer.join().expect("a consumer consumes")).sum()
}

fn listener_bus<const WORDS: usize>(shape: Shape) -> Running<WORDS> {
    static METRICS: LazyLock<MetricsServer> =
        LazyLock::new(|| MetricsServer::builder().serve_local().expect("a free port"));
    let bus = METRICS.record(|| {
        let bus = LiveListenerBus::<Event<WORDS>>::builder()
            .name("fan-out")
            .capacity(CAPACITY)
            .overflow(Overflow::Block { at_most: Duration::from_mins(1) })
            .build()
            .expect("settings in order");
        for queue in 0..shape.queues {
            bus.add_to_queue(&format!("queue-{queue}"), |event: &Event<WORDS>| event.consume())
                .expect("not stopped");
        }
        bus
    });
    bus.start().expect("starts once");
    let post = |bus: LiveListenerBus<Event<WORDS>>| -> Poster<WORDS> {
        Box::new(move |event| {
            bus.post(event);
        })
    };
    Running {
        posters: (0..shape.producers).map(|_| post(bus.clone())).collect(),
        finish: Box::new(move || {
            let report = bus.stop(Duration::from_mins(1)).expect("started");
            report.queues.iter().map(|queue| queue.delivered).sum()
        }),
    }
}

fn crossbeam_channel<const WORDS: usize>(shape: Shape) -> Running<WORDS> {
    channels(shape, crossbeam::channel::bounded, |sender, event| sender.send(event).is_ok())
}

fn sync_channel<const WORDS: usize>(shape: Shape) -> Running<WORDS> {
    channels(shape, mpsc::sync_channel, |sender, event| sender.send(event).is_ok())
}

/// A channel a queue, and a shared pointer to the event for each.
fn channels<S, R, const WORDS: usize>(
    shape: Shape,
    channel: fn(usize) -> (S, R),
    send: fn(&S, Arc<Event<WORDS>>) -> bool,
) -> Running<WORDS>
where
    S: Clone + Send + 'static,
    R: IntoIterator<Item = Arc<Event<WORDS>>> + Send + 'static,
{
    let (senders, receivers): (Vec<S>, Vec<R>) = (0..shape.queues).map(|_| channel(CAPACITY)).unzip();
    let consume = |receiver: R| receiver.into_iter().map(|event| event.consume()).count() as u64;
    let consumers = receivers.into_iter().map(|receiver| spawn(move || consume(receiver))).collect();
    let post = |senders: Vec<S>| -> Poster<WORDS> {
        Box::new(move |event| {
            let event = Arc::new(event);
            assert!(senders.iter().all(|sender| send(sender, Arc::clone(&event))), "the consumers are there");
        })
    };
    Running {
        posters: (0..shape.producers).map(|_| post(senders.clone())).collect(),
        finish: Box::new(move || {
            drop(senders);
            join_all(consumers)
        }),
    }
}

fn tokio_broadcast<const WORDS: usize>(shape: Shape) -> Running<WORDS> {
    let (sender, _) = broadcast::channel::<Event<WORDS>>(CAPACITY_POWER_OF_TWO);
    let consumers = (0..shape.queues).map(|_| {
        let receiver = sender.subscribe();
        spawn(move || consume_broadcast(receiver))
    });
    let consumers = consumers.collect();
    let post = |sender: broadcast::Sender<Event<WORDS>>| -> Poster<WORDS> {
        Box::new(move |event| {
            drop(sender.send(event));
        })
    };
    Running {
        posters: (0..shape.producers).map(|_| post(sender.clone())).collect(),
        finish: Box::new(move || {
            drop(sender);
            join_all(consumers)
        }),
    }
}

fn consume_broadcast<const WORDS: usize>(mut receiver: broadcast::Receiver<Event<WORDS>>) -> u64 {
    let mut seen = 0;
    loop {
        match receiver.blocking_recv() {
            Ok(event) => {
                event.consume();
                seen += 1;
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return seen,
        }
    }
}

/// With more threads than cores, spinning on costs whole time slices.
#[derive(Clone, Copy)]
struct Yielding;

impl WaitStrategy for Yielding {
    fn wait_for(&self, _: i64) {
        thread::yield_now();
    }
}

fn disruptor<const WORDS: usize>(shape: Shape) -> Running<WORDS> {
    let seen = Arc::new(AtomicU64::new(0));
    let handler = |seen: &Arc<AtomicU64>| {
        let seen = Arc::clone(seen);
        let mut unseen = 0;
        move |event: &Event<WORDS>, _: i64, end_of_batch: bool| {
            event.consume();
            unseen += 1;
            if end_of_batch {
                seen.fetch_add(std::mem::take(&mut unseen), Ordering::Relaxed);
            }
        }
    };
    // The builder's type changes with the second consumer.
    macro_rules! posters {
        ($build:ident, $producers:expr) => {{
            let builder = $build(CAPACITY_POWER_OF_TWO, || Event::numbered(0), Yielding)
                .handle_events_with(handler(&seen));
            if shape.queues == 1 {
                $producers(builder.build())
            } else {
                let mut builder = builder.handle_events_with(handler(&seen));
                for _ in 2..shape.queues {
                    builder = builder.handle_events_with(handler(&seen));
                }
                $producers(builder.build())
            }
        }};
    }
    let posters = if shape.producers == 1 {
        posters!(build_single_producer, |producer| vec![publishing(producer)])
    } else {
        posters!(build_multi_producer, |producer| share(&producer, shape.producers))
    };
    // Dropping the last producer waits for the consumers, so all is seen once the producers' threads are joined.
    Running { posters, finish: Box::new(move || seen.load(Ordering::Relaxed)) }
}

fn publishing<const WORDS: usize>(
    mut producer: impl Producer<Event<WORDS>> + Send + 'static,
) -> Poster<WORDS> {
    Box::new(move |event| producer.publish(|slot| *slot = event))
}

fn share<const WORDS: usize>(
    producer: &(impl Producer<Event<WORDS>> + Clone + Send + 'static),
    producers: usize,
) -> Vec<Poster<WORDS>> {
    (0..producers).map(|_| publishing(producer.clone())).collect()
}
