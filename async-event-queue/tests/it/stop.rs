use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_event_queue::{
    AddListenerError, AsyncEventQueue, DropReason, Listener, Overflow, Posted, QueueEnd, StopError,
};
use crossbeam::channel::{bounded, unbounded};

use crate::support::{
    Gate, Recorder, SHORT, SOON, Told, assert_conserved, latch, post_all, recorded, started,
};

/// A started queue whose listener is inside event 0.
fn held(name: &str, capacity: usize) -> (AsyncEventQueue<u64>, Gate) {
    let queue = AsyncEventQueue::builder(name).capacity(capacity).critical_reserve(0).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    (queue, gate)
}

#[test]
fn a_stop_delivers_what_is_queued() {
    let (queue, gate) = held("drains", 100);
    post_all(&queue, 1..=50);
    let has_drained = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let stopper = scope.spawn(|| {
            let report = queue.stop(SOON).unwrap();
            has_drained.store(true, Ordering::SeqCst);
            report
        });
        assert!(!has_drained.load(Ordering::SeqCst), "the listener is inside an event");
        gate.open();
        let report = stopper.join().unwrap();
        assert!(report.is_drained());
        assert_eq!(report.queues[0].delivered, 51);
        assert_eq!(report.queues[0].undelivered, 0);
    });
    assert_conserved(&queue);
}

#[test]
fn a_stop_ends_at_its_deadline_and_names_the_stuck_listener() {
    let (queue, gate) = held("deadline", 100);
    post_all(&queue, 1..=7);
    let report = queue.stop(SHORT).unwrap();
    let report = &report.queues[0];
    assert_eq!((report.undelivered, report.dropped.get(DropReason::Stopped)), (7, 7));
    let QueueEnd::TimedOut { stuck: Some(stuck) } = &report.end else { panic!("{report:?}") };
    assert_eq!(stuck.listener, "Gated");
    assert!(stuck.for_at_least >= SHORT, "{stuck:?}");
    assert!(report.to_string().contains("listener Gated stuck for"), "{report}");
    gate.open();
    let later = queue.stop(SOON).unwrap();
    assert_eq!(later.queues[0].end, QueueEnd::CutOff, "a later stop sees the end, and what it cost");
    assert_eq!(later.queues[0].delivered, 1, "what was reported undelivered is not delivered afterwards");
    assert_conserved(&queue);
}

#[test]
fn the_report_of_a_stop_that_timed_out_accounts_for_what_the_thread_had_taken_already() {
    let queue = AsyncEventQueue::new("taken");
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    post_all(&queue, 0..200);
    queue.start().unwrap();
    gate.wait_entered();
    let report = queue.stop(SHORT).unwrap();
    let report = &report.queues[0];
    assert_eq!(
        (report.delivered, report.undelivered, report.dropped.get(DropReason::Stopped)),
        (0, 199, 199)
    );
    gate.open();
    assert_eq!(queue.stop(SOON).unwrap().queues[0].end, QueueEnd::CutOff);
    assert_conserved(&queue);
    assert_eq!(queue.snapshot().dropped.get(DropReason::Stopped), 199);
}

#[test]
fn a_full_queue_with_a_stuck_listener_does_not_hang_the_stop() {
    let (queue, gate) = held("full", 1);
    queue.post(1);
    assert_eq!(queue.post(2), Posted::Dropped(DropReason::Full));
    assert!(!queue.stop(SHORT).unwrap().is_drained());
    gate.open();
    assert_eq!(queue.stop(SOON).unwrap().queues[0].end, QueueEnd::CutOff);
}

#[test]
fn a_second_stop_waits_for_the_same_end() {
    let (queue, gate) = held("twice", 10);
    std::thread::scope(|scope| {
        let stoppers: Vec<_> = (0..3).map(|_| scope.spawn(|| queue.stop(SOON).unwrap())).collect();
        assert!(stoppers.iter().all(|stopper| !stopper.is_finished()));
        gate.open();
        for stopper in stoppers {
            assert!(stopper.join().unwrap().is_drained());
        }
    });
    assert!(queue.stop(Duration::ZERO).unwrap().is_drained());
}

