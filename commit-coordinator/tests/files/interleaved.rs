//! Two calls that meet in a store, an operation of one and an operation of the other, in many orders.

use commit_coordinator::files::{AbortJobError, CommitJobError, CommitTaskError, OutputJob, block_on};

use crate::scene::{Kind, Scene, attempt, commit_two, output_of, permit, staged, whole_job, write};
use crate::steps::{Dice, Updates, interleave, stepping};

fn committed_rows(scene: &Scene) -> Vec<String> {
    block_on(scene.output()).into_values().collect()
}

/// Whatever the order, the output is right, and nothing else is left once the folder is cleaned.
fn tidy(scene: &Scene) {
    block_on(scene.protocol().clean()).unwrap();
    block_on(scene.assert_tidy());
}

/// How many operations an attempt makes, from its first file to the end of its commit.
const OPERATIONS: u32 = 6;

#[test]
fn of_two_attempts_the_one_with_the_greater_token_is_the_output_in_every_order() {
    let orders = (0..1_u32 << (2 * OPERATIONS)).filter(|order| order.count_ones() == OPERATIONS);
    for order in orders {
        let scene = Scene::new(Kind::Memory);
        let job = block_on(stepping(&scene, Updates::Supported).setup_job()).unwrap();
        let run = async |number: i64, token, row| {
            let output = job.setup_task(attempt(0, number));
            write(&output, "part.txt", row).await;
            output.commit_task(permit(attempt(0, number), token)).await
        };
        // Each stops before its first operation when it goes on for the first time.
        let mut turns = [true, false].into_iter().chain((0..32).map(|place| order >> place & 1 == 1));
        let schedule = || turns.next().unwrap_or_default();
        let (older, newer) = interleave(run(0, 1, "older"), run(1, 2, "newer"), schedule);
        newer.unwrap();
        assert!(matches!(older, Ok(_) | Err(CommitTaskError::StaleToken { .. })), "{order:b}");
        block_on(job.commit_job([0])).unwrap();
        assert_eq!(committed_rows(&scene), ["newer"], "{order:b}");
        block_on(scene.assert_tidy());
    }
}

#[test]
fn of_two_attempts_with_one_token_one_commits_in_every_order() {
    for seed in 0..1000 {
        let scene = Scene::new(Kind::Memory);
        let job = block_on(stepping(&scene, Updates::Supported).setup_job()).unwrap();
        let run = async |number: i64, row| {
            let output = job.setup_task(attempt(0, number));
            write(&output, "part.txt", row).await;
            output.commit_task(permit(attempt(0, number), 1)).await
        };
        let mut dice = Dice::new(seed);
        let row = match interleave(run(0, "zero"), run(1, "one"), || dice.roll(2) == 0) {
            (Ok(_), Err(CommitTaskError::TokenTaken { by, .. })) if by == attempt(0, 0) => "zero",
            (Err(CommitTaskError::TokenTaken { by, .. }), Ok(_)) if by == attempt(0, 1) => "one",
            other => panic!("{seed}: {other:?}"),
        };
        block_on(job.commit_job([0])).unwrap();
        assert_eq!(committed_rows(&scene), [row], "{seed}");
        block_on(scene.assert_tidy());
    }
}

/// Two jobs set up on what is there, each with its tasks committed.
fn two_jobs(scene: &Scene, updates: Updates) -> [OutputJob; 2] {
    ["left", "right"].map(|run| {
        let job = block_on(stepping(scene, updates).setup_job()).unwrap();
        block_on(commit_two(&job, run));
        job
    })
}

fn one_of_two_jobs_wins(scene: &Scene, updates: Updates, seed: u64) {
    let [left, right] = two_jobs(scene, updates);
    let mut dice = Dice::new(seed);
    let run = match interleave(left.commit_job(0..2), right.commit_job(0..2), || dice.roll(2) == 0) {
        (Ok(_), Err(CommitJobError::Overtaken { by, .. })) if by == Some(left.id()) => "left",
        (Err(CommitJobError::Overtaken { by, .. }), Ok(_)) if by == Some(right.id()) => "right",
        other => panic!("{seed}: {other:?}"),
    };
    assert_eq!(block_on(scene.output()), output_of(run), "{seed}");
    let loser = if run == "left" { right } else { left };
    block_on(loser.abort_job()).unwrap();
    tidy(scene);
    assert_eq!(block_on(scene.output()), output_of(run), "{seed}");
}

