//! Stages whose tasks are async do as those whose tasks are threads.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use barrier::{
    BarrierCoordinator, BarrierError, BarrierTaskContext, SlotWait, StageAttempt, StageError, TaskFailure,
};
use tokio::sync::oneshot;

use crate::stage_support::{Deaf, Ground};
use crate::stage_tokio::{Counted, soon, until};
use crate::support::{SHORT, SOON};

#[tokio::test]
async fn results_come_in_the_order_of_the_inputs() {
    let ground = Ground::new(3);
    let stage = ground.stage().build().unwrap();
    let work = async |mut context: BarrierTaskContext, input: Arc<u64>| {
        context.barrier_async().await?;
        let all = context.all_gather_text_async(input.to_string()).await?;
        Ok::<_, BarrierError>((context.partition_id().0, all.join(" ")))
    };
    let results = soon(stage.map_partitions_async(vec![7, 8, 9], work)).await.unwrap();
    assert_eq!(results, (0..3).map(|partition| (partition, "7 8 9".to_owned())).collect::<Vec<_>>());
    let told = ground.told_once();
    assert_eq!(told.ends_by_partition(), ["0 success", "1 success", "2 success"]);
    assert_eq!(told.failure(), None);
    ground.assert_all_free();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_runs_in_any_task_of_a_runtime() {
    let ground = Ground::new(4);
    let stage = ground.stage().build().unwrap();
    let work = |mut context: BarrierTaskContext, _| async move { context.barrier_async().await };
    let running = tokio::spawn(stage.map_partitions_async(vec![(); 4], work));
    assert_eq!(soon(running).await.unwrap().unwrap().len(), 4);
    ground.assert_all_free();
}

#[tokio::test]
async fn without_inputs_there_is_no_stage() {
    let ground = Ground::new(0);
    let stage = ground.stage().build().unwrap();
    let work = |_, _: Arc<u8>| async { Err::<(), _>("not called") };
    assert!(soon(stage.map_partitions_async(Vec::new(), work)).await.unwrap().is_empty());
    assert!(ground.events().is_empty());
}

#[test]
fn a_stage_outside_tokio_is_an_error() {
    let ground = Ground::new(1);
    let stage = ground.stage().build().unwrap();
    let running = stage.map_partitions_async(vec![()], |_, _| async { Ok::<_, String>(()) });
    let polled = pin!(running).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(StageError::NoRuntime { .. }))), "{polled:?}");
    assert!(ground.events().is_empty());
}

/// Partition 2 fails once partition 0 waits in the barrier; partition 1 waits for something else.
async fn fail_while_others_wait(
    mut context: BarrierTaskContext,
    heard: Arc<Mutex<Option<BarrierError>>>,
    coordinator: BarrierCoordinator,
) -> Result<(), String> {
    match context.partition_id().0 {
        0 => {
            let error = context.barrier_async().await.unwrap_err();
            *heard.lock().unwrap() = Some(error.clone());
            Err(error.to_string())
        }
        1 => pending().await,
        _ => {
            let gangs = || coordinator.snapshot().gangs;
            until(|| gangs().first().is_some_and(|gang| gang.arrived.as_slice().len() == 1)).await;
            Err("boom".to_owned())
        }
    }
}

#[tokio::test]
async fn a_task_inside_the_barrier_gets_the_first_cause_and_others_are_dropped() {
    let ground = Ground::new(3);
    let stage = ground.stage().build().unwrap();
    let (heard, dropped) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
    let (told, counts, coordinator) = (Arc::clone(&heard), Arc::clone(&dropped), ground.coordinator.clone());
    let work = move |context: BarrierTaskContext, _: Arc<()>| {
        let counted = Counted(Arc::clone(&counts));
        let task = fail_while_others_wait(context, Arc::clone(&told), coordinator.clone());
        async move {
            let _counted = counted;
            task.await
        }
    };
    let error = soon(stage.map_partitions_async(vec![(); 3], work)).await.unwrap_err();
    assert!(matches!(&error, StageError::TaskFailed { partition, .. } if partition.0 == 2), "{error:?}");
    let heard = heard.lock().unwrap().take();
    assert!(matches!(&heard, Some(BarrierError::Aborted { reason, .. }) if &**reason == "boom"), "{heard:?}");
    assert_eq!(dropped.load(Ordering::SeqCst), 3);
    let told = ground.told_once();
    assert_eq!(told.ends()[0], "2 alloc::string::String: boom");
    let killed = "killed: the task of partition 2 failed: boom";
    assert_eq!(told.ends_by_partition()[..2], [format!("0 {killed}"), format!("1 {killed}")]);
    ground.assert_all_free();
}

