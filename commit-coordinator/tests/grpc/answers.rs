//! What is answered elsewhere is what is answered here.

use commit_coordinator::grpc::RemoteStageStartError;
use commit_coordinator::{
    AfterDoubt, Completion, DenialReason, OutputCommitCoordinator, StageStartError, TaskAttempt,
    UnknownOutcome,
};
use listener_bus::events::{PartitionId, StageId, TaskEndReason};

use crate::support::{STAGE, Served, SetUp, denied, granted, task, within};

fn killed() -> TaskEndReason {
    TaskEndReason::TaskKilled(Box::default())
}

fn lost() -> TaskEndReason {
    TaskEndReason::ExecutorLostFailure(Box::default())
}

#[tokio::test]
async fn the_first_that_asks_commits_and_asking_again_changes_nothing() {
    let served = Served::start();
    let (worker, driver) = (served.worker().await, served.driver().await);
    let permit = granted(within(worker.can_commit_async(task(2, 3))).await.unwrap());
    assert_eq!(permit.task(), task(2, 3));
    for _ in 0..3 {
        let again = granted(within(worker.can_commit_async(task(2, 3))).await.unwrap());
        assert_eq!(again, permit);
    }
    let reason = denied(within(worker.can_commit_async(task(2, 4))).await.unwrap());
    assert!(matches!(reason, DenialReason::HeldBy { holder } if holder.attempt_number.0 == 3), "{reason}");

    let completed = within(driver.task_completed_async(task(2, 3), &killed())).await.unwrap();
    assert_eq!(completed, Completion::Freed(permit));
    let again = within(driver.task_completed_async(task(2, 3), &killed())).await.unwrap();
    assert_eq!(again, Completion::Duplicate);
    let next = granted(within(worker.can_commit_async(task(2, 4))).await.unwrap());
    assert!(next.token() > permit.token());
    let completed = within(driver.task_completed_async(task(2, 4), &TaskEndReason::SUCCESS)).await.unwrap();
    assert_eq!(completed, Completion::Committed(next));
    let reason = denied(within(worker.can_commit_async(task(2, 5))).await.unwrap());
    assert!(matches!(reason, DenialReason::CommittedBy { token, .. } if token == next.token()), "{reason}");
    assert_eq!(served.coordinator().snapshot().counts.granted, 2);
}

#[tokio::test]
async fn a_lost_holder_aborts_its_stage_unless_told_otherwise() {
    let served = Served::start();
    let (worker, driver) = (served.worker().await, served.driver().await);
    let permit = granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    let completed = within(driver.task_completed_async(task(0, 0), &lost())).await.unwrap();
    assert_eq!(completed, Completion::Unknown { permit, next: AfterDoubt::StageAborted });
    let reason = denied(within(worker.can_commit_async(task(1, 0))).await.unwrap());
    assert!(matches!(reason, DenialReason::StageAborted { .. }), "{reason}");
    let error = within(driver.stage_start_async(STAGE, 9)).await.unwrap_err();
    assert_eq!(error, StageStartError::Aborted { stage_id: StageId(STAGE), reason }.into());
}

#[tokio::test]
async fn a_late_success_of_a_lost_holder_is_told_who_took_over() {
    let coordinator = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant);
    let served = Served::with(SetUp { coordinator, ..SetUp::default() }, |builder| builder);
    let (worker, driver) = (served.worker().await, served.driver().await);
    let permit = granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    let completed = within(driver.task_completed_async(task(0, 0), &lost())).await.unwrap();
    assert_eq!(completed, Completion::Unknown { permit, next: AfterDoubt::Regranted });
    let next = granted(within(worker.can_commit_async(task(0, 1))).await.unwrap());
    let late = within(driver.task_completed_async(task(0, 0), &TaskEndReason::SUCCESS)).await.unwrap();
    assert!(matches!(late, Completion::Superseded { token, .. } if token == next.token()), "{late:?}");
}

#[tokio::test]
async fn stages_start_and_end_from_elsewhere() {
    let served = Served::start();
    let (worker, driver) = (served.worker().await, served.driver().await);
    assert_eq!(within(driver.stage_start_async(8, 1)).await, Ok(true));
    assert_eq!(within(driver.stage_start_async(8, 1)).await, Ok(false));
    let differ = StageStartError::PartitionsDiffer {
        stage_id: StageId(8),
        max_partition_id: PartitionId(1),
        asked: PartitionId(2),
    };
    assert_eq!(within(driver.stage_start_async(8, 2)).await, Err(RemoteStageStartError::Stage(differ)));
    let limit = within(driver.stage_start_async(9, -1)).await.unwrap_err();
    assert!(limit.to_string().starts_with("stage 9 cannot have partition -1"), "{limit}");
    let beyond = denied(within(worker.can_commit_async(TaskAttempt::new(8, 0, 2, 0))).await.unwrap());
    assert_eq!(beyond, DenialReason::PartitionOutOfRange { max_partition_id: PartitionId(1) });
    assert_eq!(within(driver.stage_end_async(8)).await, Ok(true));
    assert_eq!(within(driver.stage_end_async(8)).await, Ok(false));
    let ended = denied(within(worker.can_commit_async(TaskAttempt::new(8, 0, 0, 0))).await.unwrap());
    assert_eq!(ended, DenialReason::StageEnded);
    assert_eq!(within(driver.is_empty_async()).await, Ok(false));
    assert_eq!(within(driver.stage_end_async(STAGE)).await, Ok(true));
    assert_eq!(within(driver.is_empty_async()).await, Ok(true));
    let unknown = within(driver.task_completed_async(TaskAttempt::new(99, 0, 0, 0), &killed())).await;
    assert_eq!(unknown, Ok(Completion::UnknownStage));
}

#[tokio::test]
async fn many_attempts_ask_in_one_call_and_are_answered_in_their_order() {
    let served = Served::start();
    let worker = served.worker().await;
    let tasks = [task(0, 0), task(0, 1), task(10, 0), task(1, 0), task(0, 0)];
    let verdicts = within(worker.can_commit_all_async(&tasks)).await.unwrap();
    let first = granted(verdicts[0].clone());
    assert!(matches!(denied(verdicts[1].clone()), DenialReason::HeldBy { .. }));
    assert!(matches!(denied(verdicts[2].clone()), DenialReason::PartitionOutOfRange { .. }));
    assert_eq!(granted(verdicts[3].clone()).task(), task(1, 0));
    assert_eq!(granted(verdicts[4].clone()), first);
    assert_eq!(verdicts.len(), 5);
}

#[tokio::test]
async fn more_attempts_than_fit_into_one_call_ask_in_several() {
    let served = Served::start();
    served.coordinator().stage_start(8, 20_000).unwrap();
    let worker = served.executor("many").await;
    let tasks: Vec<_> = (0..20_001).map(|partition| TaskAttempt::new(8, 0, partition, 0)).collect();
    let verdicts = within(worker.can_commit_all_async(&tasks)).await.unwrap();
    let granted: Vec<_> = verdicts.into_iter().map(|verdict| granted(verdict).task()).collect();
    assert_eq!(granted, tasks);
    assert_eq!(within(worker.can_commit_all_async(&[])).await, Ok(vec![]));
}
