//! The bus is told of every attempt in order, and of every end exactly once.

use std::time::Duration;

use barrier::{BarrierError, BarrierTaskContext, StageError};
use listener_bus::events::TaskType;

use crate::stage_support::{Deaf, Ground, begin, soon};
use crate::support::{SHORT, SOON, wait_until};

/// Waits in the barrier that is never met.
fn waits(context: &mut BarrierTaskContext) -> Result<(), String> {
    context.barrier().map_err(|error| error.to_string())
}

/// Works until the gang ends.
fn works(context: &BarrierTaskContext) -> Result<(), String> {
    wait_until(|| context.ended().is_some());
    Err("gave up".to_owned())
}

#[test]
fn a_success_is_told_in_order() {
    let ground = Ground::new(3);
    let stage = ground.stage().stage_id(4).task_type(TaskType::ShuffleMap).build().unwrap();
    soon(move || stage.map_partitions(vec![(); 3], |context, ()| context.barrier())).unwrap();
    let told = ground.told_once();
    assert_eq!(told.attempt(), (4, 0));
    assert_eq!(told.ends_by_partition(), ["0 success", "1 success", "2 success"]);
    assert_eq!(told.failure(), None);
    assert_eq!(told.started.iter().map(|info| info.index).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(told.started.iter().all(|info| info.finish_time == 0 && info.attempt == 0));
    assert!(told.ended.iter().all(|end| end.task_type == TaskType::ShuffleMap && end.task_metrics.is_some()));
}

#[test]
fn a_stage_is_told_as_a_barrier_stage() {
    let ground = Ground::new(3);
    let stage = ground.stage().name("train").build().unwrap();
    soon(move || stage.map_partitions(vec![(); 3], |context, ()| context.barrier())).unwrap();
    let told = ground.told_once();
    for info in [&told.submitted.stage_info, &told.completed.stage_info] {
        assert_eq!((info.stage_name.as_str(), info.number_of_tasks), ("train", 3));
        let [rdd] = info.rdd_info.as_slice() else { panic!("one dataset") };
        assert!(rdd.barrier);
        assert_eq!((rdd.name.as_deref(), rdd.number_of_partitions), (Some("train"), 3));
    }
    assert_eq!(told.submitted.stage_info.completion_time, None);
    assert!(told.completed.stage_info.completion_time >= told.submitted.stage_info.submission_time);
}

#[test]
fn the_first_to_fail_is_a_failure_and_the_others_are_killed() {
    let ground = Ground::new(3);
    let stage = ground.stage().build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        1 => Err("boom".to_owned()),
        0 => waits(context),
        _ => works(context),
    };
    let error = soon(move || stage.map_partitions(vec![(); 3], work)).unwrap_err();
    let StageError::TaskFailed { partition, task_attempt, attempts, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((partition.0, task_attempt.0, *attempts), (1, 1, 1));
    let told = ground.told_once();
    assert_eq!(told.ends()[0], "1 alloc::string::String: boom");
    let killed = "killed: the task of partition 1 failed: boom";
    assert_eq!(told.ends_by_partition()[0], format!("0 {killed}"));
    assert_eq!(told.ends_by_partition()[2], format!("2 {killed}"));
    assert_eq!(
        told.failure(),
        Some(
            "stage 0 (attempt 0) failed, as barrier task 1 did not succeed: the task of partition 1 failed: boom"
        )
    );
    ground.assert_all_free();
}

#[test]
fn a_panic_is_a_failure_of_the_class_panic() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        0 => panic!("boom"),
        _ => waits(context),
    };
    soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    let ends = ground.told_once().ends();
    assert_eq!(ends, ["0 panic: boom", "1 killed: the task of partition 0 failed: it panicked: boom"]);
    ground.assert_all_free();
}

#[test]
fn a_task_that_is_done_before_the_failure_stays_a_success() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let ends = ground.count_ends();
    let work = move |context: &mut BarrierTaskContext, (): &()| {
        if context.partition_id().0 == 0 {
            return Ok(());
        }
        wait_until(|| ends() == 1);
        Err("boom")
    };
    soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    assert_eq!(ground.told_once().ends(), ["0 success", "1 &str: boom"]);
}

#[test]
fn a_task_that_does_its_work_in_spite_of_the_failure_is_a_success() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| {
        if context.partition_id().0 == 1 {
            return Err("boom");
        }
        wait_until(|| context.ended().is_some());
        Ok(())
    };
    soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    assert_eq!(ground.told_once().ends(), ["1 &str: boom", "0 success"]);
}

#[test]
fn a_killed_task_and_its_gang_end_as_killed() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let handle = stage.handle();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        0 => waits(context),
        _ => works(context),
    };
    let result = begin(move || stage.map_partitions(vec![(); 2], work));
    let gangs = || ground.coordinator.snapshot().gangs;
    wait_until(|| gangs().first().is_some_and(|gang| gang.arrived.as_slice().len() == 1));
    assert!(!handle.kill_task(2, "no such task"));
    assert!(handle.kill_task(0, "told to"));
    let error = result.recv_timeout(SOON).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "stage 0 (attempt 0) failed, as barrier task 0 of partition 0 did, with 1 attempts made: it was killed: told to"
    );
    let ends = ground.told_once().ends_by_partition();
    let other = "1 killed: the task of partition 0 failed: it was killed: told to";
    assert_eq!(ends, ["0 killed: told to", other]);
    assert!(!handle.kill_task(0, "again"), "nothing runs any more");
    ground.assert_all_free();
}

