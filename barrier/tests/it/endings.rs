//! How gangs end: what those who wait are told, and those who come later.

use barrier::{AbortedBy, BarrierError, Gone, Silence, SyncKind};
use listener_bus::events::{PartitionId, StageAttemptId, TaskId};

use crate::support::{
    SHORT, SOON, barrier, gang, gang_of, gather, numbers, patient, run, stage, task, wait_until,
};

fn cause_of(error: &BarrierError) -> &BarrierError {
    let BarrierError::AttemptDead { cause, .. } = error else { panic!("{error:?}") };
    cause
}

#[test]
fn a_round_that_nobody_completes_times_out_and_names_who_is_missing() {
    let coordinator = patient().timeout(SHORT).build().unwrap();
    let [mut a, _absent, mut c] = gang(&coordinator);
    let (first, third) = (barrier(&mut a).waits(), barrier(&mut c).waits());
    let error = first.fails_soon();
    let BarrierError::TimedOut { round, timeout, arrived, missing } = &error else { panic!("{error:?}") };
    assert_eq!((round.stage_attempt, round.epoch, *timeout), (stage(0, 0), 0, SHORT));
    assert_eq!((numbers(arrived), numbers(missing)), (vec![0, 2], vec![1]));
    assert_eq!(third.fails_soon(), error);
    assert_eq!(
        error.to_string(),
        "barrier epoch 0 of stage 0 (attempt 0) timed out after 20ms: missing are partitions 1; arrived are 0, 2"
    );
}

#[test]
fn a_task_that_skips_a_call_makes_the_last_round_time_out() {
    let coordinator = patient().timeout(SHORT).build().unwrap();
    let results = run::<_, 4>(gang(&coordinator), |mut context| {
        context.barrier()?;
        if context.partition_id() == PartitionId(0) { Ok(()) } else { context.barrier() }
    });
    assert_eq!(results[0], Ok(()));
    for result in &results[1..] {
        let Err(BarrierError::TimedOut { round, missing, .. }) = result else { panic!("{result:?}") };
        assert_eq!((round.epoch, numbers(missing)), (1, vec![0]));
    }
}

#[test]
fn whoever_comes_after_a_time_out_gets_its_cause_and_opens_no_new_round() {
    let coordinator = patient().timeout(SHORT).build().unwrap();
    let [mut a, mut late] = gang(&coordinator);
    let timed_out = barrier(&mut a).waits().fails_soon();
    assert_eq!(*cause_of(&barrier(&mut late).fails()), timed_out);
    assert_eq!(*cause_of(&barrier(&mut a).fails()), timed_out);
    assert_eq!(*cause_of(&coordinator.context(task(2, 1)).unwrap_err()), timed_out);
    assert_eq!(a.ended(), Some(timed_out));
    assert_eq!(a.barrier_epoch(), 0, "the epoch rises on success only");
}

#[test]
fn what_ends_before_anybody_comes_has_ended_for_those_who_come() {
    let coordinator = patient().build().unwrap();
    assert!(!coordinator.abort(stage(0, 0), AbortedBy::Driver, "never mind"), "it did not live");
    let error = coordinator.context(task(2, 0)).unwrap_err();
    assert!(matches!(cause_of(&error), BarrierError::Aborted { .. }), "{error:?}");
    assert!(coordinator.snapshot().gangs.is_empty());
}

#[test]
fn the_watch_leaves_rounds_in_time_alone() {
    // The watch wakes up for rounds that are over while later ones are open; theirs is the only time that counts.
    let coordinator =
        patient().timeout(SOON).log_waiting_every(std::time::Duration::from_micros(50)).build().unwrap();
    let epochs = run::<_, 2>(gang(&coordinator), |mut context| {
        (0..2_000).for_each(|_| context.barrier().unwrap());
        context.barrier_epoch()
    });
    assert_eq!(epochs, [2_000, 2_000]);
}

#[test]
fn one_gangs_time_out_is_its_own() {
    let coordinator = patient().timeout(SHORT).build().unwrap();
    let [mut a, _b] = gang_of(&coordinator, stage(0, 0));
    let waiting = barrier(&mut a).waits();
    // Rounds of another stage finish meanwhile.
    let [mut alone] = gang_of(&coordinator, stage(9, 0));
    alone.barrier().unwrap();
    assert!(matches!(waiting.fails_soon(), BarrierError::TimedOut { .. }));
    alone.barrier().unwrap();
}