/// Partition 0 waits in the barrier, and partition 1 fails when it is told to.
async fn fail_when_told(
    mut context: BarrierTaskContext,
    told: Option<oneshot::Receiver<()>>,
    heard: Option<oneshot::Sender<BarrierError>>,
) -> Result<(), String> {
    if context.partition_id().0 == 0 {
        let error = context.barrier_async().await.unwrap_err();
        heard.expect("one waits").send(error).expect("the test listens");
    } else {
        told.expect("one fails").await.expect("the test tells");
    }
    Err("boom".to_owned())
}

#[tokio::test]
async fn the_first_cause_reaches_the_others_while_nobody_drives_the_stage() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let ((tell, told), (hear, heard)) = (oneshot::channel(), oneshot::channel());
    let ends = Mutex::new((Some(told), Some(hear)));
    let work = move |context: BarrierTaskContext, _: Arc<()>| {
        let (told, hear) = &mut *ends.lock().unwrap();
        let is_first = context.partition_id().0 == 0;
        let (told, hear) = if is_first { (None, hear.take()) } else { (told.take(), None) };
        fail_when_told(context, told, hear)
    };
    let mut running = Box::pin(stage.map_partitions_async(vec![(); 2], work));
    let gangs = || ground.coordinator.snapshot().gangs;
    tokio::select! {
        biased;
        ended = &mut running => panic!("{ended:?}"),
        () = until(|| gangs().first().is_some_and(|gang| gang.arrived.as_slice().len() == 1)) => {}
    }
    tell.send(()).expect("the task waits");
    let heard = soon(heard).await.expect("told, though the stage is not polled");
    assert!(matches!(&heard, BarrierError::Aborted { reason, .. } if &**reason == "boom"), "{heard:?}");
    assert!(matches!(soon(running).await, Err(StageError::TaskFailed { partition, .. }) if partition.0 == 1));
}

#[tokio::test]
async fn a_panic_is_a_failure_with_its_text() {
    let before = |_: BarrierTaskContext, _: Arc<()>| -> std::future::Pending<Result<(), String>> {
        panic!("before its future")
    };
    let inside = async |_: BarrierTaskContext, _: Arc<()>| -> Result<(), String> {
        tokio::task::yield_now().await;
        panic!("inside")
    };
    let ground = Ground::new(1);
    let stage = ground.stage().build().unwrap();
    let first = soon(stage.map_partitions_async(vec![()], before)).await.unwrap_err();
    let stage = ground.stage().build().unwrap();
    let second = soon(stage.map_partitions_async(vec![()], inside)).await.unwrap_err();
    for (error, expected) in [(first, "before its future"), (second, "inside")] {
        let StageError::TaskFailed { failure: TaskFailure::Panicked { text }, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(&*text, expected);
    }
    let ends: Vec<_> = ground.told().iter().flat_map(crate::stage_support::Told::ends).collect();
    assert_eq!(ends, ["0 panic: before its future", "0 panic: inside"]);
    ground.assert_all_free();
}

/// The first time, partition 1 fails after a round, and partition 0 leaves its context behind; the second time, that
/// context is used again.
async fn fail_once(
    mut context: BarrierTaskContext,
    kept: Arc<Mutex<Option<BarrierTaskContext>>>,
) -> anyhow::Result<u64> {
    assert_eq!(context.barrier_epoch(), 0);
    context.barrier_async().await?;
    match (context.stage_attempt().attempt_id.0, context.partition_id().0) {
        (0, 0) => {
            *kept.lock().unwrap() = Some(context);
            return pending().await;
        }
        (0, _) => anyhow::bail!("the first time"),
        _ => {}
    }
    let straggler = kept.lock().unwrap().take();
    if let Some(mut straggler) = straggler {
        assert_eq!(straggler.barrier_epoch(), 1);
        let error = straggler.barrier_async().await.unwrap_err();
        let is_first = |reason: &str| reason == "the first time";
        assert!(matches!(error.first_cause(), BarrierError::Aborted { reason, .. } if is_first(reason)));
    }
    context.barrier_async().await?;
    Ok(context.barrier_epoch())
}

#[tokio::test]
async fn a_new_attempt_is_fresh_and_stragglers_are_refused() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(2).build().unwrap();
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let work = move |context: BarrierTaskContext, _: Arc<()>| fail_once(context, Arc::clone(&keep));
    assert_eq!(soon(stage.map_partitions_async(vec![(); 2], work)).await.unwrap(), [2, 2]);
    assert!(kept.lock().unwrap().is_none(), "the context was kept, and used");
    assert_eq!(ground.told().len(), 2);
    ground.assert_all_free();
}

