//! Queues that come and go while others post.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * `a_queue_that_joins_...`: the window, in which nobody is asked, is left open while a queue joins;
//! * `a_queue_that_leaves_...`: the same while it leaves; its blocks are taken from it although an event of theirs is claimed.

use async_event_queue::{Overflow, WithoutListeners};

use crate::support::{FOREVER, Record, assert_conserved, explore, options, post_apart, started, stop};

/// Four threads: with two switches the model takes minutes.
#[test]
fn a_queue_that_joins_between_two_posts_gets_all_from_there_on() {
    explore(1, |events| {
        let (feed, first, record) = started(options(4, Overflow::DropNewest));
        assert!(feed.post(events.next()).is_queued());
        let posting = post_apart(&feed, vec![events.next()]);
        let second = feed.attach("late", options(4, Overflow::DropNewest)).expect("in order");
        let late = Record::default();
        second.add_listener(late.clone()).expect("takes listeners");
        assert_eq!(posting.join().expect("posts"), 1);
        stop(&feed);
        assert_eq!(record.numbers(), [0, 1]);
        assert!([&[][..], &[1]].contains(&&*late.numbers()));
        let snapshot = second.snapshot();
        assert!(snapshot.posted <= 1 && snapshot.delivered == snapshot.posted, "{snapshot:?}");
        assert_conserved(&first);
        assert_conserved(&second);
    });
}

#[test]
fn a_queue_that_leaves_between_two_posts_got_all_up_to_there_and_counts_the_rest() {
    explore(2, |events| {
        let leaving = options(4, Overflow::DropNewest).without_listeners(WithoutListeners::Stop);
        let feed = crate::support::feed();
        let queue = feed.attach("model", leaving).expect("in order");
        let record = Record::default();
        let handle = queue.add_listener(record.clone()).expect("takes listeners");
        feed.start().expect("starts");
        assert!(feed.post(events.next()).is_queued());
        let posting = post_apart(&feed, vec![events.next()]);
        drop(queue.remove_listener(&handle).expect("is there"));
        posting.join().expect("posts");
        queue.wait_until_empty(FOREVER).expect("ends");
        let (snapshot, numbers) = (queue.snapshot(), record.numbers());
        assert!([&[][..], &[0], &[0, 1]].contains(&&*numbers), "{numbers:?}");
        // What waits may be taken for delivered, to nobody, just before the queue leaves.
        assert!(snapshot.delivered >= numbers.len() as u64, "{snapshot:?}");
        assert_conserved(&queue);
        drop(feed);
    });
}