#[test]
fn different_calls_in_one_round_fail_all_of_it_and_name_the_offender() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b, mut c] = gang(&coordinator);
    let first = barrier(&mut a).waits();
    let error = gather(&mut b, "1").fails();
    let BarrierError::MixedKinds { round, first: began, partition, kind } = error else {
        panic!("{error:?}")
    };
    assert_eq!((round.epoch, partition), (0, PartitionId(1)));
    assert_eq!((began, kind), (SyncKind::Barrier, SyncKind::AllGather));
    assert_eq!(first.fails(), error);
    assert_eq!(*cause_of(&gather(&mut c, "2").fails()), error);
}

#[test]
fn tasks_that_do_not_agree_how_many_they_are_fail_together() {
    let coordinator = patient().build().unwrap();
    let [mut a, _b, _c] = gang::<3>(&coordinator);
    let waiting = barrier(&mut a).waits();
    let error = coordinator.context(task(2, 1)).unwrap_err();
    assert_eq!(
        error,
        BarrierError::NumberOfTasksDiffers {
            stage_attempt: stage(0, 0),
            expected: 3,
            partition: PartitionId(1),
            num_tasks: 2
        }
    );
    assert_eq!(waiting.fails(), error);
}

#[test]
fn a_partition_that_the_gang_does_not_have_fails_it() {
    for partition in [2, -1, i32::MAX] {
        let coordinator = patient().build().unwrap();
        let [mut a, _b] = gang(&coordinator);
        let waiting = barrier(&mut a).waits();
        let error = coordinator.context(task(2, partition)).unwrap_err();
        let BarrierError::PartitionOutOfRange { partition: named, num_tasks: 2, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(named, PartitionId(partition));
        assert_eq!(waiting.fails(), error);
    }
}

#[test]
fn gangs_of_no_tasks_and_of_too_many_are_refused() {
    let coordinator = patient().max_tasks(3).build().unwrap();
    for num_tasks in [0, 4, usize::MAX] {
        let error = coordinator.context(task(num_tasks, 0)).unwrap_err();
        let BarrierError::NumberOfTasksRefused { num_tasks: named, limit: 3, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(named, num_tasks);
    }
    assert!(coordinator.snapshot().gangs.is_empty());
}

#[test]
fn a_second_task_for_a_partition_is_refused_and_the_first_one_waits_on() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let waiting = barrier(&mut a).waits();
    let mut other = task(2, 0);
    other.task_attempt_id = TaskId(77);
    let error = coordinator.context(other).unwrap_err();
    let BarrierError::PartitionTaken { task_attempt, holder, .. } = error else { panic!("{error:?}") };
    assert_eq!((task_attempt, holder), (TaskId(77), TaskId(0)));
    barrier(&mut b).ok();
    waiting.ok();
}

#[test]
fn an_abort_reaches_those_who_wait_and_the_first_cause_stays() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b, c] = gang(&coordinator);
    let waiting = barrier(&mut a).waits();
    c.abort("out of memory");
    assert!(!coordinator.abort(stage(0, 0), AbortedBy::Driver, "a second reason"));
    let error = waiting.fails();
    let BarrierError::Aborted { by, reason, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*by, &**reason), (AbortedBy::Task(PartitionId(2)), "out of memory"));
    assert_eq!(*cause_of(&barrier(&mut b).fails()), error);
    assert_eq!(
        error.to_string(),
        "stage 0 (attempt 0) was aborted by the task of partition 2: out of memory"
    );
}

#[test]
fn a_thread_that_waits_notices_an_abort() {
    let coordinator = patient().build().unwrap();
    let contexts: [_; 2] = gang(&coordinator);
    let aborter = coordinator.clone();
    let results = run::<_, 2>(contexts, move |mut context| {
        if context.partition_id() == PartitionId(0) {
            return context.barrier();
        }
        wait_until(|| aborter.snapshot().gangs.iter().any(|gang| !gang.arrived.as_slice().is_empty()));
        aborter.abort(stage(0, 0), AbortedBy::Driver, "killed");
        Ok(())
    });
    assert!(matches!(&results[0], Err(BarrierError::Aborted { by: AbortedBy::Driver, .. })), "{results:?}");
}

