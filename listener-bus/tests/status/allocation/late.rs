//! What comes late, in another order, or not at all.

use listener_bus::Gap;
use listener_bus::events::{ResourceProfileId, SchedulerEvent, StageInfo, StageSubmitted};

use super::world::{
    added, completed, job_end, job_start, killed, removed, speculative, submitted, succeeded, task_start,
    unschedulable,
};
use super::{targets, tasks, tell, told};

#[test]
fn a_task_that_outlives_its_stage_runs_until_its_end_is_told() {
    let mut allocation =
        told([added("1", 1), submitted(1, 0, 2, 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    tell(&mut allocation, [completed(1, 0, 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (1, 0));
    assert_eq!(allocation.at(100_000).idle, []);
    tell(&mut allocation, [killed((1, 0), 0, 0, "1", 100_001), killed((1, 0), 0, 0, "1", 100_002)]);
    assert_eq!(tasks(&mut allocation, 100_002), (0, 0));
    assert_eq!(allocation.at(100_002).idle[0].since, 100_001);
}

#[test]
fn a_newer_attempt_ends_the_older_ones_but_not_their_tasks() {
    let mut allocation = told([submitted(1, 0, 5, 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    tell(&mut allocation, [submitted(1, 1, 3, 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (1, 3));
    tell(&mut allocation, [succeeded((1, 0), 0, 0, "1", 10_003), completed(1, 0, 10_004)]);
    assert_eq!(tasks(&mut allocation, 10_004), (0, 3));
}

#[test]
fn an_older_attempt_that_is_told_of_too_late_asks_for_nothing() {
    let mut over = told([submitted(1, 1, 4, 10_000), completed(1, 1, 10_001), submitted(1, 0, 4, 9_000)]);
    assert_eq!(tasks(&mut over, 10_002), (0, 0));
    let mut live = told([submitted(1, 1, 4, 10_000), submitted(1, 0, 7, 9_000)]);
    assert_eq!(tasks(&mut live, 10_002), (0, 4));
}

#[test]
fn the_end_of_the_last_job_that_needs_a_stage_ends_it() {
    let mut allocation = told([job_start(1, &[1, 2], 9_000), job_start(2, &[2, 3], 9_000)]);
    tell(
        &mut allocation,
        [submitted(1, 0, 1, 10_000), submitted(2, 0, 10, 10_000), submitted(3, 0, 100, 10_000)],
    );
    tell(&mut allocation, [job_end(1, 10_001)]);
    assert_eq!(tasks(&mut allocation, 10_001), (0, 110));
    tell(&mut allocation, [job_end(2, 10_002), job_end(2, 10_002), job_end(9, 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (0, 0));
}

#[test]
fn unknown_ids_and_early_ends_do_no_harm() {
    let mut allocation = told([completed(7, 0, 1), removed("9", 2), speculative(7, 0), unschedulable(7, 0)]);
    tell(
        &mut allocation,
        [succeeded((3, 0), 0, 5, "1", 3), task_start((3, 0), 0, 5, "1", 4), submitted(7, 0, 100, 5)],
    );
    let snapshot = allocation.at(6);
    assert_eq!((snapshot.running_tasks, snapshot.pending_tasks, snapshot.live_stages), (0, 0, 0));
    assert_eq!((snapshot.needed, snapshot.executors, snapshot.add_at), (0, 0, None));
}

#[test]
fn a_task_of_a_stage_nobody_told_of_runs_and_ends() {
    let mut allocation = told([task_start((3, 0), 0, 5, "1", 1_000)]);
    let snapshot = allocation.at(1_000);
    assert_eq!((snapshot.running_tasks, snapshot.pending_tasks, snapshot.executors), (1, 0, 1));
    tell(&mut allocation, [succeeded((3, 0), 0, 5, "1", 1_001)]);
    assert_eq!(tasks(&mut allocation, 1_001), (0, 0));
}

#[test]
fn after_a_gap_the_tasks_of_a_stage_are_forgotten_with_it() {
    let mut allocation =
        told([added("1", 1), submitted(1, 0, 2, 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    allocation.on_gap(&Gap { first: 3, last: 7 });
    let snapshot = allocation.at(10_002);
    assert_eq!((snapshot.running_tasks, snapshot.doubtful_stages, snapshot.dropped_events), (1, 1, 5));
    tell(&mut allocation, [completed(1, 0, 10_003)]);
    let snapshot = allocation.at(10_003);
    assert_eq!((snapshot.running_tasks, snapshot.doubtful_stages, snapshot.idle.len()), (0, 0, 1));
}

#[test]
fn a_gap_takes_the_tasks_that_outlived_their_stage() {
    let mut allocation = told([submitted(1, 0, 2, 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    tell(&mut allocation, [completed(1, 0, 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (1, 0));
    allocation.on_gap(&Gap { first: 3, last: 3 });
    assert_eq!(tasks(&mut allocation, 10_002), (0, 0));
}

#[test]
fn a_stage_whose_end_may_be_lost_asks_for_nothing_while_executors_stay_idle() {
    let events = || [added("1", 1), submitted(1, 0, 2, 10_000)];
    let mut sure = told(events());
    assert_eq!(tasks(&mut sure, 1_000_000), (0, 2));
    let mut doubtful = told(events());
    doubtful.on_gap(&Gap { first: 3, last: 3 });
    assert_eq!(tasks(&mut doubtful, 69_999), (0, 2));
    assert_eq!(tasks(&mut doubtful, 70_000), (0, 0));
    assert_eq!(doubtful.at(70_000).add_at, None);
}

#[test]
fn the_end_of_an_application_ends_everything() {
    let end = r#"{"Event":"SparkListenerApplicationEnd","Timestamp":20000}"#;
    let mut allocation =
        told([added("1", 1), submitted(1, 0, 2, 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    tell(&mut allocation, [SchedulerEvent::from_json(end).unwrap()]);
    let snapshot = allocation.at(20_000);
    assert_eq!((snapshot.running_tasks, snapshot.pending_tasks, snapshot.live_stages), (0, 0, 0));
    assert_eq!((snapshot.executors, snapshot.target), (0, 0));
}

#[test]
fn odd_times_and_numbers_stop_nothing() {
    let stage_info = StageInfo {
        number_of_tasks: -3,
        submission_time: Some(i64::MIN),
        resource_profile_id: ResourceProfileId(-1),
        ..StageInfo::default()
    };
    let odd = StageSubmitted { stage_info, ..StageSubmitted::default() };
    let mut allocation = told([odd.into(), submitted(1, 0, i32::MAX, i64::MAX), added("1", i64::MAX)]);
    tell(&mut allocation, [task_start((1, 0), i32::MIN, i64::MIN, "1", i64::MAX)]);
    // Waits are as long as they are from the moment somebody asks.
    assert_eq!(targets(&mut allocation, [10_000, 10_999, 11_000]), [0, 0, 2]);
    tell(&mut allocation, [succeeded((1, 0), i32::MIN, i64::MIN, "1", -7)]);
    assert_eq!(allocation.at(11_000).idle[0].since, 11_000);
}
