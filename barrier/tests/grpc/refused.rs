//! What concerns one task alone.

use barrier::{BarrierError, BarrierTask};

use crate::support::{Served, gang, task, within};

#[tokio::test]
async fn a_second_attempt_at_a_partition_is_refused_and_the_gang_goes_on() {
    let served = Served::start();
    let mut holder = served.client().await.context(task(2, 0)).unwrap();
    let wait = tokio::spawn(async move { holder.barrier_async().await });
    served.until_arrived(&[0]).await;
    let mut second = served.client().await.context(BarrierTask::new(gang(), 2, 0, 999)).unwrap();
    let refused = within(second.barrier_async()).await.unwrap_err();
    assert_eq!(refused.reason(), "partition_taken");
    let mut other = served.client().await.context(task(2, 1)).unwrap();
    assert_eq!(within(other.barrier_async()).await, Ok(()));
    assert_eq!(within(wait).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_task_of_an_old_attempt_is_told_that_a_newer_one_has_begun() {
    let served = Served::start();
    let client = served.client().await;
    let old = client.context(task(2, 0)).unwrap();
    served.until(|known| known.stage_attempt == gang()).await;
    let mut newer = task(1, 0);
    newer.stage_attempt.attempt_id = 2.into();
    let mut new = served.client().await.context(newer).unwrap();
    assert_eq!(within(new.barrier_async()).await, Ok(()));
    let end = BarrierError::Superseded { stage_attempt: gang(), newest: 2.into() };
    assert_eq!(within(old.ended_async()).await, end);
    drop(old);
    let mut straggler = served.client().await.context(task(2, 1)).unwrap();
    assert_eq!(within(straggler.barrier_async()).await, Err(end));
}