#[test]
fn of_two_jobs_with_the_same_new_output_one_wins_in_many_orders() {
    for seed in 0..500 {
        one_of_two_jobs_wins(&Scene::new(Kind::Memory), Updates::Supported, seed);
    }
}

#[test]
fn of_two_jobs_that_replace_the_same_output_one_wins_in_many_orders() {
    for updates in [Updates::Supported, Updates::Unsupported] {
        for seed in 0..500 {
            let scene = Scene::new(Kind::Memory);
            block_on(whole_job(&scene.protocol(), "old"));
            one_of_two_jobs_wins(&scene, updates, seed);
        }
    }
}

#[test]
fn a_job_that_meets_the_guard_of_another_loser_still_learns_who_has_won() {
    let mut overtaken = 0;
    for steps in 0..20 {
        let scene = Scene::new(Kind::Memory);
        let old = block_on(whole_job(&scene.protocol(), "old")).manifest.job;
        let [late, winner] = two_jobs(&scene, Updates::Unsupported);
        let loser = block_on(scene.replacing().setup_job()).unwrap().id();
        let others = async {
            let outcome = winner.commit_job(0..2).await;
            scene.put(&format!("out/_temporary/replaces-{old}"), loser.to_string().as_bytes()).await;
            outcome
        };
        let mut turns = 0..steps;
        let (lost, won) = interleave(late.commit_job(0..2), others, || turns.next().is_some());
        if won.is_ok() {
            overtaken += 1;
            assert!(
                matches!(lost, Err(CommitJobError::Overtaken { by, .. }) if by == Some(winner.id())),
                "{steps}: {lost:?}"
            );
        }
    }
    assert!(overtaken > 5);
}

#[test]
fn a_job_that_is_aborted_while_it_commits_does_one_or_the_other() {
    let (mut committed, mut aborted) = (0, 0);
    for updates in [Updates::Supported, Updates::Unsupported] {
        for seed in 0..500 {
            let scene = Scene::new(Kind::Memory);
            block_on(whole_job(&scene.protocol(), "old"));
            let job = block_on(stepping(&scene, updates).setup_job()).unwrap();
            block_on(commit_two(&job, "new"));
            let mut dice = Dice::new(seed);
            let odds = 2 + seed % 8;
            match interleave(job.commit_job(0..2), job.abort_job(), || dice.roll(odds) != 0) {
                (Ok(_), Err(AbortJobError::Committed { .. } | AbortJobError::Undecided { .. })) => {
                    committed += 1;
                    assert_eq!(block_on(scene.output()), output_of("new"), "{seed}");
                }
                (Err(_), Ok(_)) => {
                    aborted += 1;
                    assert_eq!(block_on(scene.output()), output_of("old"), "{seed}");
                }
                other => panic!("{seed}: {other:?}"),
            }
            tidy(&scene);
        }
    }
    assert!(committed > 0 && aborted > 0, "both were seen: {committed} and {aborted}");
}

#[test]
fn a_task_that_commits_while_its_job_is_aborted_harms_nobody() {
    for seed in 0..500 {
        let scene = Scene::new(Kind::Memory);
        block_on(whole_job(&scene.protocol(), "old"));
        let job = block_on(stepping(&scene, Updates::Supported).setup_job()).unwrap();
        let output = block_on(staged(&job, attempt(0, 0), "new"));
        let mut dice = Dice::new(seed);
        let commit = output.commit_task(permit(attempt(0, 0), 1));
        let (_, aborted) = interleave(commit, job.abort_job(), || dice.roll(2) == 0);
        aborted.unwrap();
        assert_eq!(block_on(scene.output()), output_of("old"), "{seed}");
        tidy(&scene);
    }
}
