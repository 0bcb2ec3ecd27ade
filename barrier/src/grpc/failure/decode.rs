//! Errors from the wire.

use std::sync::Arc;

use listener_bus::events::{PartitionId, StageAttemptId, TaskId};

use crate::error::{AbortedBy, BarrierError, Gone, Silence};
use crate::grpc::v1;
use crate::grpc::v1::failure::Cause;
use crate::grpc::wire::{Malformed, kind, partitions, required, round, size, span, stage_attempt};

type Read = Result<BarrierError, Malformed>;

pub(super) fn error(failure: v1::Failure) -> Read {
    match required("cause", failure.cause)? {
        Cause::TimedOut(facts) => timed_out(facts),
        Cause::MixedKinds(facts) => mixed_kinds(facts),
        Cause::NumberOfTasksDiffers(facts) => number_of_tasks_differs(facts),
        Cause::NumberOfTasksRefused(facts) => number_of_tasks_refused(facts),
        Cause::PartitionOutOfRange(facts) => partition_out_of_range(facts),
        Cause::PartitionTaken(facts) => partition_taken(facts),
        Cause::StaleEpoch(facts) => stale_epoch(facts),
        Cause::FutureEpoch(facts) => future_epoch(facts),
        Cause::AttemptDead(facts) => attempt_dead(*facts),
        Cause::MessageTooLarge(facts) => message_too_large(facts),
        Cause::RoundTooLarge(facts) => round_too_large(facts),
        Cause::Aborted(facts) => aborted(facts),
        Cause::TaskLost(facts) => task_lost(facts),
        Cause::StageCompleted(id) => Ok(BarrierError::StageCompleted { stage_attempt: id.into() }),
        Cause::Superseded(facts) => superseded(facts),
        Cause::Expired(facts) => expired(facts),
        Cause::CoordinatorGone(facts) => coordinator_gone(facts),
        Cause::EpochsExhausted(id) => Ok(BarrierError::EpochsExhausted { stage_attempt: id.into() }),
        Cause::NotText(facts) => not_text(facts),
    }
}

fn timed_out(facts: v1::TimedOut) -> Read {
    Ok(BarrierError::TimedOut {
        round: round(facts.round)?,
        timeout: span("timeout", facts.timeout)?,
        arrived: partitions(facts.arrived),
        missing: partitions(facts.missing),
    })
}

fn mixed_kinds(facts: v1::MixedKinds) -> Read {
    Ok(BarrierError::MixedKinds {
        round: round(facts.round)?,
        first: kind("first", facts.first)?,
        partition: PartitionId(facts.partition_id),
        kind: kind("kind", facts.kind)?,
    })
}

fn number_of_tasks_differs(facts: v1::NumberOfTasksDiffers) -> Read {
    Ok(BarrierError::NumberOfTasksDiffers {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        expected: size("expected", facts.expected)?,
        partition: PartitionId(facts.partition_id),
        num_tasks: size("num_tasks", facts.num_tasks)?,
    })
}

fn number_of_tasks_refused(facts: v1::NumberOfTasksRefused) -> Read {
    Ok(BarrierError::NumberOfTasksRefused {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        partition: PartitionId(facts.partition_id),
        num_tasks: size("num_tasks", facts.num_tasks)?,
        limit: size("limit", facts.limit)?,
    })
}

fn partition_out_of_range(facts: v1::PartitionOutOfRange) -> Read {
    Ok(BarrierError::PartitionOutOfRange {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        partition: PartitionId(facts.partition_id),
        num_tasks: size("num_tasks", facts.num_tasks)?,
    })
}

fn partition_taken(facts: v1::PartitionTaken) -> Read {
    Ok(BarrierError::PartitionTaken {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        partition: PartitionId(facts.partition_id),
        task_attempt: TaskId(facts.task_attempt_id),
        holder: TaskId(facts.holder),
    })
}

fn stale_epoch(facts: v1::OutOfStep) -> Read {
    Ok(BarrierError::StaleEpoch {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        partition: PartitionId(facts.partition_id),
        epoch: facts.epoch,
        current: facts.current,
    })
}

fn future_epoch(facts: v1::OutOfStep) -> Read {
    Ok(BarrierError::FutureEpoch {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        partition: PartitionId(facts.partition_id),
        epoch: facts.epoch,
        current: facts.current,
    })
}

fn attempt_dead(facts: v1::AttemptDead) -> Read {
    let cause = Arc::new(error(*required("cause", facts.cause)?)?);
    Ok(BarrierError::AttemptDead { stage_attempt: stage_attempt(facts.stage_attempt)?, cause })
}

fn message_too_large(facts: v1::TooLarge) -> Read {
    Ok(BarrierError::MessageTooLarge {
        round: round(facts.round)?,
        partition: PartitionId(facts.partition_id),
        bytes: size("bytes", facts.bytes)?,
        limit: size("limit", facts.limit)?,
    })
}

fn round_too_large(facts: v1::TooLarge) -> Read {
    Ok(BarrierError::RoundTooLarge {
        round: round(facts.round)?,
        partition: PartitionId(facts.partition_id),
        bytes: size("bytes", facts.bytes)?,
        limit: size("limit", facts.limit)?,
    })
}

fn aborted(facts: v1::Aborted) -> Read {
    let by = facts.partition_id.map_or(AbortedBy::Driver, |id| AbortedBy::Task(PartitionId(id)));
    let (stage_attempt, reason) = (stage_attempt(facts.stage_attempt)?, facts.reason.into());
    Ok(BarrierError::Aborted { stage_attempt, by, reason })
}

fn task_lost(facts: v1::TaskLost) -> Read {
    let field = "silence";
    let silence = match v1::Silence::try_from(facts.silence) {
        Ok(v1::Silence::Disconnected) => Silence::Disconnected,
        Ok(v1::Silence::NoHeartbeat) => Silence::NoHeartbeat,
        Ok(v1::Silence::Unspecified) => return Err(Malformed { field, what: "is missing" }),
        Err(_) => return Err(Malformed { field, what: "is not known" }),
    };
    Ok(BarrierError::TaskLost {
        stage_attempt: stage_attempt(facts.stage_attempt)?,
        partition: PartitionId(facts.partition_id),
        silence,
        within: span("within", facts.within)?,
    })
}

fn superseded(facts: v1::Superseded) -> Read {
    let newest = StageAttemptId(facts.newest_attempt_id);
    Ok(BarrierError::Superseded { stage_attempt: stage_attempt(facts.stage_attempt)?, newest })
}

fn expired(facts: v1::Expired) -> Read {
    let idle = span("idle", facts.idle)?;
    Ok(BarrierError::Expired { stage_attempt: stage_attempt(facts.stage_attempt)?, idle })
}

fn coordinator_gone(facts: v1::CoordinatorGone) -> Read {
    let why = match facts.unreachable {
        None => Gone::Stopped,
        Some(v1::Unreachable { tried, last }) => {
            Gone::Unreachable { tried: span("tried", tried)?, last: last.into() }
        }
    };
    Ok(BarrierError::CoordinatorGone { stage_attempt: stage_attempt(facts.stage_attempt)?, why })
}

fn not_text(facts: v1::NotText) -> Read {
    Ok(BarrierError::NotText { round: round(facts.round)?, partition: PartitionId(facts.partition_id) })
}
