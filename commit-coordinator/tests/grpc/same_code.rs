//! The code of a task does not see whether its coordinator is here or elsewhere.

use std::time::Instant;

use commit_coordinator::{CommitArbiter, CommitPermit, OutputCommitCoordinator, Verdict};
use listener_bus::events::TaskEndReason;

use crate::support::{NEVER, STAGE, Served, far, task, within};

/// The code of a task: it commits if it may, and waits for whoever else may.
async fn commit<A: CommitArbiter>(arbiter: &A, attempt: i64) -> Result<Option<CommitPermit>, A::Error> {
    match arbiter.await_decision_async(task(0, attempt), far()).await? {
        Verdict::Granted(permit) => Ok(Some(permit)),
        Verdict::Denied(_) => Ok(None),
    }
}

/// The same for threads.
fn commit_blocking<A: CommitArbiter>(arbiter: &A, partition: i32) -> Result<Vec<bool>, A::Error> {
    let deadline = Instant::now() + NEVER;
    let mut verdicts = Vec::new();
    for attempt in 0..2 {
        verdicts.push(arbiter.can_commit(task(partition, attempt))?);
    }
    verdicts.push(arbiter.await_decision(task(partition, 0), deadline)?);
    Ok(verdicts.iter().map(Verdict::is_granted).collect())
}

async fn race<A: CommitArbiter>(arbiter: &A, coordinator: &OutputCommitCoordinator) -> (u64, u64) {
    let first = within(commit(arbiter, 0)).await.unwrap().unwrap();
    let (second, ()) = within(async {
        tokio::join!(commit(arbiter, 1), async {
            coordinator.task_completed(task(0, 0), &TaskEndReason::TaskKilled(Box::default()));
        })
    })
    .await;
    let second = second.unwrap().unwrap();
    coordinator.task_completed(task(0, 1), &TaskEndReason::SUCCESS);
    assert_eq!(within(commit(arbiter, 2)).await.unwrap(), None);
    (first.token().get(), second.token().get())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_a_task_is_the_same_here_and_elsewhere() {
    let here = OutputCommitCoordinator::builder().build().unwrap();
    here.stage_start(STAGE, 9).unwrap();
    let served = Served::start();
    let elsewhere = served.worker().await;
    let told_here = race(&here, &here).await;
    let told_elsewhere = race(&elsewhere, served.coordinator()).await;
    assert_eq!(told_here, told_elsewhere);

    let expected = vec![true, false, true];
    assert_eq!(commit_blocking(&here, 5).unwrap(), expected);
    let blocking = tokio::task::spawn_blocking(move || commit_blocking(&elsewhere, 5));
    assert_eq!(within(blocking).await.unwrap().unwrap(), expected);
}
