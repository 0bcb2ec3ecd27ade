//! A stage that fails is tried again, with nothing left of the attempt before.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use barrier::{BarrierError, BarrierTaskContext, StageError, TaskFailure};

use crate::stage_support::{Ground, soon};

#[test]
fn a_new_attempt_begins_at_epoch_zero_with_new_tasks() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| {
        let attempt = context.stage_attempt().attempt_id.0;
        assert_eq!(context.barrier_epoch(), 0);
        context.barrier()?;
        if attempt == 0 && context.partition_id().0 == 1 {
            return Err(anyhow::anyhow!("the first time"));
        }
        context.barrier()?;
        Ok((attempt, context.task().task_attempt_id.0))
    };
    let results = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap();
    assert_eq!(results, [(1, 2), (1, 3)]);
    let told = ground.told();
    assert_eq!(told.iter().map(crate::stage_support::Told::attempt).collect::<Vec<_>>(), [(0, 0), (0, 1)]);
    assert_eq!(told[0].ends()[0], "1 anyhow::Error: the first time");
    assert_eq!(told[0].ends()[1], "0 killed: the task of partition 1 failed: the first time");
    assert_eq!(told[1].ends_by_partition(), ["0 success", "1 success"]);
    ground.assert_all_free();
}

#[test]
fn a_stage_fails_with_its_last_attempt() {
    let ground = Ground::new(2);
    // The default, as Spark's.
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let calls = std::sync::Arc::new(AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&calls);
    let work = move |context: &mut BarrierTaskContext, (): &()| {
        counted.fetch_add(1, Ordering::SeqCst);
        context.barrier()?;
        if context.partition_id().0 == 0 {
            return Err(anyhow::anyhow!("attempt {}", context.stage_attempt().attempt_id));
        }
        context.barrier()?;
        Ok(())
    };
    let error = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    let StageError::TaskFailed { stage_attempt, partition, failure, attempts, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!((stage_attempt.attempt_id.0, partition.0, attempts), (3, 0, 4));
    assert_eq!(failure.to_string(), "attempt 3");
    assert_eq!(calls.load(Ordering::SeqCst), 8);
    assert_eq!(ground.told().len(), 4);
}

#[test]
fn four_attempts_are_made_unless_it_is_said_otherwise() {
    let ground = Ground::new(1);
    let stage = barrier::BarrierStage::builder(&ground.coordinator, &ground.pool).build().unwrap();
    let error = soon(move || stage.map_partitions(vec![()], |_, ()| Err::<(), _>("never"))).unwrap_err();
    assert!(matches!(error, StageError::TaskFailed { attempts: 4, .. }), "{error:?}");
}

#[test]
fn a_task_that_fails_while_another_computes_fails_the_attempt_only() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(2).build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| {
        if context.stage_attempt().attempt_id.0 > 0 {
            return context.barrier().map_err(|error| error.to_string());
        }
        if context.partition_id().0 == 0 {
            return Err("at once".to_owned());
        }
        crate::support::wait_until(|| context.ended().is_some());
        Err("interrupted".to_owned())
    };
    soon(move || stage.map_partitions(vec![(); 2], work)).unwrap();
    let told = ground.told();
    let cause = "killed: the task of partition 0 failed: at once";
    assert_eq!(told[0].ends(), ["0 alloc::string::String: at once".to_owned(), format!("1 {cause}")]);
    assert_eq!(told[1].ends_by_partition(), ["0 success", "1 success"]);
}

#[test]
fn inputs_are_there_for_every_attempt_and_go_with_the_last() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(3).build().unwrap();
    let input = std::sync::Arc::new(7);
    let inputs = vec![std::sync::Arc::clone(&input), std::sync::Arc::clone(&input)];
    let work = |context: &mut BarrierTaskContext, input: &std::sync::Arc<i32>| {
        let attempt = context.stage_attempt().attempt_id.0;
        if attempt < 2 { Err("again") } else { Ok(**input + attempt) }
    };
    assert_eq!(soon(move || stage.map_partitions(inputs, work)).unwrap(), [9, 9]);
    assert_eq!(std::sync::Arc::strong_count(&input), 1, "nothing of the stage is left");
}

#[test]
fn attempts_count_from_the_first_one_given() {
    let ground = Ground::new(1);
    let stage = ground.stage().first_attempt(7).max_attempts(2).build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.stage_attempt().attempt_id.0 {
        7 => Err("again"),
        attempt => Ok(attempt),
    };
    assert_eq!(soon(move || stage.map_partitions(vec![()], work)).unwrap(), [8]);
}

#[test]
fn an_abort_after_a_failure_ends_the_stage() {
    let ground = Ground::new(1);
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let handle = Mutex::new(stage.handle());
    let work = move |_: &mut BarrierTaskContext, (): &()| {
        handle.lock().unwrap().abort("no more");
        Err::<(), _>("boom")
    };
    let error = soon(move || stage.map_partitions(vec![()], work)).unwrap_err();
    assert!(matches!(&error, StageError::Aborted { reason, .. } if &**reason == "no more"), "{error:?}");
    assert_eq!(ground.told().len(), 1);
}

#[test]
fn a_round_that_times_out_names_the_missing_and_is_tried_again() {
    let coordinator = barrier::BarrierCoordinator::builder().timeout(crate::support::SHORT).build().unwrap();
    let pool = barrier::SlotPool::local(2);
    let stage = barrier::BarrierStage::builder(&coordinator, &pool).max_attempts(2).build().unwrap();
    let work = |context: &mut BarrierTaskContext, (): &()| match context.partition_id().0 {
        1 => {
            crate::support::wait_until(|| context.ended().is_some());
            Ok(())
        }
        _ => context.barrier(),
    };
    let error = soon(move || stage.map_partitions(vec![(); 2], work)).unwrap_err();
    let StageError::TaskFailed { partition, attempts: 2, failure: TaskFailure::Barrier(failure), .. } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(partition.0, 0);
    let BarrierError::TimedOut { missing, .. } = *failure else { panic!("{failure:?}") };
    assert_eq!(crate::support::numbers(&missing), [1]);
}