#[tokio::test]
async fn a_task_that_computes_can_wait_for_the_end_of_its_gang() {
    let coordinator = patient().build().unwrap();
    let [a, b] = gang(&coordinator);
    let watching = tokio::spawn(async move { a.ended_async().await });
    b.abort("done for");
    let error = tokio::time::timeout(SOON, watching).await.expect("in time").unwrap();
    assert!(matches!(error, BarrierError::Aborted { .. }));
}

#[test]
fn clearing_a_stage_attempt_answers_those_who_wait() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let waiting = barrier(&mut a).waits();
    assert!(coordinator.clear(stage(0, 0)));
    assert!(!coordinator.clear(stage(0, 0)), "it is cleared once");
    assert!(!coordinator.clear(stage(7, 0)), "nobody knows it");
    assert_eq!(waiting.fails(), BarrierError::StageCompleted { stage_attempt: stage(0, 0) });
    assert!(matches!(cause_of(&barrier(&mut b).fails()), BarrierError::StageCompleted { .. }));
}

#[test]
fn a_newer_attempt_ends_the_older_one_whose_stragglers_cannot_touch_it() {
    let coordinator = patient().build().unwrap();
    let [mut old, mut straggler] = gang_of(&coordinator, stage(5, 0));
    let waiting = barrier(&mut old).waits();
    let [mut a, mut b] = gang_of(&coordinator, stage(5, 1));
    let superseded = BarrierError::Superseded { stage_attempt: stage(5, 0), newest: StageAttemptId(1) };
    assert_eq!(waiting.fails(), superseded);
    let first = barrier(&mut a).waits();
    assert_eq!(*cause_of(&barrier(&mut straggler).fails()), superseded);
    let late = barrier::BarrierTask::new(stage(5, 0), 2, 1, 10);
    assert_eq!(coordinator.context(late).unwrap_err(), superseded);
    let first = first.waits();
    barrier(&mut b).ok();
    first.ok();
}

#[test]
fn a_stopped_coordinator_answers_everybody() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let waiting = barrier(&mut a).waits();
    coordinator.on_stop();
    coordinator.on_stop();
    let gone = BarrierError::CoordinatorGone { stage_attempt: stage(0, 0), why: Gone::Stopped };
    assert_eq!(waiting.fails(), gone);
    assert_eq!(*cause_of(&barrier(&mut b).fails()), gone);
    assert_eq!(coordinator.context(task(2, 0)).unwrap_err(), gone);
}

#[test]
fn dropping_the_last_handle_of_a_coordinator_answers_everybody() {
    let coordinator = patient().build().unwrap();
    let [mut a, _b] = gang(&coordinator);
    let waiting = barrier(&mut a).waits();
    let other = coordinator.clone();
    drop(coordinator);
    let waiting = waiting.waits();
    drop(other);
    assert!(matches!(waiting.fails(), BarrierError::CoordinatorGone { why: Gone::Stopped, .. }));
}

#[test]
fn a_task_that_is_not_heard_of_in_time_fails_its_gang() {
    let coordinator = patient().build().unwrap();
    let [mut a, _b] = gang(&coordinator);
    let waiting = barrier(&mut a).waits();
    assert!(coordinator.expect_heartbeat(stage(0, 0), 0, SHORT));
    assert!(coordinator.expect_no_heartbeat(stage(0, 0), 0));
    assert!(coordinator.expect_heartbeat(stage(0, 0), 1, SOON));
    assert!(coordinator.expect_heartbeat(stage(0, 0), 1, SHORT), "the last word counts");
    let error = waiting.fails_soon();
    let BarrierError::TaskLost { partition, silence, within, .. } = error else { panic!("{error:?}") };
    assert_eq!((partition, silence, within), (PartitionId(1), Silence::NoHeartbeat, SHORT));
    assert!(!coordinator.expect_heartbeat(stage(9, 0), 0, SHORT), "nobody knows it");
}
