//! Who falls asleep while others post, wait, or change the listeners.
//!
//! That a listener is added late shows in nothing, as it has missed no event; so a removal, for which the listener is closed,
//! stands for all that the dispatch thread is woken for.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * `a_wait_for_empty_...` and `a_queue_that_falls_asleep_...`: the dispatch thread falls asleep without a last look at the
//!   head, or is rung and not woken;
//! * `a_queue_that_falls_asleep_...`: a post in the window, in which nobody is asked, does not look at who sleeps;
//! * `a_listener_that_is_removed_...`: the call for attention does not wake.

use async_event_queue::{Listener, Overflow};
use loom::sync::{Arc, Notify};

use crate::support::{Event, FOREVER, explore, feed, options, post_apart, started, stop};

#[test]
fn a_wait_for_empty_ends_and_sees_what_the_listener_did() {
    explore(2, |events| {
        let (feed, queue, record) = started(options(1, Overflow::DropNewest));
        feed.post(events.next());
        queue.wait_until_empty(FOREVER).expect("is woken");
        assert_eq!(record.numbers(), [0]);
        stop(&feed);
    });
}

#[test]
fn a_wait_for_empty_that_races_with_a_post_ends() {
    explore(2, |events| {
        let (feed, queue, record) = started(options(1, Overflow::DropNewest));
        let posting = post_apart(&feed, vec![events.next()]);
        queue.wait_until_empty(FOREVER).expect("is woken");
        assert_eq!(posting.join().expect("posts"), 1);
        stop(&feed);
        assert_eq!(record.numbers(), [0]);
    });
}

/// The second post is one that no queue has to be asked about.
#[test]
fn a_queue_that_falls_asleep_is_woken_by_the_next_post() {
    explore(2, |events| {
        let (feed, queue, record) = started(options(2, Overflow::DropNewest));
        assert!(feed.post(events.next()).is_queued());
        assert!(feed.post(events.next()).is_queued());
        queue.wait_until_empty(FOREVER).expect("is woken");
        assert_eq!(record.numbers(), [0, 1]);
        stop(&feed);
    });
}

/// Rings when it is closed.
struct Closing(Arc<Notify>);

impl Listener<Event> for Closing {
    fn on_event(&mut self, _: &Event) {}

    fn on_close(&mut self) {
        self.0.notify();
    }
}

#[test]
fn a_listener_that_is_removed_while_the_queue_falls_asleep_is_closed_at_once() {
    explore(2, |_| {
        let feed = feed();
        let queue = feed.attach("model", options(1, Overflow::DropNewest)).expect("in order");
        let closed = Arc::new(Notify::new());
        let handle = queue.add_listener(Closing(Arc::clone(&closed))).expect("takes listeners");
        feed.start().expect("starts");
        drop(queue.remove_listener(&handle).expect("is there"));
        closed.wait();
        stop(&feed);
    });
}
