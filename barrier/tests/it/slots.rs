//! A gang gets all its slots or none, and in its turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use barrier::{BarrierTaskContext, SlotPool, SlotPoolError, SlotWait, SlotsError};
use listener_bus::events::ExecutorId;

use crate::stage_support::{Ground, begin, soon};
use crate::support::{SHORT, SOON, wait_until};

/// Waits for an hour rather than give up.
fn patient() -> SlotWait {
    SlotWait::default().check_interval(Duration::from_hours(1)).timeout(Duration::from_hours(1))
}

#[test]
fn two_gangs_that_each_need_the_whole_pool_run_one_after_the_other() {
    let ground = Ground::new(3);
    let running = Arc::new(AtomicUsize::new(0));
    let results: Vec<_> = (0..6)
        .map(|_| {
            let stage = ground.stage().build().unwrap();
            let running = Arc::clone(&running);
            let work = move |context: &mut BarrierTaskContext, (): &()| {
                let now = running.fetch_add(1, Ordering::SeqCst);
                assert!(now < 3, "two gangs at once");
                context.barrier()?;
                context.barrier()?;
                running.fetch_sub(1, Ordering::SeqCst);
                anyhow::Ok(())
            };
            begin(move || stage.map_partitions(vec![(); 3], work))
        })
        .collect();
    for result in results {
        assert_eq!(result.recv_timeout(SOON).unwrap().unwrap().len(), 3);
    }
    ground.assert_all_free();
}

#[test]
fn a_grant_is_all_or_nothing() {
    let pool = SlotPool::local(4);
    let three = pool.try_acquire(3).unwrap();
    assert!(pool.try_acquire(2).is_none());
    assert_eq!(pool.snapshot().free, 1, "nothing was taken");
    let mut slots = three.into_slots();
    slots.truncate(2);
    assert_eq!(pool.snapshot().free, 2, "slots come back one by one");
    assert_eq!(pool.try_acquire(2).unwrap().slots().len(), 2);
    drop(slots);
    assert_eq!(pool.snapshot().free, 4);
}

#[test]
fn a_large_gang_is_not_passed_over() {
    let pool = SlotPool::local(4);
    let held = pool.try_acquire(1).unwrap();
    let large = {
        let pool = pool.clone();
        begin(move || pool.acquire(4, patient()))
    };
    wait_until(|| pool.snapshot().waiting == 1);
    assert!(pool.try_acquire(1).is_none(), "three are free, but somebody is first");
    let small = {
        let pool = pool.clone();
        begin(move || pool.acquire(1, patient()))
    };
    wait_until(|| pool.snapshot().waiting == 2);
    drop(held);
    let large = large.recv_timeout(SOON).unwrap().unwrap();
    assert_eq!((large.slots().len(), pool.snapshot().waiting), (4, 1));
    drop(large);
    drop(small.recv_timeout(SOON).unwrap().unwrap());
    assert_eq!((pool.snapshot().free, pool.snapshot().waiting), (4, 0));
}

#[test]
fn a_gang_that_the_pool_is_too_small_for_keeps_nobody_waiting() {
    let pool = SlotPool::local(2);
    let too_large = {
        let pool = pool.clone();
        begin(move || pool.acquire(3, patient()))
    };
    wait_until(|| pool.snapshot().waiting == 1);
    let small = pool.clone();
    drop(soon(move || small.acquire(2, patient())).unwrap());
    let held = pool.try_acquire(1).unwrap();

    // Once the pool has grown, it is its turn.
    pool.add_executor("more", "host", 1).unwrap();
    assert!(pool.try_acquire(1).is_none());
    drop(held);
    assert_eq!(too_large.recv_timeout(SOON).unwrap().unwrap().slots().len(), 3);
}

#[test]
fn a_pool_that_shrinks_is_told_to_whoever_waits() {
    let pool = SlotPool::builder().executor("a", "host", 1).executor("b", "host", 1).build().unwrap();
    let held = pool.try_acquire(1).unwrap();
    let waiting = {
        let pool = pool.clone();
        begin(move || pool.acquire(2, patient().max_check_failures(0)))
    };
    wait_until(|| pool.snapshot().waiting == 1);
    assert!(pool.remove_executor("b"));
    assert!(!pool.remove_executor("b"));
    let error = waiting.recv_timeout(SOON).unwrap().unwrap_err();
    assert_eq!(error, SlotsError::NotEnough { needed: 2, total: 1, checks: 1 });
    drop(held);
}

