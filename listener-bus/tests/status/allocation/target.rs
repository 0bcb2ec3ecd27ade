//! How the target follows the backlog.

use std::time::Duration;

use listener_bus::status::{
    Allocation, AllocationSettings, AllocationSettingsError, ExecutorAllocationListener,
};

use super::world::{
    added, barrier_submitted, completed, removed, submitted, succeeded, task_start, unschedulable,
};
use super::{allocation, targets, tell, told};

#[test]
fn executors_are_added_one_two_four_while_the_backlog_lasts() {
    let mut allocation = told([submitted(1, 0, 12, 10_000)]);
    let moments = [10_000, 10_999, 11_000, 11_999, 12_000, 13_000, 14_000, 15_000];
    assert_eq!(targets(&mut allocation, moments), [0, 0, 1, 1, 3, 7, 12, 12]);
}

#[test]
fn who_asks_late_sees_the_steps_of_the_time_between() {
    let mut allocation = told([submitted(1, 0, 100, 10_000)]);
    assert_eq!(targets(&mut allocation, [13_500, 13_500]), [7, 7]);
    assert_eq!(allocation.at(13_500).add_at, Some(14_000));
}

#[test]
fn the_sustained_timeout_is_that_of_the_later_steps() {
    let settings = AllocationSettings::new().sustained_scheduler_backlog_timeout(Duration::from_millis(200));
    let mut allocation = allocation(settings);
    tell(&mut allocation, [submitted(1, 0, 100, 10_000)]);
    assert_eq!(targets(&mut allocation, [10_900, 11_000, 11_200, 11_400]), [0, 1, 3, 7]);
}

#[test]
fn the_target_stays_within_its_bounds() {
    let bounds = AllocationSettings::new().min_executors(2).max_executors(5);
    let mut allocation = allocation(bounds);
    assert_eq!(allocation.at(0).target, 2);
    tell(&mut allocation, [submitted(1, 0, 100, 10_000)]);
    let snapshot = allocation.at(60_000);
    assert_eq!((snapshot.target, snapshot.needed, snapshot.to_add), (5, 100, 5));
    tell(&mut allocation, [completed(1, 0, 61_000)]);
    assert_eq!(allocation.at(61_000).target, 2);
}

#[test]
fn the_first_executors_stay_until_a_stage_begins() {
    let mut allocation = allocation(AllocationSettings::new().initial_executors(7));
    assert_eq!(allocation.at(10_000).target, 7);
    tell(&mut allocation, [added("1", 10_000)]);
    assert_eq!(allocation.at(20_000).target, 7);
    tell(&mut allocation, [submitted(1, 0, 3, 30_000)]);
    assert_eq!(allocation.at(30_000).target, 3);
}

#[test]
fn the_first_executors_stay_until_one_has_been_idle_for_too_long() {
    let mut allocation = allocation(AllocationSettings::new().initial_executors(7));
    tell(&mut allocation, [added("1", 10_000)]);
    assert_eq!(targets(&mut allocation, [69_999, 70_000]), [7, 0]);
}

#[test]
fn an_executor_runs_as_many_tasks_as_its_cores_allow() {
    let mut allocation = allocation(AllocationSettings::new().executor_cores(8).task_cpus(3));
    tell(&mut allocation, [submitted(1, 0, 9, 10_000)]);
    assert_eq!(allocation.at(10_000).needed, 5);
}