#[test]
fn a_patient_stop_that_an_impatient_one_cuts_off_does_not_call_it_drained() {
    let (queue, gate) = held("impatient", 100);
    post_all(&queue, 1..=50);
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| queue.stop(SOON).unwrap());
        let impatient = queue.stop(SHORT).unwrap();
        assert_eq!(impatient.queues[0].undelivered, 50);
        gate.open();
        let patient = patient.join().unwrap();
        assert_eq!(patient.queues[0].end, QueueEnd::CutOff);
        assert_eq!(patient.queues[0].dropped.get(DropReason::Stopped), 50);
    });
}

#[test]
fn a_listener_may_stop_its_own_queue_and_the_rest_is_still_delivered() {
    let queue = AsyncEventQueue::new("own");
    let recorder = recorded(&queue);
    let (report_in, report) = bounded(1);
    let mut handle = Some(queue.clone());
    queue
        .add_listener(move |_: &u64| {
            if let Some(queue) = handle.take() {
                report_in.send(queue.stop(SOON).unwrap()).unwrap();
            }
        })
        .unwrap();
    post_all(&queue, 1..=3);
    queue.start().unwrap();
    assert_eq!(report.recv_timeout(SOON).unwrap().queues[0].end, QueueEnd::Draining);
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(recorder.events(), [1, 2, 3]);
}

#[test]
fn a_post_after_the_stop_is_counted() {
    let queue = started(AsyncEventQueue::new("after"));
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(queue.post(1), Posted::Dropped(DropReason::Stopped));
    let snapshot = queue.snapshot();
    assert_eq!((snapshot.posted, snapshot.dropped.get(DropReason::Stopped)), (1, 1));
}

#[test]
fn a_post_that_races_with_the_stop_is_delivered_or_counted() {
    for _ in 0..200 {
        let queue = AsyncEventQueue::new("race");
        let recorder = recorded(&queue);
        let queue = started(queue);
        let queued = std::thread::scope(|scope| {
            let poster = scope.spawn(|| (0..100).filter(|event| queue.post(*event).is_queued()).count());
            let report = queue.stop(SOON).unwrap();
            assert!(report.is_drained());
            poster.join().unwrap()
        });
        assert_eq!(recorder.events().len(), queued);
        assert_eq!(recorder.told().last(), Some(&Told::Closed), "nothing is behind the pill");
        assert_eq!(queue.snapshot().posted, 100);
        assert_conserved(&queue);
    }
}

#[test]
fn a_stop_before_the_start_is_an_error_and_changes_nothing() {
    let queue = AsyncEventQueue::new("unstarted");
    let recorder = recorded(&queue);
    queue.post(1);
    assert!(
        matches!(queue.stop(SOON), Err(StopError::NotStarted { bus, buffered: 1 }) if bus == "unstarted")
    );
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), [1]);
}

#[test]
fn the_closing_call_comes_after_the_last_event_and_within_the_stop() {
    let queue = AsyncEventQueue::new("closing");
    let recorder = recorded(&queue);
    let queue = started(queue);
    post_all(&queue, 0..100);
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(recorder.told().len(), 101);
    assert_eq!(recorder.told().last(), Some(&Told::Closed));
}

#[test]
fn a_closing_call_that_hangs_is_stuck_like_any_other() {
    struct HangsOnClose(crossbeam::channel::Receiver<()>);
    impl Listener<u64> for HangsOnClose {
        fn on_event(&mut self, _: &u64) {}
        fn on_close(&mut self) {
            let _opened = self.0.recv();
        }
    }
    let queue = AsyncEventQueue::new("hangs");
    let (release, released) = unbounded();
    queue.add_listener(HangsOnClose(released)).unwrap();
    let queue = started(queue);
    let report = queue.stop(SHORT).unwrap();
    let QueueEnd::TimedOut { stuck } = &report.queues[0].end else { panic!("{report:?}") };
    // The thread may not have reached the closing call when the stop began to look.
    assert!(stuck.as_ref().is_none_or(|stuck| stuck.listener == "HangsOnClose"), "{report:?}");
    drop(release);
    assert!(queue.stop(SOON).unwrap().is_drained());
}

