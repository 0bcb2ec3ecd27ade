use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_event_queue::{AsyncEventQueue, ListenerHandle, RemoveListenerError};
use crossbeam::channel::bounded;

use crate::support::{Gate, Recorder, SHORT, SOON, Told, post_all, recorded, started};

#[test]
fn a_listener_added_inside_a_callback_gets_the_next_event_and_not_this_one() {
    let queue = AsyncEventQueue::new("add-inside");
    let late = Recorder::default();
    let (handle, listener) = (queue.clone(), late.clone());
    let is_first = AtomicBool::new(true);
    let adder = queue
        .add_listener(move |_: &u64| {
            if is_first.swap(false, Ordering::SeqCst) {
                handle.add_listener(listener.clone()).unwrap();
            }
        })
        .unwrap();
    post_all(&queue, 0..3);
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(late.events(), [1, 2]);
    drop(queue.remove_listener(&adder));
}

#[test]
fn a_listener_that_removes_itself_skips_no_neighbour() {
    let queue = AsyncEventQueue::new("remove-self");
    let before = recorded(&queue);
    let (own_in, own) = bounded::<ListenerHandle<_>>(1);
    let (answer_in, answer) = bounded(1);
    let handle = queue.clone();
    let own_handle = queue
        .add_listener(move |_: &u64| {
            let own = own.try_recv().expect("called once");
            let removal = handle.remove_listener::<Recorder>(&own).unwrap();
            answer_in.send(removal.wait(SOON).map(|_: Recorder| ())).unwrap();
        })
        .unwrap();
    own_in.send(own_handle.opened_by(|_| None)).unwrap();
    let behind = recorded(&queue);
    post_all(&queue, 0..2);
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    let answer = answer.recv_timeout(SOON).unwrap();
    assert!(
        matches!(answer, Err(RemoveListenerError::InsideListener { .. })),
        "it cannot wait for itself: {answer:?}"
    );
    assert_eq!((before.events(), behind.events()), (vec![0, 1], vec![0, 1]));
    assert_eq!(queue.snapshot().listeners.len(), 2);
}

#[test]
fn a_neighbour_removed_inside_a_callback_still_gets_the_current_event() {
    let queue = AsyncEventQueue::new("remove-neighbour");
    let (neighbour_in, neighbour) = bounded::<ListenerHandle<Recorder>>(1);
    let handle = queue.clone();
    queue
        .add_listener(move |_: &u64| {
            if let Ok(neighbour) = neighbour.try_recv() {
                drop(handle.remove_listener(&neighbour).unwrap());
            }
        })
        .unwrap();
    let removed = Recorder::default();
    neighbour_in.send(queue.add_listener(removed.clone()).unwrap()).unwrap();
    let last = recorded(&queue);
    post_all(&queue, 0..2);
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(removed.told(), [Told::Event(0, 0), Told::Closed]);
    assert_eq!(last.events(), [0, 1]);
}

#[test]
fn a_removed_listener_comes_back_closed_and_gets_nothing_more() {
    let queue = AsyncEventQueue::new("remove");
    let handle = queue.add_listener(Recorder::default()).unwrap();
    let queue = started(queue);
    queue.post(0);
    queue.wait_until_empty(SOON).unwrap();
    let recorder = queue.remove_listener(&handle).unwrap().wait(SOON).unwrap();
    queue.post(1);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.told(), [Told::Event(0, 0), Told::Closed]);
    let error = queue.remove_listener(&handle).unwrap_err();
    assert!(
        matches!(&error, RemoveListenerError::Unknown { listener, queue } if listener == "Recorder" && queue == "remove")
    );
}

#[test]
fn a_listener_removed_inside_an_event_comes_back_after_it() {
    let queue = AsyncEventQueue::new("remove-held");
    let (gate, gated) = Gate::new();
    let handle = queue.add_listener(gated).unwrap();
    let queue = started(queue);
    post_all(&queue, 0..5);
    gate.wait_entered();
    let removal = queue.remove_listener(&handle).unwrap();
    let error = removal.wait(SHORT).err().unwrap();
    assert!(
        matches!(&error, RemoveListenerError::StillInside { listener, .. } if listener == "Gated"),
        "{error}"
    );
    gate.open();
    let gated = removal.wait(SOON).expect("asking again");
    assert_eq!(*gated.seen.lock().unwrap(), [0], "only the event it was inside");
    assert!(matches!(removal.wait(SOON), Err(RemoveListenerError::Gone { .. })));
}

