//! Queues that join a feed late, or while it starts or stops.

use std::sync::{Arc, OnceLock};
use std::thread;

use async_event_queue::{Feed, FeedOptions, Overflow, Poster, QueueOptions};
use crossbeam::channel::bounded;

use crate::support::SOON;

#[test]
fn a_queue_without_a_limit_that_joins_late_takes_everything() {
    let feed = Feed::<u64>::new(FeedOptions::new("late"));
    feed.start().unwrap();
    feed.post(0);
    let queue = feed.attach("late", QueueOptions::new().capacity(usize::MAX)).unwrap();
    assert!((1..4).all(|event| feed.post(event).is_queued()));
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(queue.snapshot().delivered, 3);
}

#[test]
fn a_stop_drains_also_the_queues_that_join_at_the_same_time() {
    for _ in 0..1_000 {
        let feed = Feed::<u64>::new(FeedOptions::new("racing"));
        feed.start().unwrap();
        let (ready, is_ready) = bounded(0);
        let join = || {
            ready.send(()).unwrap();
            while feed.attach("late", QueueOptions::new()).is_ok() {}
        };
        thread::scope(|scope| {
            scope.spawn(join);
            is_ready.recv_timeout(SOON).unwrap();
            let report = feed.stop(SOON).unwrap();
            assert!(report.is_drained(), "{report:?}");
        });
    }
}

#[test]
fn what_nothing_was_kept_of_before_the_start_is_told_to_queues_that_sleep_already() {
    for _ in 0..50 {
        let feed = Feed::<u64>::new(FeedOptions::new("kept nothing").start_buffer(0));
        let attach = |queue| feed.attach(format!("queue-{queue}"), QueueOptions::new()).unwrap();
        let queues: Vec<_> = (0..8).map(attach).collect();
        feed.post(1);
        feed.start().unwrap();
        for queue in &queues {
            queue.wait_until_empty(SOON).unwrap();
        }
    }
}

/// Posts as it is dropped.
struct Echo(Option<Arc<OnceLock<Poster<Self>>>>);

impl Drop for Echo {
    fn drop(&mut self) {
        if let Some(poster) = self.0.as_ref().and_then(|poster| poster.get()) {
            poster.try_post(Self(None));
        }
    }
}

#[test]
fn events_that_post_as_they_are_dropped_do_not_hold_up_the_start_that_drops_them() {
    const EVENTS: usize = 20_000;
    let (done, is_done) = bounded(1);
    let start = move || {
        let feed = Feed::<Echo>::new(FeedOptions::new("echo").start_buffer(EVENTS));
        let evicting = QueueOptions::new().capacity(1_000).overflow(Overflow::DropOldest);
        let queue = feed.attach("evicting", evicting).unwrap();
        queue.add_listener(|_: &Echo| ()).unwrap();
        let poster = Arc::new(OnceLock::new());
        for _ in 0..EVENTS {
            feed.post(Echo(Some(Arc::clone(&poster))));
        }
        assert!(poster.set(feed.poster()).is_ok());
        feed.start().unwrap();
        done.send(()).unwrap();
    };
    thread::Builder::new().spawn(start).unwrap();
    is_done.recv_timeout(SOON).expect("the start returns");
}
