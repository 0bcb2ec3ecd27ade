//! Counts that are looked at while a post is being counted as dropped.
//!
//! A look that ran out of tries may show a post half counted: it is told by how often the counts were read, and not judged.
//!
//! The model has been seen to fail with the code broken on purpose: without the fence in `begin_drops`, or the one in
//! `settled`; without the look at the drops that have begun, or the second one at the head; with the progress stored by
//! `Relaxed`.

use std::cell::Cell;

use super::explore;
use crate::log::{Head, LOOKS, Log};
use crate::progress::Progress;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, thread};

/// What a queue with room for one event counts.
struct Counts {
    dropped: AtomicU64,
    progress: Progress,
}

#[derive(Debug)]
struct Seen {
    head: u64,
    dropped: u64,
    begun: u64,
    finished: u64,
}

/// One settled look; none if it ran out, and may show a post half counted.
fn look(head: &Head, counts: &Counts) -> Option<Seen> {
    let looks = Cell::new(0);
    let (head, (dropped, (begun, finished))) = head.settled(|| {
        looks.set(looks.get() + 1);
        (counts.dropped.load(Ordering::Relaxed), counts.progress.begun_and_finished())
    });
    (looks.get() <= LOOKS).then_some(Seen { head, dropped, begun, finished })
}

/// Posts one event that is taken and two that are not.
fn post_into_a_full_queue(log: &mut Log<u64>, counts: &Counts) {
    log.push(0, 0);
    for sequence in 1..3 {
        log.begin_drops(sequence + 1);
        counts.dropped.fetch_add(1, Ordering::Relaxed);
        log.skip(sequence + 1);
    }
}

#[test]
fn counts_add_up_beside_posts_that_are_dropped_and_events_that_are_handled() {
    explore(2, || {
        let mut log = Log::new();
        let head = log.head().clone();
        let counts = Arc::new(Counts { dropped: AtomicU64::new(0), progress: Progress::new() });
        let posted = Arc::clone(&counts);
        let posting = thread::spawn(move || post_into_a_full_queue(&mut log, &posted));
        let (handled, published) = (Arc::clone(&counts), head.clone());
        let handling = thread::spawn(move || {
            if published.get() > 0 {
                handled.progress.begin_event();
                handled.progress.finish_event();
            }
        });
        if let Some(Seen { head, dropped, begun, finished }) = look(&head, &counts) {
            let taken = head.min(1);
            assert_eq!(taken + dropped, head, "a post is half counted");
            assert!(finished <= begun && begun <= taken, "{begun} begun and {finished} finished of {taken}");
        }
        posting.join().expect("posts");
        handling.join().expect("handles");
        assert_eq!(look(&head, &counts).map(|seen| seen.head), Some(3), "nothing disturbs the last look");
    });
}