#[tokio::test]
async fn a_stage_can_be_aborted_killed_and_late() {
    let work = |mut context: BarrierTaskContext, _: Arc<()>| async move {
        match context.partition_id().0 {
            0 => context.barrier_async().await,
            _ => pending().await,
        }
    };
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let handle = stage.handle();
    let (aborted, ()) = soon(async {
        let abort = async {
            until(|| ground.pool.snapshot().free == 0).await;
            assert!(handle.abort("enough"));
        };
        tokio::join!(stage.map_partitions_async(vec![(); 2], work), abort)
    })
    .await;
    assert!(matches!(aborted, Err(StageError::Aborted { .. })), "{aborted:?}");

    let stage = ground.stage().build().unwrap();
    let handle = stage.handle();
    let (killed, ()) = soon(async {
        let kill = until(|| handle.kill_task(1, "told to"));
        tokio::join!(stage.map_partitions_async(vec![(); 2], work), kill)
    })
    .await;
    let failure = TaskFailure::Killed { reason: "told to".into() };
    assert!(
        matches!(&killed, Err(StageError::TaskFailed { failure: how, .. }) if *how == failure),
        "{killed:?}"
    );

    let stage = ground.stage().deadline(SHORT).build().unwrap();
    let late = soon(stage.map_partitions_async(vec![(); 2], work)).await;
    assert!(matches!(late, Err(StageError::DeadlineExceeded { .. })), "{late:?}");
    assert_eq!(ground.told().len(), 3);
    ground.assert_all_free();
}

/// Partition 1 fails once partition 0 blocks its thread.
fn block_or_fail(
    context: &BarrierTaskContext,
    deaf: &Deaf,
    entered: &Mutex<Receiver<()>>,
) -> Result<(), &'static str> {
    if context.partition_id().0 == 0 {
        deaf.block();
        return Ok(());
    }
    entered.lock().unwrap().recv_timeout(SOON).unwrap();
    Err("boom")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_task_that_blocks_its_thread_is_left_behind() {
    let ground = Ground::new(2);
    let stage = ground.stage().max_attempts(4).abandon_after(SHORT).build().unwrap();
    let (deaf, entered, release) = Deaf::new();
    let entered = Arc::new(Mutex::new(entered));
    let work = move |context: BarrierTaskContext, _: Arc<()>| {
        let (deaf, entered) = (Arc::clone(&deaf), Arc::clone(&entered));
        async move { block_or_fail(&context, &deaf, &entered) }
    };
    let error = soon(stage.map_partitions_async(vec![(); 2], work)).await.unwrap_err();
    let StageError::Stuck { partitions, .. } = &error else { panic!("{error:?}") };
    assert_eq!(crate::support::numbers(partitions), [0]);
    assert_eq!(ground.told_once().ends()[1], "0 killed: the task of partition 1 failed: boom");
    assert_eq!(ground.pool.snapshot().free, 1);
    drop(release);
    until(|| ground.pool.snapshot().free == 2).await;
    assert_eq!(ground.told().len(), 1);
}

#[tokio::test]
async fn a_gang_whose_tasks_need_no_context_is_not_idle() {
    let coordinator = BarrierCoordinator::builder().idle_ttl(Duration::from_millis(1)).build().unwrap();
    let pool = barrier::SlotPool::local(1);
    let stage = barrier::BarrierStage::builder(&coordinator, &pool).max_attempts(1).build().unwrap();
    let (go, gone) = oneshot::channel::<()>();
    let gone = Mutex::new(Some(gone));
    let work = move |_: BarrierTaskContext, _: Arc<()>| {
        let gone = gone.lock().unwrap().take();
        async move { gone.expect("called once").await }
    };
    let other_expires = async {
        until(|| coordinator.snapshot().gangs.len() == 1).await;
        let mut after = 0;
        // Gangs that are made later expire, one after the other.
        while after < 3 {
            let task = barrier::BarrierTask::new(StageAttempt::new(100 + after, 0), 1, 0, 0);
            drop(coordinator.context(task).unwrap());
            until(|| coordinator.snapshot().gangs.len() == 1).await;
            after += 1;
        }
        go.send(()).expect("the task waits");
    };
    let (result, ()) =
        soon(async { tokio::join!(stage.map_partitions_async(vec![()], work), other_expires) }).await;
    assert_eq!(result.unwrap(), [()]);
}

#[tokio::test]
async fn slots_can_be_waited_for_in_tokio() {
    let pool = barrier::SlotPool::local(2);
    let held = pool.acquire_async(1, SlotWait::default()).await.unwrap();
    let wait = SlotWait::default().timeout(SHORT);
    assert!(soon(pool.acquire_async(2, wait)).await.is_err());
    let few = SlotWait::default().check_interval(Duration::from_millis(1)).max_check_failures(1);
    assert!(soon(pool.acquire_async(3, few)).await.is_err());
    assert_eq!(pool.snapshot().waiting, 0);

    let mut waiting = Box::pin(pool.acquire_async(2, SlotWait::default()));
    tokio::select! {
        biased;
        granted = &mut waiting => panic!("{granted:?}"),
        () = until(|| pool.snapshot().waiting == 1) => {}
    }
    drop(held);
    assert_eq!(soon(waiting).await.unwrap().slots().len(), 2);
    assert_eq!(pool.snapshot().free, 2);
}
