//! A process that dies at any operation of its job, or loses the answer to one.

use std::collections::BTreeMap;
use std::fmt::Debug;

use commit_coordinator::files::{CommittedJob, FileCommitProtocol, SetupJobError, TaskOutput};

use crate::faults::Fault;
use crate::scene::{Kind, Scene, attempt, permit, write};

/// More than one part.
fn row(run: &str, partition: i32) -> String {
    format!("{run} {partition} {}", "x".repeat(150))
}

fn output_of(run: &str) -> BTreeMap<i32, String> {
    (0..2).map(|partition| (partition, row(run, partition))).collect()
}

async fn one_file(output: &TaskOutput, content: &str) -> anyhow::Result<()> {
    let mut file = output.writer("part.txt")?;
    file.write(content.as_bytes()).await?;
    file.close().await?;
    Ok(())
}

/// A job with two partitions; of the first there are an attempt that is aborted, one that loses, and one that wins.
async fn job(protocol: &FileCommitProtocol, run: &str) -> anyhow::Result<CommittedJob> {
    let job = protocol.setup_job().await?;
    let aborted = job.setup_task(attempt(0, 0));
    one_file(&aborted, "aborted").await?;
    aborted.abort_task().await;
    for (number, token, content) in [(1, 1, "lost".to_owned()), (2, 2, row(run, 0))] {
        let output = job.setup_task(attempt(0, number));
        one_file(&output, &content).await?;
        output.commit_task(permit(attempt(0, number), token)).await?;
    }
    let output = job.setup_task(attempt(1, 0));
    one_file(&output, &row(run, 1)).await?;
    output.commit_task(permit(attempt(1, 0), 1)).await?;
    Ok(job.commit_job(0..2).await?)
}

/// Whether the folder had output before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Output,
}

const CASES: [(Kind, Before); 4] = [
    (Kind::Memory, Before::Nothing),
    (Kind::Memory, Before::Output),
    (Kind::Disk, Before::Nothing),
    (Kind::Disk, Before::Output),
];

async fn scene(kind: Kind, before: Before) -> Scene {
    let scene = Scene::new(kind);
    if before == Before::Output {
        job(&scene.protocol(), "old").await.unwrap();
    }
    scene
}

/// Calls `check` for every operation of a job at which `fault` can happen.
async fn at_every_operation(
    fault: impl Fn(usize) -> Fault,
    check: impl AsyncFn(&Scene, Before, anyhow::Result<CommittedJob>),
) {
    for (kind, before) in CASES {
        for operation in 0.. {
            let scene = scene(kind, before).await;
            let (protocol, store) = scene.faulty(fault(operation));
            let outcome = job(&protocol, "new").await;
            if store.operations() <= operation {
                assert!(operation > 30, "a job has many operations, not {operation}");
                break;
            }
            check(&scene, before, outcome).await;
        }
    }
}

/// Sees that the output is the old or the new one, and whole; says which.
async fn old_or_new(scene: &Scene, before: Before, outcome: &anyhow::Result<CommittedJob>) {
    let committed = scene.protocol().read_manifest().await.is_ok();
    if !committed {
        assert!(outcome.is_err() && before == Before::Nothing, "{outcome:?}");
        return;
    }
    let output = scene.output().await;
    if outcome.is_err() && before == Before::Output && output == output_of("old") {
        return;
    }
    assert_eq!(output, output_of("new"), "{outcome:?}");
}

/// Sees that a clean folder holds the output, or nothing.
async fn clean(scene: &Scene) {
    scene.protocol().clean().await.unwrap();
    if scene.protocol().read_manifest().await.is_ok() {
        return scene.assert_tidy().await;
    }
    assert!(scene.everything().await.iter().all(|path| path.ends_with("out/")));
}

async fn clean_and_run_again(scene: &Scene, before: Before, outcome: anyhow::Result<CommittedJob>) {
    old_or_new(scene, before, &outcome).await;
    clean(scene).await;
    old_or_new(scene, before, &outcome).await;
    run_again(scene).await.unwrap();
    clean(scene).await;
}

async fn run_again(scene: &Scene) -> anyhow::Result<()> {
    job(&scene.replacing(), "again").await?;
    assert_eq!(scene.output().await, output_of("again"));
    Ok(())
}

async fn run_again_and_clean(scene: &Scene, before: Before, outcome: anyhow::Result<CommittedJob>) {
    old_or_new(scene, before, &outcome).await;
    if let Err(error) = run_again(scene).await {
        // Only where the dead process was about to replace the output, on a store that cannot compare and swap.
        let refused = error.downcast::<SetupJobError>().unwrap();
        assert!(matches!(refused, SetupJobError::BeingReplaced { by: Some(_) }), "{refused}");
        clean(scene).await;
        run_again(scene).await.unwrap();
    }
    clean(scene).await;
    assert_eq!(scene.output().await, output_of("again"));
}

#[tokio::test]
async fn a_process_that_dies_before_any_operation_leaves_the_old_state_or_the_new() {
    at_every_operation(Fault::Before, clean_and_run_again).await;
}

#[tokio::test]
async fn a_process_that_dies_after_any_operation_leaves_the_old_state_or_the_new() {
    at_every_operation(Fault::After, clean_and_run_again).await;
}

#[tokio::test]
async fn after_a_death_anywhere_the_next_process_may_run_first_and_clean_later() {
    at_every_operation(Fault::Before, run_again_and_clean).await;
    at_every_operation(Fault::After, run_again_and_clean).await;
}

#[tokio::test]
async fn an_error_of_any_operation_leaves_the_old_state_or_the_new() {
    at_every_operation(Fault::Once, clean_and_run_again).await;
    at_every_operation(Fault::AnswerLost, clean_and_run_again).await;
}

/// Asks once more when a call fails.
async fn twice<T, E: Debug>(call: impl AsyncFn() -> Result<T, E>) -> T {
    match call().await {
        Ok(answer) => answer,
        Err(_) => call().await.unwrap(),
    }
}

/// As [`job`], by somebody who asks once more when a call fails.
async fn stubborn_job(protocol: &FileCommitProtocol) {
    let job = twice(async || protocol.setup_job().await).await;
    for partition in 0..2 {
        let (mut output, mut ours) =
            (job.setup_task(attempt(partition, 0)), permit(attempt(partition, 0), 1));
        if one_file(&output, &row("new", partition)).await.is_err() {
            // A file is not gone on with: the task fails, and its next attempt begins anew.
            drop(output.abort_task().await);
            (output, ours) = (job.setup_task(attempt(partition, 1)), permit(attempt(partition, 1), 2));
            write(&output, "part.txt", &row("new", partition)).await;
        }
        twice(async || output.commit_task(ours).await).await;
    }
    twice(async || job.commit_job(0..2).await).await;
}

async fn asking_again_helps(fault: impl Fn(usize) -> Fault) {
    for (kind, before) in CASES {
        for operation in 0.. {
            let scene = scene(kind, before).await;
            let (protocol, store) = scene.faulty(fault(operation));
            stubborn_job(&protocol).await;
            assert_eq!(scene.output().await, output_of("new"), "{operation}");
            scene.protocol().clean().await.unwrap();
            assert_eq!(scene.output().await, output_of("new"), "{operation}");
            scene.assert_tidy().await;
            if store.operations() <= operation {
                break;
            }
        }
    }
}

#[tokio::test]
async fn whoever_asks_again_after_a_lost_answer_gets_the_right_one() {
    asking_again_helps(Fault::AnswerLost).await;
}

#[tokio::test]
async fn whoever_asks_again_after_an_error_gets_on() {
    asking_again_helps(Fault::Once).await;
}
