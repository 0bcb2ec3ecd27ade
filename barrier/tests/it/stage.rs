//! A stage runs its tasks as a gang, and gives their results.

use std::time::Duration;

use barrier::{
    BarrierError, BarrierStage, BarrierTaskContext, SlotPool, StageAttempt, StageBuildError, StageError,
    TaskFailure, TaskIds,
};
use listener_bus::events::{StageId, TaskId};

use crate::stage_support::{Ground, soon};
use crate::support::patient;

#[test]
fn results_come_in_the_order_of_the_inputs() {
    let ground = Ground::new(4);
    let stage = ground.stage().build().unwrap();
    let work = |context: &mut BarrierTaskContext, input: &u64| {
        context.barrier()?;
        let all = context.all_gather_text(input.to_string())?;
        Ok::<_, BarrierError>((context.partition_id().0, all.join(" "), context.num_tasks()))
    };
    let results = soon(move || stage.map_partitions(vec![10, 11, 12, 13], work)).unwrap();
    let all = "10 11 12 13";
    assert_eq!(results, (0..4).map(|partition| (partition, all.to_owned(), 4)).collect::<Vec<_>>());
    ground.assert_all_free();
}

#[test]
fn a_gang_of_one_needs_nobody() {
    let ground = Ground::new(1);
    let stage = ground.stage().build().unwrap();
    let results =
        soon(move || stage.map_partitions(vec!["a"], |context, _| context.all_gather_text("hello")));
    assert_eq!(results.unwrap(), [["hello"]]);
}

#[test]
fn without_inputs_there_is_no_stage() {
    let ground = Ground::new(0);
    let stage = ground.stage().build().unwrap();
    let handle = stage.handle();
    let results = soon(move || stage.map_partitions(Vec::<u8>::new(), |_, _| Err::<(), _>("not called")));
    assert!(results.unwrap().is_empty());
    assert!(ground.events().is_empty());
    assert!(!handle.abort("too late"), "the stage is over");
}

#[test]
fn each_task_has_a_thread_that_says_which_task_it_is() {
    let ground = Ground::new(2);
    let stage = ground.stage().stage_id(3).build().unwrap();
    let name = |_: &mut BarrierTaskContext, (): &()| {
        Ok::<_, String>(std::thread::current().name().unwrap_or_default().to_owned())
    };
    let names = soon(move || stage.map_partitions(vec![(), ()], name)).unwrap();
    assert_eq!(names, ["stage-3.0-task-0", "stage-3.0-task-1"]);
}

#[test]
fn tasks_are_told_the_hosts_of_their_slots() {
    let pool = SlotPool::builder().executor("1", "east", 1).executor("2", "west", 2).build().unwrap();
    let ground = Ground::of(pool);
    let stage = ground.stage().build().unwrap();
    let hosts = |context: &mut BarrierTaskContext, (): &()| {
        Ok::<_, String>(context.task_infos().iter().map(|info| info.address.to_string()).collect::<Vec<_>>())
    };
    let all = soon(move || stage.map_partitions(vec![(); 3], hosts)).unwrap();
    assert_eq!(all, vec![["east", "west", "west"]; 3]);
    let told = ground.told_once();
    let places: Vec<_> =
        told.started.iter().map(|info| (info.executor_id.as_str(), info.host.as_str())).collect();
    assert_eq!(places, [("1", "east"), ("2", "west"), ("2", "west")]);
}

