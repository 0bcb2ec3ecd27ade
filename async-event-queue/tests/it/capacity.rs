use async_event_queue::{AsyncEventQueue, AttachError, DropReason, OptionsError, Overflow, Posted};

use crate::support::{Gate, SOON, assert_conserved, post_all, started};

#[test]
fn a_full_queue_drops_and_counts_as_sparks_does() {
    let queue = AsyncEventQueue::builder("capacity-1").capacity(1).critical_reserve(0).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    let sizes = |queue: &AsyncEventQueue<u64>| {
        let snapshot = queue.snapshot();
        (snapshot.size, snapshot.dropped.total())
    };
    assert_eq!(queue.post(1), Posted::Queued);
    assert_eq!(gate.wait_entered(), 1);
    assert_eq!(sizes(&queue), (0, 0));
    assert_eq!(queue.post(2), Posted::Queued);
    assert_eq!(sizes(&queue), (1, 0));
    assert_eq!(queue.post(3), Posted::Dropped(DropReason::Full));
    assert_eq!(sizes(&queue), (1, 1));
    gate.release(2);
    let report = queue.stop(SOON).unwrap();
    assert!(report.is_drained());
    assert_conserved(&queue);
}

#[test]
fn every_capacity_is_honoured_exactly() {
    for capacity in [1, 2, 3, 5, 7, 64, 100, 1_000] {
        for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
            fill_twice(capacity, overflow);
        }
    }
}

/// Twice: the second time the dispatch thread has claimed some of what waits.
fn fill_twice(capacity: usize, overflow: Overflow) {
    let queue = AsyncEventQueue::builder("exact").capacity(capacity).overflow(overflow).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    for delivered in 0..2 {
        post_all(&queue, 0..capacity as u64 + 3);
        let snapshot = queue.snapshot();
        assert_eq!((snapshot.size, snapshot.delivered), (capacity, delivered), "{overflow:?}");
        assert_eq!(snapshot.pending(), capacity as u64 + 1);
        gate.release(1);
        gate.wait_entered();
    }
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_conserved(&queue);
}

#[test]
fn no_capacity_is_an_error_that_names_the_queue() {
    let error = AsyncEventQueue::<u64>::builder("shared").capacity(0).build().unwrap_err();
    assert!(
        matches!(&error, AttachError::Options(OptionsError::ZeroCapacity { queue }) if queue == "shared")
    );
    assert_eq!(
        error.to_string(),
        "capacity of event queue shared must be greater than 0, but 0 is configured"
    );
}