#[test]
fn a_listener_can_be_taken_back_before_the_start() {
    let queue = AsyncEventQueue::new("before-start");
    let handle = queue.add_listener(Recorder::default()).unwrap();
    let recorder = queue.remove_listener(&handle).unwrap().wait(SHORT).unwrap();
    assert_eq!(recorder.told(), [], "it was never started, so it is not closed");
}

#[test]
fn a_handle_of_another_queue_is_unknown() {
    let (one, other) = (AsyncEventQueue::new("one"), AsyncEventQueue::<u64>::new("other"));
    other.add_listener(Recorder::default()).unwrap();
    let handle = one.add_listener(Recorder::default()).unwrap();
    let first = one.remove_listener(&handle).unwrap();
    drop(first.wait(SHORT).unwrap());
    assert!(matches!(one.remove_listener(&handle), Err(RemoveListenerError::Unknown { .. })));
}

#[test]
fn listeners_of_one_name_are_told_apart() {
    let queue = AsyncEventQueue::new("names");
    let handles: Vec<_> = (0..3).map(|_| queue.add_listener(Recorder::default()).unwrap()).collect();
    let names = |queue: &AsyncEventQueue<u64>| -> Vec<String> {
        queue.snapshot().listeners.into_iter().map(|listener| listener.name).collect()
    };
    assert_eq!(names(&queue), ["Recorder", "Recorder-2", "Recorder-3"]);
    drop(queue.remove_listener(&handles[1]).unwrap().wait(SHORT).unwrap());
    queue.add_listener(Recorder::default()).unwrap();
    assert_eq!(names(&queue), ["Recorder", "Recorder-3", "Recorder-2"], "a freed name is given again");
}

#[test]
fn listeners_come_and_go_under_load_without_hurting_the_others() {
    let queue = AsyncEventQueue::new("churn");
    let stays = Arc::new(std::sync::Mutex::new(0_u64));
    let count = Arc::clone(&stays);
    queue.add_listener(move |_: &u64| *count.lock().unwrap() += 1).unwrap();
    let queue = started(queue);
    let post = || {
        for event in 0..20_000 {
            if !queue.post(event).is_queued() {
                queue.wait_until_empty(SOON).unwrap();
            }
        }
    };
    let come_and_go = || {
        for _ in 0..200 {
            let handle = queue.add_listener(Recorder::default()).unwrap();
            let recorder = queue.remove_listener(&handle).unwrap().wait(SOON).unwrap();
            assert_eq!(recorder.told().last(), Some(&Told::Closed));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(post);
        scope.spawn(come_and_go);
        scope.spawn(come_and_go);
    });
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(*stays.lock().unwrap(), queue.snapshot().delivered);
}

/// Is busy for this long in each event from `slow_from` on.
fn busy_from(slow_from: u64) -> impl FnMut(&u64) + Send + 'static {
    const BUSY: Duration = Duration::from_micros(100);
    move |event: &u64| {
        let begun = Instant::now();
        while *event >= slow_from && begun.elapsed() < BUSY {
            std::hint::spin_loop();
        }
    }
}

#[test]
fn listeners_are_timed_also_after_a_flood_that_was_timed_now_and_then() {
    const QUICK: u64 = 50_000;
    const SLOW: u64 = 3_000;
    for listeners in [1, 2] {
        let queue = AsyncEventQueue::builder("timed").capacity(100_000).build().expect("settings in order");
        for _ in 0..listeners {
            queue.add_listener(busy_from(QUICK)).unwrap();
        }
        let queue = started(queue);
        post_all(&queue, 0..QUICK + SLOW);
        queue.wait_until_empty(SOON).unwrap();
        for listener in queue.snapshot().listeners {
            // At least one event in 1024 is timed, and stands for those since the last one.
            assert!(listener.processing_time >= Duration::from_millis(50), "{listener:?}");
        }
    }
}