#[test]
fn an_aborted_stage_ends_all_its_tasks_as_killed() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let handle = stage.handle();
    let result = begin(move || {
        stage.map_partitions(vec![(); 2], |context, ()| match context.partition_id().0 {
            0 => waits(context),
            _ => works(context),
        })
    });
    wait_until(|| !ground.coordinator.snapshot().gangs.is_empty());
    assert!(handle.abort("enough"));
    let error = result.recv_timeout(SOON).unwrap().unwrap_err();
    assert!(matches!(&error, StageError::Aborted { reason, .. } if &**reason == "enough"), "{error:?}");
    let told = ground.told_once();
    let killed = "killed: the stage was aborted: enough";
    assert_eq!(told.ends_by_partition(), [format!("0 {killed}"), format!("1 {killed}")]);
    assert_eq!(told.failure(), Some("stage 0 (attempt 0) failed: the stage was aborted: enough"));
    ground.assert_all_free();
}

#[test]
fn a_stage_that_takes_too_long_ends_all_its_tasks() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).deadline(SHORT).build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        0 => waits(context),
        _ => works(context),
    };
    let error = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    assert!(matches!(error, StageError::DeadlineExceeded { deadline: SHORT, .. }), "{error:?}");
    let told = ground.told_once();
    let killed = format!("killed: the stage was not done within {SHORT:?}");
    assert_eq!(told.ends_by_partition(), [format!("0 {killed}"), format!("1 {killed}")]);
    ground.assert_all_free();
}

#[test]
fn a_stage_that_waits_for_slots_too_long_does_not_begin() {
    let ground = Ground::new(1);
    let stage = ground.stage().deadline(SHORT).check_interval(Duration::from_hours(1)).build().unwrap();
    let error = soon(move || stage.map_partitions(vec![(); 2], |_, ()| Err::<(), _>("not called")));
    assert!(matches!(error.unwrap_err(), StageError::DeadlineExceeded { .. }));
    assert!(ground.events().is_empty());
    ground.assert_all_free();
}

#[test]
fn a_task_that_does_not_notice_is_left_behind() {
    let ground = Ground::new(3);
    let stage = ground.stage().max_attempts(4).abandon_after(SHORT).build().unwrap();
    let (deaf, entered, release) = Deaf::new();
    let entered = std::sync::Mutex::new(entered);
    let (late_in, late) = std::sync::mpsc::sync_channel(1);
    let work = move |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        0 => waits(context),
        1 => {
            entered.lock().unwrap().recv_timeout(SOON).unwrap();
            Err("boom".to_owned())
        }
        _ => {
            deaf.block();
            let _gone = late_in.send(context.barrier());
            Ok(())
        }
    };
    let error = soon(move || stage.map_partitions(vec![(); 3], work)).unwrap_err();
    let StageError::Stuck { partitions, waited, cause, .. } = &error else { panic!("{error:?}") };
    assert_eq!((crate::support::numbers(partitions), *waited), (vec![2], SHORT));
    assert!(matches!(&**cause, StageError::TaskFailed { partition, .. } if partition.0 == 1), "{cause:?}");
    let told = ground.told_once();
    let killed = "killed: the task of partition 1 failed: boom";
    assert_eq!(told.ends_by_partition()[2], format!("2 {killed}"));
    assert_eq!(told.ends()[2], format!("2 {killed}"), "told last");
    assert!(told.ended[2].task_metrics.is_none(), "it has not told what it cost");
    assert_eq!(ground.pool.snapshot().free, 2, "it has its slot still");

    // A new attempt, made by hand, has a slot less, and hears nothing of the task that was left behind.
    let again = ground.stage().stage_id(0).first_attempt(1).build().unwrap();
    let (pool, coordinator) = (ground.pool.clone(), ground.coordinator.clone());
    let release_it = std::sync::Mutex::new(Some(release));
    let late = std::sync::Mutex::new(late);
    let work = move |context: &mut BarrierTaskContext, (): &()| {
        if context.partition_id().0 == 0 {
            drop(release_it.lock().unwrap().take());
            let answer = late.lock().unwrap().recv_timeout(SOON).unwrap();
            assert!(matches!(answer, Err(BarrierError::AttemptDead { .. })), "{answer:?}");
            assert_eq!(coordinator.snapshot().gangs.len(), 1);
        }
        context.barrier()
    };
    soon(move || again.map_partitions(vec![(); 2], work)).unwrap();
    wait_until(|| pool.snapshot().free == 3);
    assert_eq!(ground.told().len(), 2, "its end is not told again");
}

#[test]
fn a_stage_whose_threads_do_not_start_has_no_tasks() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).stack_size(1 << 52).build().unwrap();
    let error = soon(move || stage.map_partitions(vec![(); 2], |_, ()| Err::<(), _>("not called")));
    let error = error.unwrap_err();
    assert!(matches!(&error, StageError::Spawn { partition, .. } if partition.0 == 0), "{error:?}");
    let told = ground.told_once();
    assert!(told.started.is_empty());
    let reason = told.failure().expect("a reason");
    assert!(reason.contains("the thread of partition 0 could not be started"), "{reason}");
    ground.assert_all_free();
}
