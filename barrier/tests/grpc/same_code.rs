//! A task's code does not see whether its coordinator is here or elsewhere.

use barrier::grpc::GrpcCoordinator;
use barrier::{BarrierCoordinator, BarrierError, BarrierTask, BarrierTaskContext, SyncKind};
use bytes::Bytes;
use tokio::task::JoinSet;

use crate::support::{Served, gang, task, within};

/// What gives out contexts.
trait Coordinator {
    fn context_of(&self, task: BarrierTask) -> Result<BarrierTaskContext, BarrierError>;
}

impl Coordinator for BarrierCoordinator {
    fn context_of(&self, task: BarrierTask) -> Result<BarrierTaskContext, BarrierError> {
        self.context(task)
    }
}

impl Coordinator for GrpcCoordinator {
    fn context_of(&self, task: BarrierTask) -> Result<BarrierTaskContext, BarrierError> {
        self.context(task)
    }
}

const TASKS: usize = 5;

/// The code of a task: it meets, exchanges, and meets again.
async fn work(mut context: BarrierTaskContext) -> Result<(u64, Vec<String>, usize), BarrierError> {
    context.barrier_async().await?;
    let partition = context.partition_id();
    let texts = context.all_gather_text_async(format!("from {partition}")).await?;
    context.barrier_async().await?;
    let bytes = context.all_gather_async(vec![7_u8; 100_000]).await?.iter().map(Bytes::len).sum();
    Ok((context.barrier_epoch(), texts, bytes))
}

async fn run(coordinator: &impl Coordinator) -> Vec<Result<(u64, Vec<String>, usize), BarrierError>> {
    let mut tasks = JoinSet::new();
    for partition in 0..5 {
        tasks.spawn(work(coordinator.context_of(task(TASKS, partition)).unwrap()));
    }
    within(tasks.join_all()).await
}

#[tokio::test]
async fn the_code_of_a_task_is_the_same_here_and_elsewhere() {
    let here = BarrierCoordinator::builder().build().unwrap();
    let expected: Vec<_> = (0..TASKS).map(|partition| format!("from {partition}")).collect();
    let served = Served::start();
    let elsewhere = served.client().await;
    for outcomes in [run(&here).await, run(&elsewhere).await] {
        assert_eq!(outcomes, vec![Ok((4, expected.clone(), 500_000)); TASKS]);
    }
}

/// Two tasks that do not call the same.
async fn quarrel(coordinator: &impl Coordinator) -> (BarrierError, BarrierError, BarrierError) {
    let mut one = coordinator.context_of(task(2, 0)).unwrap();
    let mut other = coordinator.context_of(task(2, 1)).unwrap();
    let (first, second) =
        within(async { tokio::join!(one.barrier_async(), other.all_gather_async("x")) }).await;
    let later = one.barrier_async().await.unwrap_err();
    (first.unwrap_err(), second.unwrap_err(), later)
}

#[tokio::test]
async fn a_broken_rule_ends_the_gang_with_the_same_error_here_and_elsewhere() {
    let here = BarrierCoordinator::builder().build().unwrap();
    let served = Served::start();
    let elsewhere = served.client().await;
    let (told_here, told_elsewhere) = (quarrel(&here).await, quarrel(&elsewhere).await);
    assert_eq!(told_here, told_elsewhere);
    let (first, second, later) = told_elsewhere;
    assert!(matches!(first, BarrierError::MixedKinds { first: SyncKind::Barrier, .. }), "{first}");
    assert_eq!(first, second);
    assert_eq!(later.reason(), "attempt_dead");
    assert_eq!(later.first_cause(), &first);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_gang_and_names_who_sent_it() {
    let served = Served::start();
    let client = served.client().await;
    let mut small = client.context(task(2, 0)).unwrap();
    let mut large = client.context(task(2, 1)).unwrap();
    let message = vec![0_u8; (5 << 20) + 1];
    let (one, other) =
        within(async { tokio::join!(small.all_gather_async("x"), large.all_gather_async(message)) }).await;
    let error = one.unwrap_err();
    let BarrierError::MessageTooLarge { partition, bytes, limit, .. } = &error else { panic!("{error}") };
    assert_eq!((partition.0, *bytes, *limit), (1, (5 << 20) + 1, 1 << 20));
    assert_eq!(other.unwrap_err().first_cause(), &error);
}

#[tokio::test]
async fn tasks_that_join_know_each_others_addresses() {
    let served = Served::start();
    let (one, other) = (served.client().await, served.client().await);
    let joined = async { tokio::join!(one.join(task(2, 0), "host-a:1"), other.join(task(2, 1), "host-b:2")) };
    let (one, other) = within(joined).await;
    for context in [one.unwrap(), other.unwrap()] {
        let addresses: Vec<_> = context.task_infos().iter().map(|info| &*info.address).collect();
        assert_eq!(addresses, ["host-a:1", "host-b:2"]);
        assert_eq!(context.barrier_epoch(), 1);
    }
}

#[tokio::test]
async fn a_task_that_computes_learns_that_its_gang_was_aborted() {
    let served = Served::start();
    let (one, other) = (served.client().await, served.client().await);
    let aborts = one.context(task(2, 0)).unwrap();
    let computes = other.context(task(2, 1)).unwrap();
    aborts.abort("no more rows");
    let end = within(computes.ended_async()).await;
    assert_eq!(end.to_string(), format!("{} was aborted by the task of partition 0: no more rows", gang()));
    assert_eq!(aborts.ended(), Some(end));
}

#[tokio::test]
async fn a_context_dropped_right_after_its_abort_still_aborts() {
    let served = Served::start();
    let (one, other) = (served.client().await, served.client().await);
    let computes = other.context(task(2, 1)).unwrap();
    one.context(task(2, 0)).unwrap().abort("over");
    one.close().await;
    assert_eq!(within(computes.ended_async()).await.reason(), "aborted");
}

#[tokio::test]
async fn a_wait_that_is_dropped_takes_the_task_out_of_the_round() {
    let served = Served::start();
    let client = served.client().await;
    let mut one = client.context(task(2, 0)).unwrap();
    let mut other = client.context(task(2, 1)).unwrap();
    let waits = tokio::spawn(async move {
        tokio::select! {
            waited = one.barrier_async() => panic!("the other has not come: {waited:?}"),
            () = served.until_arrived(&[0]) => {}
        }
        served.until_arrived(&[]).await;
        (one, served)
    });
    let (mut one, _served) = within(waits).await.unwrap();
    let (first, second) = within(async { tokio::join!(one.barrier_async(), other.barrier_async()) }).await;
    assert_eq!((first, second), (Ok(()), Ok(())));
}
