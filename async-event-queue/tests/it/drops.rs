//! Each event is dropped exactly once, whatever becomes of it.

mod hold;
mod table;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;

use async_event_queue::{
    AsyncEventQueue, DropReason, Feed, FeedOptions, FeedQueue, Overflow, Posted, Poster, QueueEnd,
    QueueOptions, WithoutListeners,
};
use crossbeam::channel::{Receiver, Sender, bounded};

use crate::support::{SHORT, SOON};
use hold::{Hold, Stuck};
use table::{Entry, Role, Table, Temper};

const BLOCKS: Overflow = Overflow::Block { at_most: SOON };

fn attached(feed: &Feed<Entry>, name: &str, capacity: usize, overflow: Overflow) -> FeedQueue<Entry> {
    let queue = feed.attach(name, QueueOptions::new().capacity(capacity).overflow(overflow)).unwrap();
    queue.add_listener(Entry::look_at).unwrap();
    queue
}

/// Posts the events of a table from several threads at once.
fn post_from_threads(threads: usize, table: &Arc<Table>, post: impl Fn(Entry) + Sync) {
    let each = table.len() / threads;
    thread::scope(|scope| {
        for first in (0..threads).map(|index| index * each) {
            let post = &post;
            scope.spawn(move || (first..first + each).for_each(|number| post(table.event(number))));
        }
    });
}

#[test]
fn each_event_is_dropped_once_whatever_the_queues_do_when_they_are_full() {
    for capacity in [1, 3, 64, 200] {
        overflow(capacity, &[Overflow::DropNewest, Overflow::DropOldest, BLOCKS]);
        overflow(capacity, &[Overflow::DropNewest, Overflow::DropNewest]);
    }
}

fn overflow(capacity: usize, overflows: &[Overflow]) {
    let table = Table::of(10_000);
    let feed = Feed::new(FeedOptions::new("overflows"));
    let attach = |overflow: &Overflow| attached(&feed, &format!("{overflow:?}"), capacity, *overflow);
    let queues: Vec<_> = overflows.iter().map(attach).collect();
    feed.start().unwrap();
    post_from_threads(4, &table, |event| {
        feed.post(event);
    });
    assert!(feed.stop(SOON).unwrap().is_drained());
    for snapshot in queues.into_iter().map(|queue| queue.snapshot()) {
        assert_eq!(snapshot.delivered + snapshot.dropped.total(), 10_000, "{snapshot:?}");
    }
    drop(feed);
    table.assert_each_once(&format!("{overflows:?} at capacity {capacity}"));
}

#[test]
fn each_event_is_dropped_once_when_listeners_panic() {
    let table = Table::of(4_000);
    let feed = Feed::new(FeedOptions::new("panics"));
    let options = QueueOptions::new().overflow(BLOCKS);
    let now_and_then = feed.attach("now-and-then", options).unwrap();
    let removed = feed.attach("removed", options.remove_after_panics(NonZeroU32::MIN)).unwrap();
    for queue in [&now_and_then, &removed] {
        let panics = |event: &Entry| assert!(event.number % 500 != 499, "event {}", event.number);
        queue.add_listener(panics).unwrap();
        queue.add_listener(Entry::look_at).unwrap();
    }
    feed.start().unwrap();
    post_from_threads(2, &table, |event| {
        feed.post(event);
    });
    assert!(feed.stop(SOON).unwrap().is_drained());
    let panics = |queue: &FeedQueue<Entry>| -> Vec<_> {
        queue.snapshot().listeners.iter().map(|listener| listener.panics).collect()
    };
    assert_eq!(panics(&now_and_then), [8, 0]);
    assert_eq!(panics(&removed), [0], "the other one has gone");
    drop(feed);
    table.assert_each_once("panics");
}

