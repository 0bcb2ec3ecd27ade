//! Every error comes out as it went in.

use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::{PartitionId, StageAttemptId, TaskId};
use proptest::collection::btree_set;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use prost::Message;

use super::*;
use crate::error::{AbortedBy, RoundId, Silence};
use crate::partitions::Partitions;
use crate::task::SyncKind;

prop_compose! {
    fn stage_attempt()(stage: i32, attempt: i32) -> StageAttempt {
        StageAttempt::new(stage, attempt)
    }
}

prop_compose! {
    fn round()(stage_attempt in stage_attempt(), epoch: u64) -> RoundId {
        RoundId { stage_attempt, epoch }
    }
}

prop_compose! {
    fn partition()(id: i32) -> PartitionId {
        PartitionId(id)
    }
}

prop_compose! {
    fn time()(seconds: u64, nanos in 0_u32..1_000_000_000) -> Duration {
        Duration::new(seconds, nanos)
    }
}

prop_compose! {
    fn partitions()(ids in btree_set(any::<i32>(), 0..20)) -> Partitions {
        ids.into_iter().map(PartitionId).collect()
    }
}

fn kind() -> impl Strategy<Value = SyncKind> {
    prop_oneof![Just(SyncKind::Barrier), Just(SyncKind::AllGather)]
}

fn silence() -> impl Strategy<Value = Silence> {
    prop_oneof![Just(Silence::Disconnected), Just(Silence::NoHeartbeat)]
}

fn by() -> impl Strategy<Value = AbortedBy> {
    prop_oneof![Just(AbortedBy::Driver), partition().prop_map(AbortedBy::Task)]
}

fn gone() -> impl Strategy<Value = Gone> {
    let unreachable =
        (time(), any::<String>()).prop_map(|(tried, last)| Gone::Unreachable { tried, last: last.into() });
    prop_oneof![Just(Gone::Stopped), unreachable]
}

fn about_rounds() -> impl Strategy<Value = BarrierError> {
    use BarrierError as E;
    let sizes = || (round(), partition(), any::<usize>(), any::<usize>());
    prop_oneof![
        (round(), time(), partitions(), partitions())
            .prop_map(|(round, timeout, arrived, missing)| E::TimedOut { round, timeout, arrived, missing }),
        (round(), kind(), partition(), kind()).prop_map(|(round, first, partition, kind)| E::MixedKinds {
            round,
            first,
            partition,
            kind
        }),
        sizes().prop_map(|(round, partition, bytes, limit)| E::MessageTooLarge {
            round,
            partition,
            bytes,
            limit
        }),
        sizes().prop_map(|(round, partition, bytes, limit)| E::RoundTooLarge {
            round,
            partition,
            bytes,
            limit
        }),
        (round(), partition()).prop_map(|(round, partition)| E::NotText { round, partition }),
    ]
}

fn about_requests() -> impl Strategy<Value = BarrierError> {
    use BarrierError as E;
    let sizes = || (stage_attempt(), partition(), any::<usize>(), any::<usize>());
    let epochs = || (stage_attempt(), partition(), any::<u64>(), any::<u64>());
    prop_oneof![
        sizes().prop_map(|(stage_attempt, partition, expected, num_tasks)| E::NumberOfTasksDiffers {
            stage_attempt,
            expected,
            partition,
            num_tasks
        }),
        sizes().prop_map(|(stage_attempt, partition, num_tasks, limit)| E::NumberOfTasksRefused {
            stage_attempt,
            partition,
            num_tasks,
            limit
        }),
        sizes().prop_map(|(stage_attempt, partition, num_tasks, _)| E::PartitionOutOfRange {
            stage_attempt,
            partition,
            num_tasks
        }),
        (stage_attempt(), partition(), any::<i64>(), any::<i64>()).prop_map(
            |(stage_attempt, partition, task, holder)| E::PartitionTaken {
                stage_attempt,
                partition,
                task_attempt: TaskId(task),
                holder: TaskId(holder)
            }
        ),
        epochs().prop_map(|(stage_attempt, partition, epoch, current)| E::StaleEpoch {
            stage_attempt,
            partition,
            epoch,
            current
        }),
        epochs().prop_map(|(stage_attempt, partition, epoch, current)| E::FutureEpoch {
            stage_attempt,
            partition,
            epoch,
            current
        }),
    ]
}

fn about_gangs() -> impl Strategy<Value = BarrierError> {
    use BarrierError as E;
    prop_oneof![
        (stage_attempt(), by(), any::<String>()).prop_map(|(stage_attempt, by, reason)| E::Aborted {
            stage_attempt,
            by,
            reason: reason.into()
        }),
        (stage_attempt(), partition(), silence(), time()).prop_map(
            |(stage_attempt, partition, silence, within)| E::TaskLost {
                stage_attempt,
                partition,
                silence,
                within
            }
        ),
        stage_attempt().prop_map(|stage_attempt| E::StageCompleted { stage_attempt }),
        (stage_attempt(), any::<i32>())
            .prop_map(|(stage_attempt, id)| E::Superseded { stage_attempt, newest: StageAttemptId(id) }),
        (stage_attempt(), time()).prop_map(|(stage_attempt, idle)| E::Expired { stage_attempt, idle }),
        (stage_attempt(), gone()).prop_map(|(stage_attempt, why)| E::CoordinatorGone { stage_attempt, why }),
        stage_attempt().prop_map(|stage_attempt| E::EpochsExhausted { stage_attempt }),
    ]
}

fn any_error() -> impl Strategy<Value = BarrierError> {
    prop_oneof![about_rounds(), about_requests(), about_gangs()].prop_recursive(2, 3, 1, |cause| {
        (stage_attempt(), cause).prop_map(|(stage_attempt, cause)| BarrierError::AttemptDead {
            stage_attempt,
            cause: Arc::new(cause),
        })
    })
}

/// An error of each kind, so that none is left out by chance.
fn one_of_each() -> Vec<BarrierError> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut found: Vec<BarrierError> = Vec::new();
    while found.len() < BarrierError::REASONS.len() {
        let error = any_error().new_tree(&mut runner).unwrap().current();
        if found.iter().all(|known| known.reason() != error.reason()) {
            found.push(error);
        }
    }
    found
}

fn over_the_wire(sent: &BarrierError) -> BarrierError {
    let bytes = v1::Failure::from(sent).encode_to_vec();
    decode::error(v1::Failure::decode(&*bytes).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn an_error_survives_the_wire(sent in any_error()) {
        prop_assert_eq!(over_the_wire(&sent), sent);
    }
}

#[test]
fn every_kind_of_error_survives_the_wire() {
    for sent in one_of_each() {
        assert_eq!(over_the_wire(&sent), sent);
    }
}

#[test]
fn a_failure_of_a_newer_server_is_told_in_its_own_words() {
    let failure = v1::Failure {
        message: "the moon is full".to_owned(),
        reason: "full_moon".to_owned(),
        is_fatal: true,
        cause: None,
    };
    let told = error(Some(failure), StageAttempt::new(1, 0)).to_string();
    assert!(told.contains("full_moon the moon is full"), "{told}");
}
