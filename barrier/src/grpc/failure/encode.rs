//! Errors to the wire.

use std::time::Duration;

use listener_bus::events::{PartitionId, TaskId};

use crate::error::{AbortedBy, BarrierError, Gone, RoundId, Silence};
use crate::grpc::v1::failure::Cause;
use crate::grpc::v1::{self, OutOfStep, TooLarge};
use crate::grpc::wire::{partition_ids, wide};
use crate::partitions::Partitions;
use crate::task::{StageAttempt, SyncKind};

pub(super) fn cause(error: BarrierError) -> Cause {
    use BarrierError as E;
    match error {
        E::TimedOut { round, timeout, arrived, missing } => timed_out(round, timeout, &arrived, &missing),
        E::MixedKinds { round, first, partition, kind } => mixed_kinds(round, first, partition, kind),
        E::NumberOfTasksDiffers { stage_attempt, expected, partition, num_tasks } => {
            number_of_tasks_differs(stage_attempt, expected, partition, num_tasks)
        }
        E::NumberOfTasksRefused { stage_attempt, partition, num_tasks, limit } => {
            number_of_tasks_refused(stage_attempt, partition, num_tasks, limit)
        }
        E::PartitionOutOfRange { stage_attempt, partition, num_tasks } => {
            partition_out_of_range(stage_attempt, partition, num_tasks)
        }
        E::PartitionTaken { stage_attempt, partition, task_attempt, holder } => {
            partition_taken(stage_attempt, partition, task_attempt, holder)
        }
        E::StaleEpoch { stage_attempt, partition, epoch, current } => {
            Cause::StaleEpoch(out_of_step(stage_attempt, partition, epoch, current))
        }
        E::FutureEpoch { stage_attempt, partition, epoch, current } => {
            Cause::FutureEpoch(out_of_step(stage_attempt, partition, epoch, current))
        }
        E::AttemptDead { stage_attempt, cause } => attempt_dead(stage_attempt, &cause),
        E::MessageTooLarge { round, partition, bytes, limit } => {
            Cause::MessageTooLarge(too_large(round, partition, bytes, limit))
        }
        E::RoundTooLarge { round, partition, bytes, limit } => {
            Cause::RoundTooLarge(too_large(round, partition, bytes, limit))
        }
        E::Aborted { stage_attempt, by, reason } => aborted(stage_attempt, by, &reason),
        E::TaskLost { stage_attempt, partition, silence, within } => {
            task_lost(stage_attempt, partition, silence, within)
        }
        E::StageCompleted { stage_attempt } => Cause::StageCompleted(stage_attempt.into()),
        E::Superseded { stage_attempt, newest } => {
            let newest_attempt_id = newest.0;
            Cause::Superseded(v1::Superseded { stage_attempt: gang(stage_attempt), newest_attempt_id })
        }
        E::Expired { stage_attempt, idle } => {
            Cause::Expired(v1::Expired { stage_attempt: gang(stage_attempt), idle: Some(idle.into()) })
        }
        E::CoordinatorGone { stage_attempt, why } => coordinator_gone(stage_attempt, why),
        E::EpochsExhausted { stage_attempt } => Cause::EpochsExhausted(stage_attempt.into()),
        E::NotText { round, partition } => not_text(round, partition),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a message in a message is an option")]
fn gang(stage_attempt: StageAttempt) -> Option<v1::StageAttempt> {
    Some(stage_attempt.into())
}

fn timed_out(round: RoundId, timeout: Duration, arrived: &Partitions, missing: &Partitions) -> Cause {
    let (arrived, missing) = (partition_ids(arrived), partition_ids(missing));
    Cause::TimedOut(v1::TimedOut {
        round: Some(round.into()),
        timeout: Some(timeout.into()),
        arrived,
        missing,
    })
}

fn mixed_kinds(round: RoundId, first: SyncKind, partition: PartitionId, kind: SyncKind) -> Cause {
    Cause::MixedKinds(v1::MixedKinds {
        round: Some(round.into()),
        first: v1::SyncKind::from(first).into(),
        partition_id: partition.0,
        kind: v1::SyncKind::from(kind).into(),
    })
}

fn number_of_tasks_differs(of: StageAttempt, expected: usize, partition: PartitionId, said: usize) -> Cause {
    Cause::NumberOfTasksDiffers(v1::NumberOfTasksDiffers {
        stage_attempt: gang(of),
        expected: wide(expected),
        partition_id: partition.0,
        num_tasks: wide(said),
    })
}

fn number_of_tasks_refused(of: StageAttempt, partition: PartitionId, said: usize, limit: usize) -> Cause {
    Cause::NumberOfTasksRefused(v1::NumberOfTasksRefused {
        stage_attempt: gang(of),
        partition_id: partition.0,
        num_tasks: wide(said),
        limit: wide(limit),
    })
}

fn partition_out_of_range(of: StageAttempt, partition: PartitionId, num_tasks: usize) -> Cause {
    let (partition_id, num_tasks) = (partition.0, wide(num_tasks));
    Cause::PartitionOutOfRange(v1::PartitionOutOfRange { stage_attempt: gang(of), partition_id, num_tasks })
}

fn partition_taken(of: StageAttempt, partition: PartitionId, task_attempt: TaskId, holder: TaskId) -> Cause {
    Cause::PartitionTaken(v1::PartitionTaken {
        stage_attempt: gang(of),
        partition_id: partition.0,
        task_attempt_id: task_attempt.0,
        holder: holder.0,
    })
}

fn out_of_step(of: StageAttempt, partition: PartitionId, epoch: u64, current: u64) -> OutOfStep {
    OutOfStep { stage_attempt: gang(of), partition_id: partition.0, epoch, current }
}

fn attempt_dead(of: StageAttempt, cause: &BarrierError) -> Cause {
    let cause = Some(Box::new(v1::Failure::from(cause)));
    Cause::AttemptDead(Box::new(v1::AttemptDead { stage_attempt: gang(of), cause }))
}

fn too_large(round: RoundId, partition: PartitionId, bytes: usize, limit: usize) -> TooLarge {
    let (bytes, limit) = (wide(bytes), wide(limit));
    TooLarge { round: Some(round.into()), partition_id: partition.0, bytes, limit }
}

fn aborted(of: StageAttempt, by: AbortedBy, reason: &str) -> Cause {
    let partition_id = match by {
        AbortedBy::Task(partition) => Some(partition.0),
        AbortedBy::Driver => None,
    };
    Cause::Aborted(v1::Aborted { stage_attempt: gang(of), partition_id, reason: reason.to_owned() })
}

fn task_lost(of: StageAttempt, partition: PartitionId, silence: Silence, within: Duration) -> Cause {
    let silence = match silence {
        Silence::Disconnected => v1::Silence::Disconnected,
        Silence::NoHeartbeat => v1::Silence::NoHeartbeat,
    };
    Cause::TaskLost(v1::TaskLost {
        stage_attempt: gang(of),
        partition_id: partition.0,
        silence: silence.into(),
        within: Some(within.into()),
    })
}

fn coordinator_gone(of: StageAttempt, why: Gone) -> Cause {
    let unreachable = match why {
        Gone::Stopped => None,
        Gone::Unreachable { tried, last } => {
            Some(v1::Unreachable { tried: Some(tried.into()), last: (*last).to_owned() })
        }
    };
    Cause::CoordinatorGone(v1::CoordinatorGone { stage_attempt: gang(of), unreachable })
}

fn not_text(round: RoundId, partition: PartitionId) -> Cause {
    Cause::NotText(v1::NotText { round: Some(round.into()), partition_id: partition.0 })
}
