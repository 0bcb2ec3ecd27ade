//! Several who commit one job, on a store that cannot compare and swap: at the same time, late, or dropped in the middle.

use std::pin::pin;

use commit_coordinator::files::{CommitJobError, OutputJob, OutputJobId, block_on};

use crate::scene::{Kind, Scene, attempt, commit_two, output_of, permit, whole_job, write};
use crate::steps::{Updates, go_on, stepping};

/// More operations than a commit makes.
const TO_THE_END: usize = 1000;

/// A job that is ready to replace the output of another one.
fn ready(scene: &Scene) -> OutputJob {
    block_on(whole_job(&scene.protocol(), "old"));
    let job = block_on(stepping(scene, Updates::Unsupported).setup_job()).unwrap();
    block_on(commit_two(&job, "new"));
    job
}

fn another_handle(scene: &Scene, job: &OutputJob) -> OutputJob {
    block_on(stepping(scene, Updates::Unsupported).open_job(job.id())).unwrap()
}

/// Sees that whoever was refused was refused because nobody knows how the other one ends.
fn succeeds(outcome: Result<(), CommitJobError>, job: OutputJobId) -> bool {
    match outcome {
        Ok(()) => true,
        Err(CommitJobError::Undecided { job: of }) if of == job => false,
        Err(error) => panic!("{error}"),
    }
}

fn a_late_call_writes_over_nothing_newer(second_of: impl Fn(&Scene, &OutputJob) -> OutputJob) {
    let (mut succeeded, mut refused) = (0, 0);
    for steps in 1.. {
        let scene = Scene::new(Kind::Memory);
        let first = ready(&scene);
        let second = second_of(&scene, &first);
        let mut late = pin!(first.commit_job(0..2));
        if go_on(&mut late, steps).is_some() {
            break;
        }
        if !succeeds(block_on(second.commit_job(0..2)).map(drop), first.id()) {
            refused += 1;
            go_on(&mut late, TO_THE_END).unwrap().unwrap();
            assert_eq!(block_on(scene.output()), output_of("new"), "{steps}");
            continue;
        }
        succeeded += 1;
        block_on(whole_job(&scene.replacing(), "newest"));
        let _outcome = go_on(&mut late, TO_THE_END).unwrap();
        assert_eq!(block_on(scene.output()), output_of("newest"), "{steps}");
    }
    assert!(succeeded > 0 && refused > 0, "{succeeded} {refused}");
}

#[test]
fn a_late_call_of_another_handle_writes_over_nothing_newer() {
    a_late_call_writes_over_nothing_newer(another_handle);
}

#[test]
fn a_late_call_of_the_same_handle_writes_over_nothing_newer() {
    a_late_call_writes_over_nothing_newer(|_, job| job.clone());
}

#[test]
fn two_handles_that_see_other_commits_leave_one_whole_output() {
    for steps in 1.. {
        let scene = Scene::new(Kind::Memory);
        let first = ready(&scene);
        let second = another_handle(&scene, &first);
        let mut late = pin!(first.commit_job(0..2));
        if go_on(&mut late, steps).is_some() {
            break;
        }
        // While the first is committing, a partition is committed by a greater token, if it still can be.
        let output = second.setup_task(attempt(0, 1));
        block_on(write(&output, "part.txt", "greater"));
        let _refused_or_not = block_on(output.commit_task(permit(attempt(0, 1), 2)));
        let _refused_or_not = block_on(second.commit_job(0..2));
        let outcome = go_on(&mut late, TO_THE_END).unwrap();
        assert!(outcome.is_ok(), "{steps}: {outcome:?}");
        block_on(scene.protocol().verify()).unwrap();
    }
}

#[test]
fn a_call_that_is_dropped_leaves_the_old_output_or_the_new() {
    let (mut succeeded, mut undecided) = (0, 0);
    for steps in 1.. {
        let scene = Scene::new(Kind::Memory);
        let job = ready(&scene);
        {
            let mut dropped = pin!(job.commit_job(0..2));
            if go_on(&mut dropped, steps).is_some() {
                break;
            }
        }
        let rows = if succeeds(block_on(job.commit_job(0..2)).map(drop), job.id()) {
            succeeded += 1;
            "new"
        } else {
            undecided += 1;
            "old"
        };
        assert_eq!(block_on(scene.output()), output_of(rows), "{steps}");
        block_on(scene.protocol().clean()).unwrap();
        block_on(scene.assert_tidy());
        block_on(whole_job(&scene.replacing(), "next"));
        assert_eq!(block_on(scene.output()), output_of("next"), "{steps}");
    }
    assert!(succeeded > undecided && undecided > 0, "{succeeded} {undecided}");
}
