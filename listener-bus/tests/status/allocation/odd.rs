//! Numbers at the ends of their range.

use std::time::Duration;

use listener_bus::Gap;
use listener_bus::events::SchedulerEvent;
use listener_bus::status::{Allocation, AllocationSettings, ExecutorAllocationListener};
use proptest::prelude::*;

use super::world::{
    added, barrier_submitted, completed, failed, job_end, job_start, removed, resubmitted, speculative,
    speculative_start, submitted, succeeded, task_start, unschedulable,
};
use super::{allocation, targets, tell, told};

#[test]
fn a_launch_at_the_end_of_time_is_taken_in() {
    let mut allocation =
        told([submitted(1, 0, 5, 1), task_start((1, 0), 0, 0, "1", i64::MAX), added("2", 2)]);
    let snapshot = allocation.at(10_000);
    assert_eq!((snapshot.running_tasks, snapshot.pending_tasks, snapshot.target), (1, 4, 5));
}

#[test]
fn a_snapshot_at_the_end_of_time_shows_all_that_is_needed() {
    let mut allocation = told([submitted(1, 0, 5, 1)]);
    assert_eq!(targets(&mut allocation, [i64::MAX, i64::MAX]), [5, 5]);
    // Waits are as long as they are from the moment somebody asks.
    tell(&mut allocation, [submitted(2, 0, 5, 2)]);
    assert_eq!(targets(&mut allocation, [10_000, 11_000]), [5, 6]);
    let listener = ExecutorAllocationListener::new(AllocationSettings::new()).unwrap();
    assert_eq!(listener.handle().snapshot(i64::MAX).target, 0);
}

#[test]
fn a_snapshot_before_all_time_adds_nothing() {
    let mut allocation = told([submitted(1, 0, 5, 1), added("1", 1)]);
    let snapshot = allocation.at(i64::MIN);
    assert_eq!((snapshot.target, snapshot.add_at), (0, Some(i64::MIN + 1_000)));
    assert_eq!(snapshot.idle[0].since, i64::MIN);
}

#[test]
fn ages_of_waiting_are_no_more_steps_than_there_are_executors_to_add() {
    let each_millisecond = AllocationSettings::new().scheduler_backlog_timeout(Duration::from_millis(1));
    let mut allocation = allocation(each_millisecond);
    tell(&mut allocation, [submitted(1, 0, i32::MAX, 1)]);
    let snapshot = allocation.at(i64::MAX - 1);
    assert_eq!((snapshot.target, snapshot.add_at), (i32::MAX.unsigned_abs(), Some(i64::MAX)));
}

#[test]
fn a_stage_told_of_at_the_end_of_time_is_still_given_up_once_events_were_dropped() {
    let mut allocation = told([added("1", 1), submitted(1, 0, 2, i64::MAX)]);
    allocation.on_gap(&Gap { first: 3, last: 3 });
    assert_eq!(allocation.at(10_000).pending_tasks, 2);
    assert_eq!(allocation.at(70_000).pending_tasks, 0);
}

fn time() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX])
}

fn number() -> impl Strategy<Value = i32> {
    prop::sample::select(vec![i32::MIN, -1, 0, 1, i32::MAX])
}

fn executor() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "1", "driver"])
}

type TaskEvent = fn((i32, i32), i32, i64, &str, i64) -> SchedulerEvent;

fn task_event() -> impl Strategy<Value = SchedulerEvent> {
    let kinds: [TaskEvent; 5] = [task_start, speculative_start, succeeded, failed, resubmitted];
    let what = prop::sample::select(kinds.to_vec());
    (what, (number(), number()), number(), time(), executor(), time())
        .prop_map(|(what, attempt, index, id, executor, at)| what(attempt, index, id, executor, at))
}

fn stage_event() -> impl Strategy<Value = SchedulerEvent> {
    prop_oneof![
        (number(), number(), number(), time())
            .prop_map(|(id, at, tasks, time)| submitted(id, at, tasks, time)),
        (number(), number(), time()).prop_map(|(id, tasks, time)| barrier_submitted(id, tasks, time)),
        (number(), number(), time()).prop_map(|(id, attempt, time)| completed(id, attempt, time)),
        (number(), number()).prop_map(|(id, attempt)| speculative(id, attempt)),
        (number(), number()).prop_map(|(id, attempt)| unschedulable(id, attempt)),
    ]
}

fn event() -> impl Strategy<Value = SchedulerEvent> {
    let stages = prop::collection::vec(number(), 0..4);
    prop_oneof![
        4 => task_event(),
        3 => stage_event(),
        1 => (number(), stages, time()).prop_map(|(job, stages, at)| job_start(job, &stages, at)),
        1 => (number(), time()).prop_map(|(job, at)| job_end(job, at)),
        1 => (executor(), time()).prop_map(|(executor, at)| added(executor, at)),
        1 => (executor(), time()).prop_map(|(executor, at)| removed(executor, at)),
    ]
}

fn settings() -> impl Strategy<Value = AllocationSettings> {
    let wait = || prop::sample::select(vec![Duration::from_millis(1), Duration::from_secs(1), Duration::MAX]);
    let cores = prop::sample::select(vec![1, 4, u32::MAX]);
    let ratio = prop::sample::select(vec![f64::MIN_POSITIVE, 0.5, 1.0]);
    (wait(), wait(), wait(), cores, ratio).prop_map(|(first, more, idle, cores, ratio)| {
        AllocationSettings::new()
            .scheduler_backlog_timeout(first)
            .sustained_scheduler_backlog_timeout(more)
            .executor_idle_timeout(idle)
            .executor_cores(cores)
            .executor_allocation_ratio(ratio)
    })
}

proptest! {
    #[test]
    fn numbers_at_the_ends_of_their_range_stop_nothing(
        settings in settings(),
        acts in prop::collection::vec((event(), prop::option::of(time()), prop::bool::weighted(0.1)), 0..80),
    ) {
        let mut allocation = Allocation::new(settings).unwrap();
        for (event, asked, is_gap) in acts {
            allocation.apply(&event);
            if is_gap {
                allocation.on_gap(&Gap { first: 1, last: u64::MAX });
            }
            if let Some(now) = asked {
                let snapshot = allocation.at(now);
                prop_assert_eq!(&allocation.at(now), &snapshot);
                prop_assert!(snapshot.idle.len() <= snapshot.executors && snapshot.executors <= 3);
            }
        }
    }
}
