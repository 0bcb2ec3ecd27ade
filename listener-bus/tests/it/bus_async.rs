//! The async forms of the waits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use listener_bus::{APP_STATUS, DropReason, Posted, QueueEnd, SHARED, StopError, WaitError};

use crate::support::{SHORT, SOON, assert_conserved, bus, gated, post_all, recorded};

#[tokio::test]
async fn an_async_wait_is_for_all_queues_names_the_one_that_is_not_empty_and_wakes() {
    let bus = bus();
    let recorder = recorded(&bus, SHARED);
    let (gate, _handle) = gated(&bus, APP_STATUS);
    bus.start().unwrap();
    bus.post(1_u64);
    gate.wait_entered();
    let error = bus.wait_until_empty_async(SHORT).await.unwrap_err();
    assert!(
        matches!(&error, WaitError::NotEmpty { queue, pending: 1, .. } if queue == APP_STATUS),
        "{error}"
    );
    let waiting = bus.clone();
    let waiter = tokio::spawn(async move { waiting.wait_until_empty_async(SOON).await });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished());
    gate.open();
    waiter.await.unwrap().unwrap();
    assert_eq!(recorder.events(), [1]);
}

#[tokio::test]
async fn an_async_stop_drains_every_queue_without_blocking_the_runtime() {
    let bus = bus();
    assert!(matches!(bus.stop_async(SOON).await, Err(StopError::NotStarted { .. })));
    let recorder = recorded(&bus, SHARED);
    let (gate, _handle) = gated(&bus, APP_STATUS);
    bus.start().unwrap();
    post_all(&bus, 0..5);
    gate.wait_entered();
    let stopping = bus.clone();
    let stop = tokio::spawn(async move { stopping.stop_async(SOON).await.unwrap() });
    // This runtime has one thread: that the test goes on shows that the stop does not block it.
    while bus.post(9_u64).is_queued() {
        tokio::task::yield_now().await;
    }
    assert!(!stop.is_finished());
    gate.open();
    let report = stop.await.unwrap();
    assert!(report.is_drained(), "{report:?}");
    assert!(recorder.events().starts_with(&[0, 1, 2, 3, 4]));
    assert_conserved(&bus);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_stop_ends_at_its_deadline_and_a_cancelled_one_loses_nothing() {
    let bus = bus();
    let recorder = recorded(&bus, SHARED);
    let (gate, _handle) = gated(&bus, APP_STATUS);
    bus.start().unwrap();
    bus.post(0_u64);
    gate.wait_entered();
    post_all(&bus, 1..=5);
    recorder.wait_for(6);
    {
        let mut cancelled = pin!(bus.stop_async(SOON));
        let is_pending = poll_fn(|context| Poll::Ready(cancelled.as_mut().poll(context).is_pending()));
        assert!(is_pending.await, "a listener is inside an event");
    }
    assert_eq!(bus.post(6_u64), Posted::Dropped(DropReason::Stopped), "refused from the first poll on");
    let report = bus.stop_async(SHORT).await.unwrap();
    let stuck = &report.queues[1];
    assert!(matches!(stuck.end, QueueEnd::TimedOut { .. }), "{report:?}");
    assert_eq!(stuck.undelivered, 5);
    gate.open();
    let report = bus.stop_async(SOON).await.unwrap();
    assert_eq!(report.queues[1].end, QueueEnd::CutOff, "{report:?}");
    assert_eq!(recorder.events(), [0, 1, 2, 3, 4, 5]);
    assert_conserved(&bus);
}

#[tokio::test]
async fn a_bus_can_be_posted_to_and_dropped_inside_a_runtime() {
    let bus = bus();
    let recorder = recorded(&bus, SHARED);
    bus.start().unwrap();
    let posting = bus.clone();
    tokio::spawn(async move { post_all(&posting, 0..100) }).await.unwrap();
    drop(bus);
    assert_eq!(recorder.events(), (0..100).collect::<Vec<_>>());
}
