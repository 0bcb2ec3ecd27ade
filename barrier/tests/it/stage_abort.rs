//! The first failure ends the gang at once, and everyone is told that one.

use std::sync::mpsc::sync_channel;

use barrier::{AbortedBy, BarrierError, BarrierTaskContext, Gone, StageAttempt, StageError, TaskFailure};

use crate::stage_support::{Deaf, Ground, begin, soon};
use crate::support::{SHORT, SOON, wait_until};

/// The rounds of these gangs time out after an hour: whoever gets an answer was told the failure.
#[test]
fn a_task_inside_the_barrier_gets_the_first_cause() {
    for panics in [false, true] {
        let ground = Ground::new(3);
        let stage = ground.stage().build().unwrap();
        let (heard_in, heard) = sync_channel(2);
        let coordinator = ground.coordinator.clone();
        let work = move |context: &mut BarrierTaskContext, (): &()| {
            if context.partition_id().0 == 2 {
                let waiting =
                    || coordinator.snapshot().gangs.first().map(|gang| gang.arrived.as_slice().len());
                wait_until(|| waiting() == Some(2));
                assert!(!panics, "boom");
                return Err("boom".to_owned());
            }
            let error = context.barrier().unwrap_err();
            heard_in.send(error.clone()).unwrap();
            Err::<(), _>(error.to_string())
        };
        soon(move || stage.map_partitions(vec![(); 3], work)).unwrap_err();
        let by = AbortedBy::Task(listener_bus::events::PartitionId(2));
        let reason = if panics { "it panicked: boom" } else { "boom" };
        let stage_attempt = StageAttempt::new(0, 0);
        let expected = BarrierError::Aborted { stage_attempt, by, reason: reason.into() };
        for _ in 0..2 {
            assert_eq!(heard.recv_timeout(SOON).unwrap(), expected);
        }
    }
}

#[test]
fn a_task_that_gives_the_gang_up_is_the_one_that_failed() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| {
        if context.partition_id().0 == 0 {
            return context.barrier();
        }
        context.abort("bad data");
        // Swallowed, and to no avail.
        Ok(())
    };
    let error = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    let StageError::TaskFailed { partition, failure: TaskFailure::Barrier(failure), .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(partition.0, 1);
    assert!(
        matches!(&*failure, BarrierError::Aborted { reason, .. } if &**reason == "bad data"),
        "{failure:?}"
    );
    let ends = ground.told_once().ends_by_partition();
    let text = "stage 0 (attempt 0) was aborted by the task of partition 1: bad data";
    assert_eq!(ends[1], format!("1 barrier::error::BarrierError: {text}"));
    assert_eq!(ends[0], format!("0 killed: the task of partition 1 failed: {text}"));
}

#[test]
fn of_mixed_kinds_the_second_is_the_one_that_failed() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let coordinator = ground.coordinator.clone();
    let work = move |context: &mut BarrierTaskContext, (): &()| {
        if context.partition_id().0 == 0 {
            return context.barrier();
        }
        let gangs = || coordinator.snapshot().gangs;
        wait_until(|| gangs().first().is_some_and(|gang| gang.arrived.as_slice().len() == 1));
        context.all_gather("x").map(drop)
    };
    let error = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    assert!(matches!(&error, StageError::TaskFailed { partition, .. } if partition.0 == 1), "{error:?}");
    let ends = ground.told_once().ends_by_partition();
    assert!(ends[0].starts_with("0 killed: "), "{ends:?}");
    assert!(ends[1].starts_with("1 barrier::error::BarrierError: "), "{ends:?}");
}

#[test]
fn a_stage_that_was_aborted_before_it_began_does_not_begin() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    assert!(stage.handle().abort("changed my mind"));
    assert!(stage.handle().abort("and again"));
    assert!(!stage.handle().kill_task(0, "not there yet"));
    let error = soon(move || stage.map_partitions(vec![(); 2], |_, ()| Err::<(), _>("not called")));
    let error = error.unwrap_err();
    assert!(
        matches!(&error, StageError::Aborted { reason, .. } if &**reason == "changed my mind"),
        "{error:?}"
    );
    assert!(ground.events().is_empty());
    ground.assert_all_free();
}

#[test]
fn a_stage_that_waits_for_slots_can_be_aborted() {
    for slots in [1, 2] {
        let ground = Ground::new(slots);
        let held = ground.pool.try_acquire(1).unwrap();
        let stage = ground.stage().build().unwrap();
        let handle = stage.handle();
        let result = begin(move || stage.map_partitions(vec![(); 2], |_, ()| Err::<(), _>("not called")));
        wait_until(|| ground.pool.snapshot().waiting == 1);
        assert!(handle.abort("enough"));
        let error = result.recv_timeout(SOON).unwrap().unwrap_err();
        assert!(matches!(error, StageError::Aborted { .. }), "{error:?}");
        drop(held);
        ground.assert_all_free();
    }
}