/// How the only task failed.
#[track_caller]
fn failure(work: impl FnOnce(BarrierStage) -> Result<Vec<()>, StageError> + Send + 'static) -> TaskFailure {
    let ground = Ground::new(1);
    let stage = ground.stage().build().unwrap();
    match soon(move || work(stage)) {
        Err(StageError::TaskFailed { failure, .. }) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_task_may_fail_with_any_error() {
    let text = failure(|stage| stage.map_partitions(vec![()], |_, ()| Err("plain text")));
    assert_eq!(text, TaskFailure::Error { error_type: "&str", text: "plain text".into() });

    let io = failure(|stage| stage.map_partitions(vec![()], |_, ()| Err(std::io::Error::other("disk"))));
    assert_eq!(io.to_string(), "disk");

    let with_cause = |_: &mut BarrierTaskContext, (): &()| {
        let root: Result<(), _> = Err(std::io::Error::other("disk full"));
        anyhow::Context::context(root, "cannot write the shard")
    };
    let anyhow = failure(move |stage| stage.map_partitions(vec![()], with_cause));
    assert_eq!(anyhow.to_string(), "cannot write the shard: disk full");

    let of_sync = BarrierError::StageCompleted { stage_attempt: StageAttempt::new(9, 9) };
    let expected = TaskFailure::Barrier(Box::new(of_sync.clone()));
    let barrier = failure(move |stage| stage.map_partitions(vec![()], move |_, ()| Err(of_sync.clone())));
    assert_eq!(barrier, expected);
}

#[test]
fn a_panic_is_a_failure_with_its_text() {
    let fixed =
        failure(|stage| stage.map_partitions(vec![()], |_, ()| -> Result<(), String> { panic!("fixed") }));
    assert_eq!(fixed, TaskFailure::Panicked { text: "fixed".into() });

    let made = |_: &mut BarrierTaskContext, (): &()| -> Result<(), String> { panic!("made of {}", 2) };
    let made = failure(move |stage| stage.map_partitions(vec![()], made));
    assert_eq!(made, TaskFailure::Panicked { text: "made of 2".into() });
}

#[test]
fn five_partitions_do_not_fit_in_four_slots() {
    let local = SlotPool::local(4);
    let four = |pool| {
        (1..=4).fold(pool, |pool: barrier::SlotPoolBuilder, id| pool.executor(id.to_string(), "host", 3))
    };
    let cluster = four(SlotPool::builder()).cpus_per_task(2).build().unwrap();
    for pool in [local, cluster] {
        for kind in [listener_bus::events::TaskType::Result, listener_bus::events::TaskType::ShuffleMap] {
            let ground = Ground::of(pool.clone());
            let stage = ground.stage().stage_id(8).task_type(kind);
            let stage = stage.check_interval(Duration::from_millis(1)).max_check_failures(3).build().unwrap();
            let error = soon(move || stage.map_partitions(vec![(); 5], |_, ()| Err::<(), _>("not called")));
            let error = error.unwrap_err();
            let StageError::NotEnoughSlots { stage_id, needed, total, checks } = error else {
                panic!("{error:?}")
            };
            assert_eq!((stage_id, needed, total, checks), (StageId(8), 5, 4, 4));
            assert!(ground.events().is_empty(), "a stage without slots does not begin");
            ground.assert_all_free();
        }
    }
}

#[test]
fn the_checks_have_the_defaults_of_spark() {
    let wait = barrier::SlotWait::default();
    assert_eq!((wait.check_interval, wait.max_check_failures), (Duration::from_secs(15), 40));
}

#[test]
fn a_stage_that_others_keep_from_its_slots_says_so() {
    let ground = Ground::new(2);
    let _held = ground.pool.try_acquire(1).unwrap();
    let stage = ground.stage().slots_timeout(Duration::from_millis(5)).build().unwrap();
    let error = soon(move || stage.map_partitions(vec![(); 2], |_, ()| Err::<(), _>("not called")));
    let error = error.unwrap_err();
    assert!(matches!(error, StageError::SlotsTimedOut { needed: 2, free: 1, total: 2, .. }), "{error:?}");
}

#[test]
fn a_stage_waits_for_its_executors() {
    let ground = Ground::new(1);
    let stage = ground.stage().check_interval(Duration::from_hours(1)).build().unwrap();
    let (pool, coming) = (ground.pool.clone(), ground.pool.clone());
    let result = crate::stage_support::begin(move || {
        stage.map_partitions(vec![(); 2], |context, ()| context.barrier())
    });
    crate::support::wait_until(|| pool.snapshot().waiting == 1);
    coming.add_executor("new", "host", 1).unwrap();
    assert_eq!(result.recv_timeout(crate::support::SOON).unwrap().unwrap(), [(), ()]);
}

#[test]
fn nonsense_is_refused_before_anything_runs() {
    let ground = Ground::new(1);
    let refused = |builder: barrier::BarrierStageBuilder| builder.stage_id(1).build().unwrap_err();
    let stage_id = StageId(1);
    let zero = |setting| StageBuildError::Zero { stage_id, setting };
    assert_eq!(refused(ground.stage().max_attempts(0)), zero("max_attempts"));
    assert_eq!(refused(ground.stage().deadline(Duration::ZERO)), zero("deadline"));
    let negative = StageBuildError::Negative { stage_id, setting: "first_attempt" };
    assert_eq!(refused(ground.stage().first_attempt(-1)), negative);
    let below = ground.stage().stage_id(-1).build().unwrap_err();
    assert_eq!(below, StageBuildError::Negative { stage_id: StageId(-1), setting: "stage_id" });
    let many = refused(ground.stage().first_attempt(i32::MAX).max_attempts(2));
    assert!(matches!(many, StageBuildError::TooManyAttempts { max_attempts: 2, .. }), "{many:?}");
    assert!(ground.stage().first_attempt(i32::MAX).max_attempts(1).build().is_ok());
}

#[test]
fn stages_and_tasks_get_numbers_of_their_own() {
    let ground = Ground::new(2);
    for expected in 0..3 {
        let stage = ground.stage().build().unwrap();
        assert_eq!(stage.stage_id(), StageId(expected));
        soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap();
    }
    let ids: Vec<_> =
        ground.told().iter().flat_map(|told| &told.started).map(|info| info.task_id.0).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn task_numbers_can_be_shared_with_another_scheduler() {
    let ground = Ground::new(2);
    let ids = TaskIds::starting_at(TaskId(100));
    assert_eq!(ids.next_id(), TaskId(100));
    let stage = ground.stage().task_ids(&ids).build().unwrap();
    soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap();
    let used: Vec<_> = ground.told_once().started.iter().map(|info| info.task_id.0).collect();
    assert_eq!((used, ids.next_id()), (vec![101, 102], TaskId(103)));
}

#[test]
fn a_stage_number_that_is_taken_is_an_error_and_harms_nobody() {
    let ground = Ground::new(4);
    let other = crate::support::gang_of::<2>(&ground.coordinator, StageAttempt::new(5, 0));
    let ids = TaskIds::starting_at(TaskId(100));
    let stage = ground.stage().stage_id(5).task_ids(&ids).build().unwrap();
    let error = soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap_err();
    let taken = |error: &BarrierError| matches!(error, BarrierError::PartitionTaken { .. });
    assert!(matches!(&error, StageError::Barrier(error) if taken(error)), "{error:?}");
    let met = crate::support::run(other, |mut context| context.barrier());
    assert_eq!(met, [Ok(()), Ok(())]);
    assert!(ground.events().is_empty());
    ground.assert_all_free();
}

#[test]
fn a_gang_that_the_coordinator_refuses_gives_its_slots_back() {
    let coordinator = patient().max_tasks(1).build().unwrap();
    let pool = SlotPool::local(2);
    let stage = BarrierStage::builder(&coordinator, &pool).build().unwrap();
    let error = soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap_err();
    let refused = |error: &BarrierError| matches!(error, BarrierError::NumberOfTasksRefused { limit: 1, .. });
    assert!(matches!(&error, StageError::Barrier(error) if refused(error)), "{error:?}");
    assert_eq!(pool.snapshot().free, 2);
}

#[test]
fn a_stage_needs_no_bus_and_does_not_keep_one_alive() {
    let coordinator = patient().build().unwrap();
    let pool = SlotPool::local(2);
    let stage = BarrierStage::builder(&coordinator, &pool).build().unwrap();
    soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap();

    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    drop(ground);
    soon(move || stage.map_partitions(vec![(); 2], |context, ()| context.barrier())).unwrap();
}

#[test]
fn stages_of_two_pools_do_not_meet_by_accident() {
    let coordinator = patient().build().unwrap();
    for _ in 0..2 {
        let stage = BarrierStage::builder(&coordinator, &SlotPool::local(1)).build().unwrap();
        let done = stage.map_partitions(vec![()], |context, ()| context.barrier());
        assert_eq!(done.unwrap(), [()]);
    }
}
