//! Its peers, each as one would set it up to lose events rather than wait.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use crossbeam::channel;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::contenders::{Poster, Running, Shape, Tally};
use crate::event::{Event, Work};

pub(crate) fn crossbeam_channel(shape: Shape) -> Running {
    let lose = |sender: &channel::Sender<_>, event| drop(sender.try_send(event));
    channels(shape, channel::bounded, lose)
}

pub(crate) fn sync_channel(shape: Shape) -> Running {
    let lose = |sender: &mpsc::SyncSender<_>, event| drop(sender.try_send(event));
    channels(shape, mpsc::sync_channel, lose)
}

/// A channel a queue, and a shared pointer to the event for each.
fn channels<S, R>(shape: Shape, channel: fn(usize) -> (S, R), send: fn(&S, Arc<Event>)) -> Running
where
    S: Clone + Send + 'static,
    R: IntoIterator<Item = Arc<Event>> + Send + 'static,
{
    let (senders, receivers): (Vec<S>, Vec<R>) = (0..shape.queues).map(|_| channel(shape.capacity)).unzip();
    let consume = move |receiver: R| receiver.into_iter().map(|event| shape.work.on(&event)).count() as u64;
    let consumers = receivers.into_iter().map(|receiver| spawn(move || consume(receiver))).collect();
    let post = |senders: Vec<S>| -> Poster {
        Box::new(move |number| {
            let event = Arc::new(Event::numbered(number));
            for sender in &senders {
                send(sender, Arc::clone(&event));
            }
        })
    };
    Running {
        posters: (0..shape.producers).map(|_| post(senders.clone())).collect(),
        finish: Box::new(move || {
            drop(senders);
            Tally { delivered: join_all(consumers).into_iter().sum(), dropped: None }
        }),
    }
}

pub(crate) fn tokio_broadcast(shape: Shape) -> Running {
    let (sender, _) = broadcast::channel::<Event>(shape.capacity);
    let consumers = (0..shape.queues).map(|_| {
        let receiver = sender.subscribe();
        spawn(move || consume_broadcast(receiver, shape.work))
    });
    let consumers = consumers.collect();
    let post = |sender: broadcast::Sender<Event>| -> Poster {
        Box::new(move |number| {
            drop(sender.send(Event::numbered(number)));
        })
    };
    Running {
        posters: (0..shape.producers).map(|_| post(sender.clone())).collect(),
        finish: Box::new(move || {
            drop(sender);
            let (delivered, dropped): (Vec<u64>, Vec<u64>) = join_all(consumers).into_iter().unzip();
            Tally { delivered: delivered.into_iter().sum(), dropped: Some(dropped.into_iter().sum()) }
        }),
    }
}

/// Answers how many events it has seen and how many it was too late for.
fn consume_broadcast(mut receiver: broadcast::Receiver<Event>, work: Work) -> (u64, u64) {
    let (mut seen, mut missed) = (0, 0);
    loop {
        match receiver.blocking_recv() {
            Ok(event) => {
                work.on(&event);
                seen += 1;
            }
            Err(RecvError::Lagged(events)) => missed += events,
            Err(RecvError::Closed) => return (seen, missed),
        }
    }
}

fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().name("consumer".to_owned()).spawn(work).expect("a thread starts")
}

fn join_all<T>(consumers: Vec<JoinHandle<T>>) -> Vec<T> {
    consumers.into_iter().map(|consumer| consumer.join().expect("a consumer consumes")).collect()
}
