//! An async stage that is dropped ends, and leaves nothing behind.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use barrier::BarrierTaskContext;
use tokio::sync::oneshot;

use crate::stage_support::Ground;
use crate::stage_tokio::{Counted, until};
use crate::support::wait_until;

#[tokio::test]
async fn a_dropped_stage_ends_its_gang_and_tells_so() {
    let ground = Ground::new(3);
    let stage = ground.stage().max_attempts(4).build().unwrap();
    let handle = stage.handle();
    let dropped = Arc::new(AtomicUsize::new(0));
    let (drops, ends) = (Arc::clone(&dropped), ground.count_ends());
    let work = move |mut context: BarrierTaskContext, _: Arc<()>| {
        let counted = Counted(Arc::clone(&drops));
        async move {
            let _counted = counted;
            match context.partition_id().0 {
                0 => Ok(()),
                1 => context.barrier_async().await,
                _ => pending().await,
            }
        }
    };
    let running = stage.map_partitions_async(vec![(); 3], work);
    tokio::select! {
        biased;
        ended = running => panic!("{ended:?}"),
        () = until(|| ends() == 1) => {}
    }
    // Told at once, by whoever dropped it; the tasks themselves go as soon as the runtime gets to them.
    let told = ground.told_once();
    let killed = "killed: the stage was dropped while it ran";
    let expected = ["0 success".to_owned(), format!("1 {killed}"), format!("2 {killed}")];
    assert_eq!(told.ends_by_partition(), expected);
    assert!(told.failure().is_some_and(|reason| reason.contains("the stage was dropped while it ran")));
    assert!(!handle.abort("too late"));
    until(|| ground.pool.snapshot().free == 3).await;
    assert_eq!(dropped.load(Ordering::SeqCst), 3);
    assert!(ground.coordinator.snapshot().gangs.is_empty());
    assert_eq!(ground.told().len(), 1);
}

#[tokio::test]
async fn a_dropped_stage_tells_the_ends_it_had_not_told_yet() {
    let ground = Ground::new(2);
    let stage = ground.stage().build().unwrap();
    let (tell, told) = oneshot::channel::<()>();
    let told = Mutex::new(Some(told));
    let work = move |context: BarrierTaskContext, _: Arc<()>| {
        let is_first = context.partition_id().0 == 0;
        let told = told.lock().unwrap().take_if(|_| is_first);
        async move {
            match told {
                Some(told) => told.await,
                None => pending().await,
            }
        }
    };
    let mut running = Box::pin(stage.map_partitions_async(vec![(); 2], work));
    tokio::select! {
        biased;
        ended = &mut running => panic!("{ended:?}"),
        () = until(|| ground.pool.snapshot().free == 0) => {}
    }
    tell.send(()).expect("the task waits");
    until(|| ground.pool.snapshot().free == 1).await;
    drop(running);
    let killed = "1 killed: the stage was dropped while it ran";
    assert_eq!(ground.told_once().ends(), ["0 success", killed]);
}

#[tokio::test]
async fn a_stage_dropped_while_it_waits_for_slots_has_not_begun() {
    let ground = Ground::new(2);
    let held = ground.pool.try_acquire(1).unwrap();
    let stage = ground.stage().build().unwrap();
    let running = stage.map_partitions_async(vec![(); 2], |_, _| async { Err::<(), _>("not called") });
    tokio::select! {
        biased;
        ended = running => panic!("{ended:?}"),
        () = until(|| ground.pool.snapshot().waiting == 1) => {}
    }
    assert_eq!(ground.pool.snapshot().waiting, 0);
    assert!(ground.events().is_empty());
    drop(held);
    ground.assert_all_free();
}

#[test]
fn a_runtime_that_ends_takes_the_stage_along() {
    let ground = Ground::new(3);
    let stage = ground.stage().build().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let ends = ground.count_ends();
    let work = |mut context: BarrierTaskContext, _: Arc<()>| async move {
        match context.partition_id().0 {
            0 => Ok(()),
            1 => context.barrier_async().await,
            _ => pending().await,
        }
    };
    drop(runtime.spawn(stage.map_partitions_async(vec![(); 3], work)));
    wait_until(|| ends() == 1);
    drop(runtime);
    let told = ground.told_once();
    assert_eq!(told.ends()[0], "0 success");
    assert!(told.failure().is_some());
    ground.assert_all_free();
}
