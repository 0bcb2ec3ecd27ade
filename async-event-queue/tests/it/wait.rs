use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_event_queue::{AsyncEventQueue, Feed, FeedOptions, QueueOptions, WaitError};
use crossbeam::channel::bounded;

use crate::support::{Gate, SHORT, SOON, post_all, started};

#[test]
fn empty_means_processed_and_not_only_taken() {
    let queue = AsyncEventQueue::new("processed");
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(1);
    gate.wait_entered();
    assert_eq!(queue.snapshot().size, 0);
    let error = queue.wait_until_empty(SHORT).unwrap_err();
    assert!(
        matches!(&error, WaitError::NotEmpty { queue, pending: 1, .. } if queue == "processed"),
        "{error}"
    );
    gate.open();
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(queue.snapshot().delivered, 1);
}

#[test]
fn what_the_listener_did_is_seen_after_the_wait() {
    let queue = AsyncEventQueue::new("seen");
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    queue
        .add_listener(move |_: &u64| {
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
    let queue = started(queue);
    for round in 1..=500 {
        post_all(&queue, 0..3);
        queue.wait_until_empty(SOON).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), round * 3);
    }
}

#[test]
fn many_waiters_are_woken_together() {
    let queue = AsyncEventQueue::new("together");
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(1);
    gate.wait_entered();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| queue.wait_until_empty(SOON).unwrap());
        }
        gate.open();
    });
}

#[test]
fn a_listener_that_waits_for_its_own_queue_is_told_so_at_once() {
    let queue = AsyncEventQueue::new("inside");
    let (answer_in, answer) = bounded(1);
    let mut handle = Some(queue.clone());
    queue
        .add_listener(move |_: &u64| {
            if let Some(queue) = handle.take() {
                answer_in.send(queue.wait_until_empty(Duration::MAX)).unwrap();
            }
        })
        .unwrap();
    let queue = started(queue);
    queue.post(1);
    let answer = answer.recv_timeout(SOON).unwrap();
    assert!(matches!(answer, Err(WaitError::InsideListener { queue }) if queue == "inside"));
}

#[test]
fn events_that_wait_for_the_start_are_waited_for() {
    let feed = Feed::new(FeedOptions::new("unstarted"));
    let queue = feed.attach("unstarted", QueueOptions::new()).unwrap();
    feed.wait_until_empty(SHORT).unwrap();
    feed.post(1_u64);
    for error in [feed.wait_until_empty(SHORT).unwrap_err(), queue.wait_until_empty(SHORT).unwrap_err()] {
        let WaitError::NotEmpty { queue, pending, waited } = error else { panic!("{error}") };
        assert_eq!((queue.as_str(), pending), ("start buffer", 1));
        assert!(waited >= SHORT, "{waited:?}");
    }
    std::thread::scope(|scope| {
        let waits =
            [scope.spawn(|| feed.wait_until_empty(SOON)), scope.spawn(|| queue.wait_until_empty(SOON))];
        feed.start().unwrap();
        for wait in waits {
            wait.join().unwrap().unwrap();
        }
    });
    assert_eq!(queue.snapshot().delivered, 1);
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn the_async_wait_wakes_and_times_out() {
    let queue = AsyncEventQueue::new("async");
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(1);
    gate.wait_entered();
    let error = queue.wait_until_empty_async(SHORT).await.unwrap_err();
    assert!(matches!(error, WaitError::NotEmpty { pending: 1, .. }));
    let waiting = queue.clone();
    let waiter = tokio::spawn(async move { waiting.wait_until_empty_async(SOON).await });
    tokio::task::yield_now().await;
    gate.open();
    waiter.await.unwrap().unwrap();
}