#[test]
fn the_ratio_leaves_tasks_waiting_but_not_those_of_barrier_stages() {
    let settings = || AllocationSettings::new().executor_allocation_ratio(0.25);
    let mut ordinary = allocation(settings());
    tell(&mut ordinary, [submitted(1, 0, 9, 10_000)]);
    assert_eq!(ordinary.at(10_000).needed, 3);
    let mut gang = allocation(settings());
    tell(&mut gang, [barrier_submitted(1, 9, 10_000)]);
    assert_eq!(gang.at(10_000).needed, 9);
    tell(&mut gang, [added("1", 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    assert_eq!(gang.at(10_001).needed, 9);
}

#[test]
fn a_target_that_has_just_fallen_answers_the_same_twice() {
    let mut allocation = told([submitted(1, 0, 8, 10_000)]);
    assert_eq!(allocation.at(14_000).target, 8);
    tell(&mut allocation, [completed(1, 0, 14_100), submitted(2, 0, 3, 14_150)]);
    let fallen = allocation.at(20_000);
    assert_eq!((fallen.target, fallen.add_at), (3, Some(21_000)));
    assert_eq!(allocation.at(20_000), fallen);
}

#[test]
fn adding_begins_anew_once_nothing_waits() {
    let mut allocation = told([added("1", 9_000), submitted(1, 0, 2, 10_000)]);
    assert_eq!(allocation.at(11_000).target, 2);
    tell(&mut allocation, [task_start((1, 0), 0, 0, "1", 11_000), task_start((1, 0), 1, 1, "1", 11_000)]);
    assert_eq!(allocation.at(20_000).add_at, None);
    tell(&mut allocation, [submitted(2, 0, 50, 30_000)]);
    assert_eq!(targets(&mut allocation, [30_999, 31_000, 32_000]), [2, 3, 5]);
}

#[test]
fn a_moment_between_two_stages_gives_no_executor_up() {
    let mut allocation = told([submitted(1, 0, 8, 10_000)]);
    assert_eq!(allocation.at(14_000).target, 8);
    tell(&mut allocation, [completed(1, 0, 14_500), submitted(2, 0, 8, 14_550)]);
    assert_eq!(allocation.at(14_600).target, 8);
}

#[test]
fn idle_executors_are_removable_after_their_time_as_far_as_the_target_allows() {
    let mut allocation = allocation(AllocationSettings::new().min_executors(1));
    tell(&mut allocation, [added("driver", 1), added("a", 10_000), added("b", 9_000), added("c", 20_000)]);
    let idle = |allocation: &mut Allocation, now| {
        let removable = allocation.at(now).removable;
        removable.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(idle(&mut allocation, 68_999), Vec::<String>::new());
    assert_eq!(idle(&mut allocation, 69_000), ["b"]);
    assert_eq!(idle(&mut allocation, 90_000), ["b", "a", "c"]);
    tell(&mut allocation, [removed("driver", 90_000)]);
    // One stays.
    assert_eq!(idle(&mut allocation, 90_000), ["b", "a"]);
    tell(&mut allocation, [submitted(1, 0, 1, 90_001), task_start((1, 0), 0, 0, "b", 90_002)]);
    assert_eq!(idle(&mut allocation, 90_002), ["a", "c"]);
    tell(&mut allocation, [succeeded((1, 0), 0, 0, "b", 95_000)]);
    let snapshot = allocation.at(95_000);
    let idle: Vec<_> = snapshot.idle.iter().map(|idle| (idle.executor_id.as_str(), idle.since)).collect();
    assert_eq!(idle, [("a", 10_000), ("c", 20_000), ("b", 95_000)]);
}

#[test]
fn tasks_that_no_executor_has_room_for_ask_for_another_one() {
    let mut allocation = told([added("1", 1), added("2", 1), submitted(1, 0, 1, 10_000)]);
    assert_eq!(allocation.at(10_000).needed, 1);
    tell(&mut allocation, [unschedulable(1, 0)]);
    assert_eq!(allocation.at(10_001).needed, 3);
    tell(&mut allocation, [completed(1, 0, 10_002)]);
    assert_eq!(allocation.at(10_002).needed, 0);
}

#[test]
fn a_setting_that_cannot_be_is_named() {
    let new = AllocationSettings::new;
    let short = Duration::from_micros(999);
    let bad = [
        (new().max_executors(0), "maxExecutors is 0"),
        (new().min_executors(3).max_executors(2), "maxExecutors (2) is less than minExecutors (3)"),
        (new().initial_executors(3).max_executors(2), "initialExecutors (3) is more than maxExecutors (2)"),
        (
            new().executor_allocation_ratio(f64::NAN),
            "executorAllocationRatio must be above 0 and not above 1, and not NaN",
        ),
        (
            new().scheduler_backlog_timeout(short),
            "schedulerBacklogTimeout must be one millisecond at least, and not 999µs",
        ),
        (
            new().sustained_scheduler_backlog_timeout(short),
            "sustainedSchedulerBacklogTimeout must be one millisecond at least, and not 999µs",
        ),
        (new().task_cpus(2), "an executor with 1 cores has no room for a task that takes 2"),
        (new().task_cpus(0), "a task takes 0 cores"),
    ];
    for (settings, message) in bad {
        assert_eq!(settings.check().unwrap_err().to_string(), message);
        assert!(ExecutorAllocationListener::new(settings).is_err(), "{message}");
    }
    assert_eq!(
        new().executor_allocation_ratio(0.0).check(),
        Err(AllocationSettingsError::Ratio { ratio: 0.0 })
    );
    assert_eq!(new().check(), Ok(()));
}