#[test]
fn an_operator_who_aborts_the_gang_aborts_the_stage() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| {
        wait_until(|| context.ended().is_some());
        Err::<(), _>("noticed")
    };
    let result = begin(move || stage.map_partitions(vec![(); 2], work));
    wait_until(|| !ground.coordinator.snapshot().gangs.is_empty());
    assert!(ground.coordinator.abort(StageAttempt::new(0, 0), AbortedBy::Driver, "maintenance"));
    let error = result.recv_timeout(SOON).unwrap();
    // The gang may have been ended while it was being set up.
    let error = error.unwrap_err();
    let first = match &error {
        StageError::Aborted { reason, .. } => reason.to_string(),
        StageError::Barrier(error) => error.first_cause().to_string(),
        other => panic!("{other:?}"),
    };
    assert!(first.contains("maintenance"), "{error:?}");
    for told in ground.told() {
        assert!(told.ends().iter().all(|end| end.contains("killed: the stage was aborted: maintenance")));
    }
}

#[test]
fn an_end_of_the_gang_from_outside_is_noticed_though_no_task_does() {
    let ground = Ground::new(2);
    let stage = ground.stage().abandon_after(SHORT).build().unwrap();
    let (deaf, entered, release) = Deaf::new();
    let work = move |_: &mut BarrierTaskContext, (): &()| {
        deaf.block();
        Ok::<_, String>(())
    };
    let result = begin(move || stage.map_partitions(vec![(); 2], work));
    for _ in 0..2 {
        entered.recv_timeout(SOON).unwrap();
    }
    assert!(ground.coordinator.abort(StageAttempt::new(0, 0), AbortedBy::Driver, "maintenance"));
    let error = result.recv_timeout(SOON).unwrap().unwrap_err();
    let StageError::Stuck { cause, .. } = &error else { panic!("{error:?}") };
    assert!(
        matches!(&**cause, StageError::Aborted { reason, .. } if &**reason == "maintenance"),
        "{cause:?}"
    );
    drop(release);
    wait_until(|| ground.pool.snapshot().free == 2);
}

#[test]
fn a_task_that_has_ended_cannot_be_killed() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let handle = stage.handle();
    let ends = ground.count_ends();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        0 => Ok(()),
        _ => context.barrier(),
    };
    let result = begin(move || stage.map_partitions(vec![(); 2], work));
    wait_until(|| ends() == 1);
    assert!(!handle.kill_task(0, "too late"));
    assert!(handle.kill_task(1, "in time"));
    result.recv_timeout(SOON).unwrap().unwrap_err();
    assert_eq!(ground.told_once().ends(), ["0 success", "1 killed: in time"]);
}

#[test]
fn a_coordinator_that_stops_ends_the_stage() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let coordinator = ground.coordinator.clone();
    let work = move |context: &mut BarrierTaskContext, (): &()| {
        if context.partition_id().0 == 0 {
            return context.barrier();
        }
        coordinator.on_stop();
        context.barrier()
    };
    let error = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    let gone =
        |error: &BarrierError| matches!(error, BarrierError::CoordinatorGone { why: Gone::Stopped, .. });
    assert!(matches!(&error, StageError::Barrier(error) if gone(error)), "{error:?}");
    assert!(ground.told_once().ends().iter().all(|end| end.contains(" killed: the coordinator of ")));
    ground.assert_all_free();
}

#[test]
fn of_many_failures_at_once_one_is_the_first() {
    let ground = Ground::new(4);
    let stage = ground.stage().build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| {
        context.barrier()?;
        Err::<(), _>(anyhow::anyhow!("boom {}", context.partition_id()))
    };
    let error = soon(move || stage.map_partitions(vec![(); 4], work)).unwrap_err();
    let StageError::TaskFailed { partition, failure, .. } = error else { panic!("{error:?}") };
    assert_eq!(failure.to_string(), format!("boom {partition}"));
    let ends = ground.told_once().ends();
    assert_eq!(ends[0], format!("{partition} anyhow::Error: boom {partition}"));
    let killed = format!("killed: the task of partition {partition} failed: boom {partition}");
    assert!(ends[1..].iter().all(|end| end.ends_with(&killed)), "{ends:?}");
}

#[test]
fn a_finished_gang_is_no_more() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap();
    assert!(ground.coordinator.snapshot().gangs.is_empty());
    let straggler = crate::support::task(2, 0);
    let error = ground.coordinator.context(straggler).unwrap_err();
    assert!(matches!(error.first_cause(), BarrierError::StageCompleted { .. }), "{error:?}");
}
