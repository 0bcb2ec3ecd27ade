use async_event_queue::{
    AsyncEventQueue, DropReason, EventClass, Feed, FeedOptions, Gap, Overflow, Posted, QueueOptions,
    StartError,
};

use crate::support::{Gate, Recorder, SHORT, SOON, assert_conserved, post_all, recorded, started};

#[test]
fn events_posted_before_the_start_come_first_and_in_order() {
    let queue = AsyncEventQueue::new("before");
    post_all(&queue, 0..5);
    let recorder = recorded(&queue);
    assert_eq!(recorder.events(), [], "nothing is delivered before the start");
    queue.start().unwrap();
    post_all(&queue, 5..8);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), (0..8).collect::<Vec<_>>());
    assert_conserved(&queue);
}

#[test]
fn every_queue_gets_what_was_posted_before_the_start() {
    let feed = Feed::new(FeedOptions::new("history"));
    let recorders = [(); 3].map(|()| Recorder::default());
    for (number, recorder) in recorders.iter().enumerate() {
        let queue = feed.attach(format!("queue-{number}"), QueueOptions::new()).unwrap();
        feed.post(number as u64);
        queue.add_listener(recorder.clone()).unwrap();
    }
    feed.start().unwrap();
    feed.post(3);
    feed.wait_until_empty(SOON).unwrap();
    for recorder in recorders {
        assert_eq!(recorder.events(), [0, 1, 2, 3]);
    }
}

#[test]
fn a_queue_that_joins_later_sees_no_history() {
    let feed = Feed::new(FeedOptions::new("late"));
    feed.start().unwrap();
    feed.post(0);
    let late = feed.attach("late", QueueOptions::new()).unwrap();
    let recorder = Recorder::default();
    late.add_listener(recorder.clone()).unwrap();
    feed.post(1);
    feed.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), [1]);
    assert_eq!(recorder.gaps(), [], "what came before it joined is no gap");
    assert_eq!((late.snapshot().posted, feed.posted()), (1, 2));
}

#[test]
fn the_buffer_before_the_start_is_bounded_and_counts_what_it_drops() {
    let queue = AsyncEventQueue::builder("bounded").capacity(3).build().unwrap();
    let recorder = recorded(&queue);
    post_all(&queue, 0..3);
    assert_eq!(queue.post(3), Posted::Dropped(DropReason::NotStarted));
    assert_eq!(queue.post(4), Posted::Dropped(DropReason::NotStarted));
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    queue.post(5);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), [0, 1, 2, 5]);
    assert_eq!(recorder.gaps(), [Gap { first: 3, last: 4 }]);
    let snapshot = queue.snapshot();
    assert_eq!((snapshot.posted, snapshot.dropped.get(DropReason::NotStarted)), (6, 2));
    assert_conserved(&queue);
}

#[test]
fn critical_events_have_places_of_their_own_before_the_start() {
    let queue = AsyncEventQueue::builder("critical")
        .capacity(2)
        .classify(|event: &u64| if *event > 100 { EventClass::Critical } else { EventClass::Ordinary })
        .build()
        .unwrap();
    let recorder = recorded(&queue);
    post_all(&queue, [0, 1, 2, 101, 102]);
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), [0, 1, 101, 102]);
}

#[test]
fn the_start_floods_a_small_queue_through_its_bounds() {
    let feed = Feed::new(FeedOptions::new("flood"));
    let queue = feed.attach("small", QueueOptions::new().capacity(2)).unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    (0..5).for_each(|event| {
        feed.post(event);
    });
    feed.start().unwrap();
    gate.open();
    feed.wait_until_empty(SOON).unwrap();
    let snapshot = queue.snapshot();
    // The first may be taken before the last is offered.
    assert!((2..=3).contains(&snapshot.dropped.get(DropReason::Full)), "{snapshot:?}");
    assert_eq!(snapshot.posted, snapshot.delivered + snapshot.dropped.total());
}

#[test]
fn the_start_waits_for_a_queue_that_blocks() {
    let feed = Feed::new(FeedOptions::new("patient"));
    let queue = feed
        .attach("small", QueueOptions::new().capacity(2).overflow(Overflow::Block { at_most: SOON }))
        .unwrap();
    let recorder = Recorder::default();
    queue.add_listener(recorder.clone()).unwrap();
    (0..500).for_each(|event| {
        feed.post(event);
    });
    feed.start().unwrap();
    feed.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), (0..500).collect::<Vec<_>>());
}

#[test]
fn the_start_waits_for_a_stuck_queue_only_as_long_as_its_policy_says() {
    let feed = Feed::new(FeedOptions::new("stuck"));
    let queue = feed
        .attach("small", QueueOptions::new().capacity(1).overflow(Overflow::Block { at_most: SHORT }))
        .unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    (0..100).for_each(|event| {
        feed.post(event);
    });
    feed.start().unwrap();
    gate.open();
    feed.wait_until_empty(SOON).unwrap();
    let snapshot = queue.snapshot();
    assert!(snapshot.dropped.get(DropReason::TimedOut) >= 97, "{snapshot:?}");
    assert_eq!(snapshot.posted, 100);
}

#[test]
fn a_queue_starts_once() {
    let queue = started(AsyncEventQueue::new("once"));
    assert!(matches!(queue.start(), Err(StartError::AlreadyStarted { bus }) if bus == "once"));
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert!(matches!(queue.start(), Err(StartError::Stopped { bus }) if bus == "once"));
}