#[test]
fn each_event_is_dropped_once_when_a_stuck_queue_is_cut_off_and_its_listener_comes_back_later() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest, BLOCKS] {
        let table = Table::of(1_001);
        let feed = Feed::new(FeedOptions::new("cut-off"));
        let (stuck, hold) = Stuck::new();
        let options = QueueOptions::new().capacity(900).overflow(overflow);
        feed.attach("held", options).unwrap().add_listener(stuck).unwrap();
        let _free = attached(&feed, "free", 1_000, overflow);
        feed.start().unwrap();
        feed.post(table.event(0));
        hold.wait_entered();
        for number in 1..=1_000 {
            feed.try_post(table.event(number));
        }
        let report = feed.stop(SHORT).unwrap();
        assert!(matches!(report.queues[0].end, QueueEnd::TimedOut { .. }), "{report:?}");
        assert_eq!(report.queues[0].undelivered, 900);
        hold.let_go();
        assert_eq!(feed.stop(SOON).unwrap().queues[0].end, QueueEnd::CutOff);
        drop(feed);
        table.assert_each_once(&format!("{overflow:?}"));
    }
}

#[test]
fn each_event_is_dropped_once_while_queues_join_and_leave() {
    const EVENTS: usize = 10_000;
    const ROUNDS: usize = 20;
    let table = Table::of(EVENTS);
    let feed = Feed::new(FeedOptions::new("comings"));
    let stays = attached(&feed, "stays", 100, BLOCKS);
    feed.start().unwrap();
    let (turn_in, turn) = bounded(1);
    thread::scope(|scope| {
        let (poster, table) = (feed.poster(), &table);
        scope.spawn(move || post_in_turns(&poster, table, ROUNDS, &turn));
        for _ in 0..ROUNDS {
            come_and_leave(&feed, &turn_in);
        }
    });
    assert!(feed.stop(SOON).unwrap().is_drained());
    assert_eq!(stays.snapshot().delivered, EVENTS as u64);
    drop(feed);
    table.assert_each_once("comings and leavings");
}

/// Posts the events of a table in so many rounds, each when it is told to.
fn post_in_turns(poster: &Poster<Entry>, table: &Arc<Table>, rounds: usize, turn: &Receiver<()>) {
    for number in 0..table.len() {
        if number % (table.len() / rounds) == 0 {
            turn.recv_timeout(SOON).expect("another queue has joined");
        }
        poster.post(table.event(number));
    }
}

/// Has a queue join while events are posted, and leave in the middle of one, with others waiting behind it.
fn come_and_leave(feed: &Feed<Entry>, has_come: &Sender<()>) {
    let options = QueueOptions::new().capacity(50).without_listeners(WithoutListeners::Stop);
    let guest = feed.attach("guest", options).unwrap();
    let (stuck, hold) = Stuck::new();
    let handle = guest.add_listener(stuck).unwrap();
    has_come.send_timeout((), SOON).expect("the poster posts");
    hold.wait_entered();
    let removal = guest.remove_listener(&handle).unwrap();
    hold.let_go();
    drop(removal.wait(SOON).expect("it comes back"));
}

#[test]
fn each_event_is_dropped_once_when_the_start_never_comes() {
    let table = Table::of(50);
    let feed = Feed::new(FeedOptions::new("unstarted").start_buffer(30));
    let queue = attached(&feed, "unstarted", 10, Overflow::DropNewest);
    let posted: Vec<_> = (0..50).map(|number| feed.post(table.event(number))).collect();
    assert_eq!(posted.iter().filter(|posted| posted.is_queued()).count(), 30);
    assert_eq!(table.dropped(), 20, "what is refused is not kept");
    drop(feed);
    table.assert_each_once("never started");
    assert_eq!(queue.snapshot().dropped.get(DropReason::NotStarted), 50);
}

