use std::num::NonZeroU32;

use async_event_queue::{AsyncEventQueue, Gap, Listener};

use crate::support::{SOON, assert_conserved, latch, post_all, recorded, started};

/// Panics with every event that is listed.
struct Bad(Vec<u64>);

impl Listener<u64> for Bad {
    fn on_event(&mut self, event: &u64) {
        assert!(!self.0.contains(event), "bad event {event}");
    }
}

#[test]
fn a_panicking_listener_stays_and_takes_nobody_down() {
    let queue = AsyncEventQueue::new("bad");
    let handle = queue.add_listener(Bad((0..5).collect())).unwrap();
    let recorders = [recorded(&queue), recorded(&queue)];
    let queue = started(queue);
    post_all(&queue, 0..5);
    queue.wait_until_empty(SOON).unwrap();
    for recorder in recorders {
        assert_eq!(recorder.events(), [0, 1, 2, 3, 4]);
    }
    let listeners = queue.snapshot().listeners;
    assert_eq!((listeners[0].name.as_str(), listeners[0].panics, listeners[1].panics), ("Bad", 5, 0));
    assert_conserved(&queue);
    drop(queue.remove_listener(&handle).unwrap().wait(SOON).unwrap());
}

#[test]
fn a_listener_is_removed_after_the_set_number_of_panics_in_a_row() {
    let queue =
        AsyncEventQueue::builder("evicted").remove_after_panics(NonZeroU32::new(3).unwrap()).build().unwrap();
    let bad = queue.add_listener(Bad(vec![0, 1, 3, 4, 5])).unwrap();
    let recorder = recorded(&queue);
    let queue = started(queue);
    post_all(&queue, 0..5);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(queue.snapshot().listeners.len(), 2, "event 2 broke the row");
    post_all(&queue, 5..8);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(queue.snapshot().listeners.len(), 1);
    assert_eq!(recorder.events(), (0..8).collect::<Vec<_>>(), "the neighbour misses nothing");
    let bad = queue.remove_listener(&bad).unwrap().wait(SOON).expect("an evicted listener can be had back");
    assert_eq!(bad.0.len(), 5);
}

#[test]
fn a_listener_that_is_removed_for_its_panics_while_its_removal_is_waited_for_comes_back() {
    let queue = AsyncEventQueue::builder("both").remove_after_panics(NonZeroU32::MIN).build().unwrap();
    let (entered_in, entered) = latch();
    let (release, released) = latch();
    let handle = queue
        .add_listener(move |_: &u64| {
            entered_in.send(()).unwrap();
            let _opened = released.recv();
            panic!("at last");
        })
        .unwrap();
    let queue = started(queue);
    queue.post(1);
    entered.recv_timeout(SOON).unwrap();
    let removal = queue.remove_listener(&handle).unwrap();
    drop(release);
    assert!(removal.wait(SOON).is_ok());
}

#[test]
fn panics_in_the_gap_and_closing_calls_are_caught_too() {
    struct AlwaysBad;
    impl Listener<u64> for AlwaysBad {
        fn on_event(&mut self, _: &u64) {
            panic!("event");
        }
        fn on_gap(&mut self, _: &Gap) {
            panic!("gap");
        }
        fn on_close(&mut self) {
            panic!("close");
        }
    }
    let queue = AsyncEventQueue::builder("always").capacity(1).build().unwrap();
    queue.add_listener(AlwaysBad).unwrap();
    let recorder = recorded(&queue);
    post_all(&queue, 0..3);
    queue.start().unwrap();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!((recorder.events().len(), recorder.gaps().len()), (1, 1));
    assert_conserved(&queue);
}

#[test]
fn a_panic_whose_payload_panics_when_dropped_is_survived() {
    struct Nasty;
    impl Drop for Nasty {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "nasty");
        }
    }
    let queue = AsyncEventQueue::new("nasty");
    queue.add_listener(|_: &u64| std::panic::panic_any(Nasty)).unwrap();
    let recorder = recorded(&queue);
    let queue = started(queue);
    post_all(&queue, 0..3);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events().len(), 3);
}

#[test]
fn events_and_listeners_whose_drop_panics_take_nobody_down() {
    struct PanicsOnDrop(bool);
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            assert!(!self.0, "cannot be dropped");
        }
    }
    let queue = AsyncEventQueue::<PanicsOnDrop>::new("drops");
    let held = PanicsOnDrop(true);
    let listener = move |_: &PanicsOnDrop| {
        // By reference, so that the closure owns the whole.
        let held = &held;
        assert!(held.0);
    };
    let handle = queue.add_listener(listener).unwrap();
    queue.start().unwrap();
    for number in 0..1_000 {
        queue.post(PanicsOnDrop(number % 100 == 0));
    }
    queue.wait_until_empty(SOON).unwrap();
    drop(queue.remove_listener(&handle).unwrap());
    queue.post(PanicsOnDrop(false));
    let report = queue.stop(SOON).unwrap();
    assert!(report.is_drained());
    assert_eq!(report.queues[0].delivered, 1_001);
}