#[test]
fn listeners_can_be_had_back_after_the_stop_and_none_added() {
    let queue = AsyncEventQueue::new("back");
    let handle = queue.add_listener(Recorder::default()).unwrap();
    let queue = started(queue);
    queue.post(1);
    assert!(queue.stop(SOON).unwrap().is_drained());
    let recorder = queue.remove_listener(&handle).unwrap().wait(SOON).unwrap();
    assert_eq!(recorder.told(), [Told::Event(0, 1), Told::Closed]);
    let error = queue.add_listener(recorder).unwrap_err();
    assert!(
        matches!(&error, AddListenerError::Stopped { listener, queue } if listener == "Recorder" && queue == "back")
    );
}

#[test]
fn dropping_the_last_handle_delivers_what_is_queued() {
    let queue = AsyncEventQueue::new("dropped");
    let recorder = recorded(&queue);
    let queue = started(queue);
    let poster = queue.poster();
    post_all(&queue, 0..10);
    drop(queue.clone());
    assert!(queue.post(10).is_queued(), "a handle is left");
    drop(queue);
    assert_eq!(recorder.events(), (0..=10).collect::<Vec<_>>());
    assert_eq!(
        poster.post(11),
        Posted::Dropped(DropReason::Stopped),
        "a poster does not keep the queue alive"
    );
}

#[test]
fn dropping_a_queue_with_a_stuck_listener_takes_a_bounded_time() {
    let queue = AsyncEventQueue::builder("stuck-drop").drop_timeout(SHORT).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    post_all(&queue, 0..2);
    gate.wait_entered();
    drop(queue);
    gate.open();
}

#[test]
fn a_listener_may_drop_the_last_handle() {
    let queue = AsyncEventQueue::new("drop-inside");
    let (handle_in, handle) = bounded::<AsyncEventQueue<u64>>(1);
    let (dropped_in, dropped) = latch();
    queue
        .add_listener(move |_: &u64| {
            drop(handle.recv());
            let _gone = dropped_in.send(());
        })
        .unwrap();
    let queue = started(queue);
    queue.post(1);
    handle_in.send(queue).unwrap();
    dropped.recv_timeout(SOON).expect("the drop does not wait for its own thread");
}

#[test]
fn a_listener_that_stops_the_queue_through_its_owner_does_not_wait_for_itself() {
    struct Engine {
        queue: AsyncEventQueue<u64>,
    }
    impl Engine {
        fn stop(&self) {
            let report = self.queue.stop(SOON).unwrap();
            assert_eq!(report.queues[0].end, QueueEnd::Draining);
        }
    }
    let queue = AsyncEventQueue::builder("engine").overflow(Overflow::DropNewest).build().unwrap();
    let engine = Arc::new(Engine { queue: queue.clone() });
    let (stopped_in, stopped) = latch();
    queue
        .add_listener(move |_: &u64| {
            engine.stop();
            stopped_in.send(()).unwrap();
        })
        .unwrap();
    let queue = started(queue);
    queue.post(1);
    stopped.recv_timeout(SOON).unwrap();
    assert!(queue.stop(SOON).unwrap().is_drained());
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn an_async_stop_drains_without_blocking_the_runtime() {
    let (queue, gate) = held("async-stop", 100);
    post_all(&queue, 1..=5);
    let stopping = queue.clone();
    let stop = tokio::spawn(async move { stopping.stop_async(SOON).await.unwrap() });
    tokio::task::yield_now().await;
    assert!(!stop.is_finished());
    gate.open();
    let report = stop.await.unwrap();
    assert!(report.is_drained());
    assert_eq!(report.queues[0].delivered, 6);
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn an_async_stop_ends_at_its_deadline_and_a_cancelled_one_loses_nothing() {
    let (queue, gate) = held("async-deadline", 100);
    post_all(&queue, 1..=5);
    {
        let cancelled = queue.stop_async(SOON);
        let mut cancelled = std::pin::pin!(cancelled);
        let once = std::future::poll_fn(|context| {
            std::task::Poll::Ready(cancelled.as_mut().poll(context).is_pending())
        });
        assert!(once.await);
    }
    assert_eq!(queue.snapshot().pending(), 6);
    let report = queue.stop_async(SHORT).await.unwrap();
    assert_eq!(report.queues[0].undelivered, 5);
    gate.open();
    assert_eq!(queue.stop_async(SOON).await.unwrap().queues[0].end, QueueEnd::CutOff);
    assert_conserved(&queue);
}