#[test]
fn the_check_that_fails_once_too_often_gives_up() {
    for allowed in [0, 1, 3] {
        let pool = SlotPool::local(4);
        let wait = SlotWait::default().check_interval(Duration::from_millis(1)).max_check_failures(allowed);
        let error = soon(move || pool.acquire(5, wait)).unwrap_err();
        assert_eq!(error, SlotsError::NotEnough { needed: 5, total: 4, checks: allowed + 1 });
    }
}

#[test]
fn a_change_that_does_not_help_is_no_check() {
    let pool = SlotPool::local(1);
    let waiting = {
        let pool = pool.clone();
        begin(move || pool.acquire(5, patient().max_check_failures(1)))
    };
    wait_until(|| pool.snapshot().waiting == 1);
    for executor in ["a", "b", "c"] {
        pool.add_executor(executor, "host", 1).unwrap();
    }
    assert!(waiting.try_recv().is_err(), "four are still too few, and the next check is an hour away");
    pool.add_executor("d", "host", 1).unwrap();
    assert_eq!(waiting.recv_timeout(SOON).unwrap().unwrap().slots().len(), 5);
}

#[test]
fn slots_that_others_hold_are_not_waited_for_for_ever() {
    let pool = SlotPool::local(3);
    let held = pool.try_acquire(2).unwrap();
    let other = pool.clone();
    let error = soon(move || other.acquire(2, patient().timeout(SHORT))).unwrap_err();
    assert_eq!(error, SlotsError::TimedOut { needed: 2, free: 1, total: 3, timeout: SHORT });
    assert_eq!(pool.snapshot().waiting, 0, "whoever gives up leaves the line");
    drop(held);
    let no_time = pool.clone();
    assert!(soon(move || no_time.acquire(3, patient().timeout(Duration::ZERO))).is_ok());
}

#[test]
fn whoever_gives_up_lets_those_behind_go_on() {
    let pool = SlotPool::local(3);
    let held = pool.try_acquire(1).unwrap();
    let first = {
        let pool = pool.clone();
        begin(move || pool.acquire(3, patient().timeout(SHORT)))
    };
    wait_until(|| pool.snapshot().waiting == 1 || first_is_gone(&pool));
    let behind = pool.clone();
    assert!(soon(move || behind.acquire(2, patient())).is_ok());
    first.recv_timeout(SOON).unwrap().unwrap_err();
    drop(held);
}

fn first_is_gone(pool: &SlotPool) -> bool {
    pool.try_acquire(2).is_some()
}

#[test]
fn slots_are_spread_over_the_executors() {
    let pool = SlotPool::builder()
        .executor("a", "x", 2)
        .executor("b", "y", 1)
        .executor("c", "z", 3)
        .build()
        .unwrap();
    let grant = pool.try_acquire(5).unwrap();
    let places: Vec<_> = grant.slots().iter().map(|slot| slot.executor_id().as_str().to_owned()).collect();
    assert_eq!(places, ["a", "b", "c", "a", "c"]);
    assert_eq!(&**grant.slots()[1].host(), "y");
}

#[test]
fn an_executor_has_as_many_slots_as_tasks_fit_in_its_cores() {
    let pool =
        SlotPool::builder().cpus_per_task(2).executor("a", "x", 3).executor("b", "y", 1).build().unwrap();
    assert_eq!(pool.snapshot().total, 1);
    pool.add_executor("c", "z", 5).unwrap();
    assert_eq!(pool.snapshot().total, 3);
}

#[test]
fn slots_of_an_executor_that_has_gone_come_back_to_nobody() {
    let pool = SlotPool::builder().executor("a", "x", 2).build().unwrap();
    let old = pool.try_acquire(1).unwrap();
    assert!(pool.remove_executor("a"));
    assert_eq!((pool.snapshot().total, pool.snapshot().free), (0, 0));
    pool.add_executor("a", "x", 1).unwrap();
    drop(old);
    assert_eq!((pool.snapshot().total, pool.snapshot().free), (1, 1), "the new one has its own slots only");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    assert_eq!(SlotPool::builder().cpus_per_task(0).build().unwrap_err(), SlotPoolError::NoCpusPerTask);
    let twice = SlotPoolError::ExecutorExists { executor_id: ExecutorId::from("a") };
    let built = SlotPool::builder().executor("a", "x", 1).executor("a", "y", 1).build();
    assert_eq!(built.unwrap_err(), twice);
    let pool = SlotPool::local(1);
    assert!(pool.add_executor("driver", "localhost", 1).is_err());
    assert_eq!(pool.snapshot().total, 1);
}

#[test]
fn no_slots_can_be_had_from_any_pool() {
    assert!(SlotPool::local(0).try_acquire(0).unwrap().slots().is_empty());
    assert!(SlotPool::local(0).try_acquire(1).is_none());
}
