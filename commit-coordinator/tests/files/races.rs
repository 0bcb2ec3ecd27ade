//! Jobs that are at work at the same time, on threads.

use std::sync::Barrier;
use std::thread;

use commit_coordinator::files::{CommitJobError, CommittedJob, OutputJob, SetupJobError, block_on};

use crate::scene::{KINDS, Kind, Scene, attempt, commit, commit_two, output_of, permit, staged, whole_job};

const JOBS: usize = 4;

fn run(number: usize) -> String {
    format!("run {number}")
}

/// A job that is ready to be committed.
fn ready(scene: &Scene, number: usize) -> OutputJob {
    let job = block_on(scene.replacing().setup_job()).unwrap();
    block_on(commit_two(&job, &run(number)));
    job
}

/// Commits all of them at the same time.
fn commit_at_once(jobs: &[OutputJob]) -> Vec<Result<CommittedJob, CommitJobError>> {
    let start = Barrier::new(jobs.len());
    let commit = |job: &OutputJob| {
        start.wait();
        block_on(job.commit_job(0..2))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = jobs.iter().map(|job| scope.spawn(move || commit(job))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn one_of_many_wins(scene: &Scene) {
    let jobs: Vec<_> = (0..JOBS).map(|number| ready(scene, number)).collect();
    let (winners, losers): (Vec<_>, Vec<_>) =
        commit_at_once(&jobs).into_iter().enumerate().partition(|(_, outcome)| outcome.is_ok());
    let [(winner, _)] = winners[..] else { panic!("one wins, not {winners:?}") };
    for (number, outcome) in losers {
        let by = match outcome {
            Err(CommitJobError::Overtaken { by, .. }) => by,
            other => panic!("job {number}: {other:?}"),
        };
        assert_eq!(by, Some(jobs[winner].id()));
    }
    assert_eq!(block_on(scene.output()), output_of(&run(winner)));
    block_on(scene.protocol().clean()).unwrap();
    assert_eq!(block_on(scene.output()), output_of(&run(winner)));
    block_on(scene.assert_tidy());
}

#[test]
fn of_many_jobs_at_once_one_wins_and_the_others_learn_who() {
    for kind in KINDS.into_iter().flat_map(|kind| [kind; 10]) {
        let fresh = Scene::new(kind);
        one_of_many_wins(&fresh);
        one_of_many_wins(&fresh);
    }
}

#[tokio::test]
async fn a_job_at_work_is_spared_when_cleaning_is_told_of_it() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        whole_job(&scene.protocol(), "old").await;
        let dead = scene.replacing().setup_job().await.unwrap();
        commit_two(&dead, "dead").await;
        let alive = scene.replacing().setup_job().await.unwrap();
        commit_two(&alive, "alive").await;
        let swept = scene.protocol().clean_but_for([alive.id()]).await.unwrap();
        assert!(!swept.removed.is_empty() && swept.left.is_empty());
        assert!(scene.everything().await.iter().all(|path| !path.contains(&dead.id().to_string())));
        alive.commit_job(0..2).await.unwrap();
        assert_eq!(scene.output().await, output_of("alive"));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn a_job_that_was_cleaned_away_cannot_commit() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        whole_job(&scene.protocol(), "old").await;
        let job = scene.replacing().setup_job().await.unwrap();
        commit(&job, attempt(0, 0), 1, "x").await;
        let late = staged(&job, attempt(1, 0), "y").await;
        scene.protocol().clean().await.unwrap();
        assert!(late.commit_task(permit(attempt(1, 0), 1)).await.is_err());
        let refused = job.commit_job(0..2).await.unwrap_err();
        assert!(matches!(refused, CommitJobError::Aborted { .. }));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn a_job_that_died_while_it_replaced_output_is_named_to_the_next_one() {
    let scene = Scene::new(Kind::Disk);
    let old = whole_job(&scene.protocol(), "old").await.manifest;
    let dead = scene.replacing().setup_job().await.unwrap().id();
    scene.put(&format!("out/_temporary/replaces-{}", old.job), dead.to_string().as_bytes()).await;
    let refused = scene.replacing().setup_job().await.unwrap_err();
    assert!(matches!(refused, SetupJobError::BeingReplaced { by } if by == Some(dead)));
    scene.protocol().clean().await.unwrap();
    whole_job(&scene.replacing(), "new").await;
    assert_eq!(scene.output().await, output_of("new"));
    scene.assert_tidy().await;
}
