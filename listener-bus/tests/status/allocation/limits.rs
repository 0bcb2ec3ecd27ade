//! How much is kept of what never ends, and how long it takes.

use std::time::{Duration, Instant};

use listener_bus::Gap;

use super::world::{added, completed, job_end, job_start, removed, submitted, succeeded, task_start};
use super::{tasks, tell, told};

#[test]
fn stages_whose_end_is_lost_do_not_pile_up_and_the_oldest_go_first() {
    let mut allocation = told((0..5_000).map(|id| submitted(id, 0, 1, 10_000)));
    let snapshot = allocation.at(10_000);
    assert_eq!((snapshot.live_stages, snapshot.pending_tasks), (4_096, 4_096));
    tell(&mut allocation, [completed(903, 0, 10_001)]);
    assert_eq!(allocation.at(10_001).live_stages, 4_096);
    tell(&mut allocation, [completed(904, 0, 10_002), completed(4_999, 0, 10_002)]);
    assert_eq!(allocation.at(10_002).live_stages, 4_094);
}

#[test]
fn tasks_whose_end_is_lost_do_not_pile_up_and_the_oldest_go_first() {
    let stage = submitted(1, 0, 200_000, 10_000);
    let starts = (0..140_000).map(|index| task_start((1, 0), index, i64::from(index), "1", 10_001));
    let mut allocation = told(std::iter::once(stage).chain(starts));
    assert_eq!(tasks(&mut allocation, 10_001), (131_072, 68_928));
    let end = |index| succeeded((1, 0), index, i64::from(index), "1", 10_002);
    // The first is done, though it was given up.
    tell(&mut allocation, [end(0)]);
    assert_eq!(tasks(&mut allocation, 10_002), (131_072, 68_927));
    tell(&mut allocation, [end(8_928), end(139_999)]);
    assert_eq!(tasks(&mut allocation, 10_002), (131_070, 68_927));
    tell(&mut allocation, [removed("1", 10_003)]);
    assert_eq!(tasks(&mut allocation, 10_003), (0, 199_997));
}

#[test]
fn executors_whose_removal_is_lost_do_not_pile_up_and_take_their_tasks_along() {
    let mut allocation = told([added("busy", 1), submitted(1, 0, 2, 10_000)]);
    tell(&mut allocation, [task_start((1, 0), 0, 0, "gone", 10_001)]);
    tell(&mut allocation, (0..16_000).map(|id| added(&id.to_string(), 10_002)));
    tell(&mut allocation, [task_start((1, 0), 1, 1, "busy", 10_003)]);
    assert_eq!(tasks(&mut allocation, 10_003), (2, 0));
    tell(&mut allocation, (16_000..17_000).map(|id| added(&id.to_string(), 10_004)));
    let snapshot = allocation.at(10_004);
    assert_eq!((snapshot.executors, snapshot.running_tasks, snapshot.pending_tasks), (16_384, 1, 1));
    let is_known = |id: &str| snapshot.idle.iter().any(|idle| idle.executor_id.as_str() == id);
    assert_eq!(["0", "616", "617", "16999"].map(is_known), [false, false, true, true]);
}

#[test]
fn the_places_of_tasks_that_are_done_do_not_pile_up() {
    let stages = [submitted(1, 0, i32::MAX, 10_000), submitted(2, 0, 7, 10_000)];
    let mut allocation = told(stages);
    // Each takes the room of 64 that lie side by side.
    let far_apart = |end: i32| (0..end).map(|at| succeeded((1, 0), at * 64, i64::from(at), "1", 10_001));
    tell(&mut allocation, far_apart(1 << 18));
    assert_eq!(allocation.at(10_001).live_stages, 2);
    tell(&mut allocation, [succeeded((2, 0), 0, -1, "1", 10_002)]);
    let snapshot = allocation.at(10_002);
    assert_eq!((snapshot.live_stages, snapshot.pending_tasks), (1, 6));
}

#[test]
fn jobs_with_very_many_stages_are_quickly_over() {
    let stages = |from: i32| (from..from + 100_000).collect::<Vec<_>>();
    let begun = Instant::now();
    let mut allocation = told([job_start(1, &stages(0), 9_000), job_start(2, &stages(99_999), 9_000)]);
    tell(&mut allocation, [submitted(5, 0, 1, 10_000), submitted(99_999, 0, 10, 10_000)]);
    tell(&mut allocation, [job_end(1, 10_001)]);
    assert_eq!(tasks(&mut allocation, 10_001), (0, 10));
    tell(&mut allocation, [job_end(2, 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (0, 0));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_job_that_is_told_of_twice_needs_its_stages_once() {
    let again = || job_start(1, &[1, 1, 2], 9_000);
    let mut allocation = told([again(), again(), job_start(2, &[2], 9_000)]);
    tell(&mut allocation, [submitted(1, 0, 1, 10_000), submitted(2, 0, 10, 10_000)]);
    tell(&mut allocation, [job_end(1, 10_001)]);
    assert_eq!(tasks(&mut allocation, 10_001), (0, 10));
}

#[test]
fn a_job_whose_end_is_lost_does_not_keep_the_stages_of_later_ones() {
    let mut allocation = told((0..1_025).map(|job| job_start(job, &[if job == 0 { 7 } else { job }], 9_000)));
    tell(&mut allocation, [job_start(2_000, &[7], 9_001), submitted(7, 0, 3, 10_000)]);
    tell(&mut allocation, [job_end(7, 10_001)]);
    assert_eq!(tasks(&mut allocation, 10_001), (0, 3));
    tell(&mut allocation, [job_end(2_000, 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (0, 0));
}

#[test]
fn a_gap_among_very_many_tasks_of_very_many_stages_is_quickly_taken_in() {
    let begun = Instant::now();
    let starts = (0..40_000).map(|id| task_start((id, 0), 0, i64::from(id), "1", 10_000));
    let mut allocation = told(starts);
    assert_eq!(tasks(&mut allocation, 10_000), (40_000, 0));
    allocation.on_gap(&Gap { first: 1, last: 1 });
    assert_eq!(tasks(&mut allocation, 10_001), (0, 0));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
