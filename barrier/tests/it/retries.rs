//! Calls that are given up, made again, or made twice.

use barrier::BarrierError;
use listener_bus::events::PartitionId;

use crate::support::{barrier, gang, gather, numbers, patient, stage, task};

#[test]
fn a_task_that_is_heard_twice_counts_once_and_both_get_the_answer() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let mut again = coordinator.context(task(2, 0)).unwrap();
    let (first, second) = (gather(&mut a, "0").waits(), gather(&mut again, "0").waits());
    assert_eq!(coordinator.snapshot().counts.duplicates, 1);
    let third = gather(&mut b, "1").ok();
    assert_eq!((first.ok(), second.ok()), (third.clone(), third));
}

#[test]
fn one_of_two_requests_of_a_task_may_go() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let mut again = coordinator.context(task(2, 0)).unwrap();
    let (first, second) = (barrier(&mut a).waits(), barrier(&mut again).waits());
    drop(first);
    barrier(&mut b).ok();
    second.ok();
}

#[test]
fn the_answer_of_the_last_round_is_there_for_a_request_sent_again() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let first = gather(&mut a, "0").waits();
    let gathered = gather(&mut b, "1").ok();
    assert_eq!(first.ok(), gathered);
    // A context made anew asks for epoch 0 again.
    let mut again = coordinator.context(task(2, 0)).unwrap();
    assert_eq!(gather(&mut again, "something else").ok(), gathered);
    assert_eq!(again.barrier_epoch(), 1);
}

#[test]
fn another_kind_of_call_is_not_the_same_request() {
    let coordinator = patient().build().unwrap();
    let [mut alone] = gang(&coordinator);
    alone.barrier().unwrap();
    let mut again = coordinator.context(task(1, 0)).unwrap();
    let error = gather(&mut again, "0").fails();
    assert!(matches!(error, BarrierError::StaleEpoch { epoch: 0, current: 1, .. }), "{error:?}");
}

#[test]
fn a_call_for_an_older_round_is_refused_with_both_epochs_and_harms_nobody() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    for _ in 0..2 {
        let first = barrier(&mut a).waits();
        barrier(&mut b).ok();
        first.ok();
    }
    let waiting = barrier(&mut b).waits();
    let mut old = coordinator.context(task(2, 0)).unwrap();
    let error = barrier(&mut old).fails();
    let expected = BarrierError::StaleEpoch {
        stage_attempt: stage(0, 0),
        partition: PartitionId(0),
        epoch: 0,
        current: 2,
    };
    assert_eq!(error, expected);
    assert_eq!(coordinator.snapshot().counts.refused, [("stale_epoch", 1)]);
    barrier(&mut a).ok();
    waiting.ok();
}

#[test]
fn a_dropped_call_takes_its_task_out_and_nobody_waits_for_a_ghost() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    drop(barrier(&mut a).waits());
    let snapshot = coordinator.snapshot().gangs.remove(0);
    assert_eq!((numbers(&snapshot.arrived), snapshot.kind), (vec![], None));
    // The round is not completed by the one who is there, and not spoilt by the one who left.
    let second = gather(&mut b, "1").waits();
    let first = gather(&mut a, "0").ok();
    assert_eq!(second.ok(), first);
}

#[test]
fn a_call_dropped_after_its_round_has_its_outcome_kept() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let unseen = gather(&mut a, "0").waits();
    let gathered = gather(&mut b, "1").ok();
    drop(unseen);
    assert_eq!(a.barrier_epoch(), 0);
    let waiting = barrier(&mut b).waits();
    assert_eq!(gather(&mut a, "unused").ok(), gathered);
    barrier(&mut a).ok();
    waiting.ok();
}

#[test]
fn a_call_dropped_after_its_round_counts_also_if_the_next_one_is_of_another_kind() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let unseen = barrier(&mut a).waits();
    barrier(&mut b).ok();
    drop(unseen);
    let second = gather(&mut b, "1").waits();
    let first = gather(&mut a, "0").ok();
    assert_eq!(second.ok(), first);
    assert_eq!((a.barrier_epoch(), b.barrier_epoch()), (2, 2));
}

#[test]
fn a_waker_that_panics_does_not_keep_others_from_being_woken() {
    use std::sync::Arc;
    use std::task::{Context, Wake, Waker};

    struct Broken;
    impl Wake for Broken {
        fn wake(self: Arc<Self>) {
            panic!("this waker is broken");
        }
    }

    let coordinator = patient().build().unwrap();
    let [mut a, mut b, mut c] = gang(&coordinator);
    let mut first = Box::pin(a.barrier_async());
    let broken = Waker::from(Arc::new(Broken));
    assert!(first.as_mut().poll(&mut Context::from_waker(&broken)).is_pending());
    let thread = std::thread::Builder::new().spawn(move || b.barrier()).unwrap();
    crate::support::wait_until(|| coordinator.snapshot().gangs[0].arrived.as_slice().len() == 2);
    c.barrier().unwrap();
    thread.join().unwrap().unwrap();
    assert_eq!(coordinator.snapshot().counts.barriers, 1);
}

#[test]
fn a_future_that_was_never_polled_has_not_arrived() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    drop(a.barrier_async());
    let second = barrier(&mut b).waits();
    barrier(&mut a).ok();
    second.ok();
}

#[test]
fn a_waiting_task_that_moves_to_another_waker_is_woken_there() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let (old, new) = (Arc::new(Count::default()), Arc::new(Count::default()));
    {
        let mut waiting = Box::pin(a.barrier_async());
        for count in [&old, &new] {
            let waker = Waker::from(Arc::clone(count));
            assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        barrier(&mut b).ok();
    }
    assert_eq!((old.0.load(Ordering::SeqCst), new.0.load(Ordering::SeqCst)), (0, 1));
}
