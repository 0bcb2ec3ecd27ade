//! Posts that race with the consumption of what came before, in a queue that is nearly full.
//!
//! One thread posts, so that nothing disturbs its own looks at the counts; those of others are in `src/log/models`.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * `..._one_place_...` and `..._two_places_...`: one event more has room, when the queue is asked or in a window;
//! * `a_blocked_post_...`: the dispatch thread falls asleep without a last look at the head.

use async_event_queue::Overflow;

use crate::support::{Events, FOREVER, assert_conserved, explore, options, started, stop};

fn look_between_posts(events: &Events, capacity: usize, posts: u64) {
    let (feed, queue, record) = started(options(capacity, Overflow::DropNewest));
    let mut taken = 0;
    for posted in 1..=posts {
        taken += u64::from(feed.post(events.next()).is_queued());
        let snapshot = queue.snapshot();
        assert!(snapshot.size <= capacity, "{snapshot:?}");
        assert_eq!((snapshot.posted, snapshot.dropped.total()), (posted, posted - taken), "{snapshot:?}");
    }
    assert!(taken >= capacity as u64, "{taken} were taken");
    stop(&feed);
    let numbers = record.numbers();
    assert_eq!(numbers.len() as u64, taken, "what was taken was delivered");
    assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
    assert_eq!(record.missed(), posts - taken, "what was dropped was told");
    assert_eq!(queue.snapshot().delivered, taken);
    assert_conserved(&queue);
}

#[test]
fn a_queue_with_one_place_takes_what_it_has_room_for() {
    explore(2, |events| look_between_posts(events, 1, 3));
}

#[test]
fn a_queue_with_two_places_takes_what_it_has_room_for() {
    explore(2, |events| look_between_posts(events, 2, 3));
}

#[test]
fn a_blocked_post_is_woken_when_there_is_room() {
    explore(2, |events| {
        let (feed, _queue, record) = started(options(1, Overflow::Block { at_most: FOREVER }));
        assert!(feed.post(events.next()).is_queued());
        assert!(feed.post(events.next()).is_queued());
        stop(&feed);
        assert_eq!(record.numbers(), [0, 1]);
    });
}