#[test]
fn an_event_posted_after_the_stop_is_dropped_once_and_at_once() {
    let table = Table::of(200);
    let feed = Feed::new(FeedOptions::new("late"));
    let _queue = attached(&feed, "late", 1_000, Overflow::DropNewest);
    feed.start().unwrap();
    (0..100).for_each(|number| assert!(feed.post(table.event(number)).is_queued()));
    assert!(feed.stop(SOON).unwrap().is_drained());
    for number in 100..200 {
        assert_eq!(feed.post(table.event(number)), Posted::Dropped(DropReason::Stopped));
        assert_eq!(table.drops_of(number), 1, "event {number}");
    }
    table.assert_each_once("posted late");
}

#[test]
fn each_event_is_dropped_once_when_the_last_handle_goes() {
    let table = Table::of(500);
    let queue = AsyncEventQueue::builder("handle").capacity(1_000).drop_timeout(SHORT).build().unwrap();
    let (stuck, hold) = Stuck::new();
    queue.add_listener(stuck).unwrap();
    queue.start().unwrap();
    queue.post(table.event(0));
    hold.wait_entered();
    (1..500).for_each(|number| assert!(queue.post(table.event(number)).is_queued()));
    drop(queue);
    hold.let_go();
    table.assert_each_once("the last handle has gone");
}

/// A feed whose held queue has not handled its first event and whose free one is done with all of 1 000, of which some
/// panic when they are dropped.
fn with_tempers(table: &Arc<Table>) -> (Feed<Entry>, FeedQueue<Entry>, Hold) {
    let feed = Feed::new(FeedOptions::new("tempers"));
    let (stuck, hold) = Stuck::new();
    feed.attach("held", QueueOptions::new()).unwrap().add_listener(stuck).unwrap();
    let free = attached(&feed, "free", 1_000, BLOCKS);
    feed.start().unwrap();
    feed.post(table.event(0));
    hold.wait_entered();
    for number in 1..1_000 {
        let temper = if number % 50 == 3 { Temper::Panics } else { Temper::Calm };
        assert!(feed.post(table.event_with(number, temper)).is_queued());
    }
    free.wait_until_empty(SOON).unwrap();
    (feed, free, hold)
}

#[test]
fn handled_events_whose_drop_panics_take_no_other_event_with_them() {
    let table = Table::of(1_000);
    let (feed, free, hold) = with_tempers(&table);
    hold.let_go();
    assert!(feed.stop(SOON).unwrap().is_drained());
    drop(feed);
    table.assert_each_once("handled");
    assert_eq!(free.snapshot().delivered, 1_000);
}

#[test]
fn discarded_events_whose_drop_panics_take_no_other_event_with_them() {
    let table = Table::of(1_000);
    let (feed, free, hold) = with_tempers(&table);
    let report = feed.stop(SHORT).unwrap();
    assert_eq!((report.queues[0].undelivered, &report.queues[1].end), (999, &QueueEnd::Drained));
    hold.let_go();
    assert_eq!(feed.stop(SOON).unwrap().queues[0].end, QueueEnd::CutOff);
    drop(feed);
    table.assert_each_once("discarded");
    assert_eq!(free.snapshot().delivered, 1_000);
}

#[test]
fn events_that_every_queue_has_handled_are_dropped_by_a_dispatch_thread() {
    const EVENTS: usize = 40_000;
    let table = Table::of(EVENTS);
    let feed = Feed::new(FeedOptions::new("who"));
    let queues = ["one", "other"].map(|name| attached(&feed, name, 500, BLOCKS));
    feed.start().unwrap();
    let poster = feed.poster();
    post_from_threads(8, &table, |event| {
        Role::Poster.take();
        assert!(poster.post(event).is_queued());
    });
    for queue in queues {
        queue.wait_until_empty(SOON).unwrap();
    }
    assert!(feed.stop(SOON).unwrap().is_drained());
    drop((poster, feed));
    table.assert_each_once("handled");
    assert_eq!(table.dropped_by_posters(), 0, "a post drops no event that was handled");
}
