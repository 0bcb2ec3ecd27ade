//! Posts that race with the end.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * all that race: the stop leaves the queue's intake open;
//! * `a_later_post_...` and `..._the_last_handle_...`: the stop leaves the window open, in which nobody is asked;
//! * all: the pill does not wait for what lies before it.

use async_event_queue::Overflow;

use crate::support::{assert_conserved, explore, options, post_apart, started, stop};

#[test]
fn a_post_that_races_with_the_stop_is_delivered_or_counted_as_stopped() {
    explore(2, |events| {
        let (feed, queue, record) = started(options(1, Overflow::DropNewest));
        let posting = post_apart(&feed, vec![events.next()]);
        stop(&feed);
        let taken = posting.join().expect("posts");
        assert_eq!(record.numbers().len() as u64, taken);
        let snapshot = queue.snapshot();
        assert_eq!((snapshot.posted, snapshot.delivered), (1, taken));
        assert_conserved(&queue);
    });
}

/// The second post is one that no queue has to be asked about.
#[test]
fn a_later_post_that_races_with_the_stop_is_delivered_or_counted_as_stopped() {
    explore(2, |events| {
        let (feed, queue, record) = started(options(2, Overflow::DropNewest));
        assert!(feed.post(events.next()).is_queued());
        let posting = post_apart(&feed, vec![events.next()]);
        stop(&feed);
        let taken = 1 + posting.join().expect("posts");
        assert_eq!(record.numbers().len() as u64, taken);
        let snapshot = queue.snapshot();
        assert_eq!((snapshot.posted, snapshot.delivered), (2, taken));
        assert_conserved(&queue);
    });
}

#[test]
fn a_post_that_races_with_the_drop_of_the_last_handle_is_delivered_or_counted_as_stopped() {
    explore(2, |events| {
        let (feed, queue, record) = started(options(2, Overflow::DropNewest));
        assert!(feed.post(events.next()).is_queued());
        let posting = post_apart(&feed, vec![events.next()]);
        drop(feed);
        let taken = 1 + posting.join().expect("posts");
        assert_eq!(record.numbers().len() as u64, taken);
        let snapshot = queue.snapshot();
        assert_eq!((snapshot.posted, snapshot.delivered), (2, taken));
        assert_conserved(&queue);
    });
}

#[test]
fn the_last_event_is_delivered_before_the_pill() {
    explore(2, |events| {
        let (feed, _queue, record) = started(options(1, Overflow::DropNewest));
        assert!(feed.post(events.next()).is_queued());
        stop(&feed);
        assert_eq!(record.numbers(), [0]);
    });
}
