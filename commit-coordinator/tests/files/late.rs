//! Tasks that commit while their job ends: what they are told is true, and what they leave is known.

use std::pin::pin;

use commit_coordinator::files::{CommitTaskError, OutputJob, TaskOutput, block_on};

use crate::scene::{Kind, Scene, attempt, commit, permit, staged, write};
use crate::steps::{Dice, Updates, go_on, interleave, stepping};

/// More operations than any call makes.
const TO_THE_END: usize = 1000;

fn new_job(scene: &Scene) -> OutputJob {
    block_on(stepping(scene, Updates::Supported).setup_job()).unwrap()
}

fn two_files(job: &OutputJob) -> TaskOutput {
    let output = job.setup_task(attempt(0, 0));
    block_on(write(&output, "a.txt", "a"));
    block_on(write(&output, "b.txt", "b"));
    output
}

/// What becomes of a task whose job is aborted in the middle of its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoesOn,
    Dies,
}

/// A task goes `first` operations, an abort as many as `abort`, the task `second` more, and the abort to its end. Says whether
/// all of this was possible.
fn aborted_in_the_middle(scene: &Scene, [first, abort, second]: [usize; 3], then: Then) -> bool {
    let job = new_job(scene);
    let output = two_files(&job);
    let mut task = pin!(output.commit_task(permit(attempt(0, 0), 1)));
    let mut aborting = pin!(job.abort_job());
    let recorded = || !is_decided(scene) && block_on(job.committed_task(0)).unwrap().is_some();
    if go_on(&mut task, first).is_some() {
        return false;
    }
    let early = recorded();
    if go_on(&mut aborting, abort).is_some() || go_on(&mut task, second).is_some() {
        return false;
    }
    let in_time = early || recorded();
    go_on(&mut aborting, TO_THE_END).unwrap().unwrap();
    if then == Then::GoesOn {
        let outcome = go_on(&mut task, TO_THE_END).unwrap();
        let is_told = matches!(outcome, Err(CommitTaskError::JobEnded { job: id, .. }) if id == job.id());
        // Who has committed before the job was aborted may have learned it already.
        assert!(is_told || in_time && outcome.is_ok(), "{first} {abort} {second}: {outcome:?}");
        assert_no_copies(scene, [first, abort, second]);
    }
    true
}

fn is_decided(scene: &Scene) -> bool {
    block_on(scene.everything()).iter().any(|path| path.ends_with("/decision"))
}

/// Sees that nothing lies where output lies.
fn assert_no_copies(scene: &Scene, order: [usize; 3]) {
    let left = block_on(scene.everything());
    assert!(left.iter().all(|path| path.starts_with("out/_temporary/")), "{order:?}: {left:?}");
}

fn in_many_orders(then: Then) {
    let mut orders = 0;
    for order in (0..10 * 12 * 6).map(|number| [1 + number / 72, 1 + number / 6 % 12, 1 + number % 6]) {
        let scene = Scene::new(Kind::Memory);
        if !aborted_in_the_middle(&scene, order, then) {
            continue;
        }
        orders += 1;
        // Whether the folder is cleaned or not, the next job can begin, and a cleaning leaves nothing.
        block_on(block_on(scene.protocol().setup_job()).unwrap().abort_job()).unwrap();
        block_on(scene.protocol().clean()).unwrap();
        assert_eq!(block_on(scene.everything()), Vec::<String>::new(), "{order:?}");
    }
    assert!(orders > 50, "{orders}");
}

#[test]
fn a_task_whose_job_is_aborted_meanwhile_is_told_so_and_takes_its_files_back() {
    in_many_orders(Then::GoesOn);
}

#[test]
fn what_a_task_leaves_that_dies_while_its_job_is_aborted_is_known_to_a_cleaning() {
    in_many_orders(Then::Dies);
}

#[test]
fn a_commit_without_files_is_not_answered_with_yes_once_its_job_is_aborted() {
    let mut seen = 0;
    for steps in 1.. {
        let scene = Scene::new(Kind::Memory);
        let job = new_job(&scene);
        let output = job.setup_task(attempt(0, 0));
        let mut task = pin!(output.commit_task(permit(attempt(0, 0), 1)));
        if go_on(&mut task, steps).is_some() {
            break;
        }
        block_on(job.abort_job()).unwrap();
        let refused = go_on(&mut task, TO_THE_END).unwrap();
        assert!(matches!(refused, Err(CommitTaskError::JobEnded { .. })), "{steps}: {refused:?}");
        seen += 1;
    }
    assert!(seen > 2);
}

#[test]
fn a_commit_that_meets_the_commit_of_its_job_is_told_what_is_true() {
    let (mut counted, mut too_late, mut unknown) = (0, 0, 0);
    for seed in 0..2000 {
        let scene = Scene::new(Kind::Memory);
        let job = new_job(&scene);
        block_on(commit(&job, attempt(0, 0), 1, "one"));
        let output = block_on(staged(&job, attempt(0, 1), "two"));
        let ours = permit(attempt(0, 1), 2);
        let mut dice = Dice::new(seed);
        let odds = 2 + seed % 5;
        let (task, committed) =
            interleave(output.commit_task(ours), job.commit_job([0]), || dice.roll(odds) == 0);
        let is_output = committed.unwrap().manifest.partitions[0].token.get() == 2;
        let again = block_on(output.commit_task(ours));
        assert_eq!(again.is_ok(), is_output, "{seed}: {again:?}");
        match task {
            Ok(_) => counted += 1,
            Err(CommitTaskError::JobEnded { .. }) => too_late += 1,
            Err(CommitTaskError::JobCommitting { .. }) => unknown += 1,
            Err(error) => panic!("{seed}: {error}"),
        }
        let told = !matches!(task, Err(CommitTaskError::JobCommitting { .. }));
        assert!(!told || task.is_ok() == is_output, "{seed}: {task:?}, {is_output}");
        block_on(scene.protocol().clean()).unwrap();
        block_on(scene.assert_tidy());
    }
    assert!(counted > 0 && too_late > 0 && unknown > 0, "{counted} {too_late} {unknown}");
}
