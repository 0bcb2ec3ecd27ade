//! A server that stops answers all who wait.

use std::time::Duration;

use barrier::grpc::v1;
use barrier::grpc::v1::sync_response::Outcome;
use barrier::{BarrierError, Gone};
use tokio::task::JoinSet;

use crate::support::{NEVER, Served, arrival, gang, task, within};

#[tokio::test]
async fn a_server_that_stops_answers_all_who_wait_and_ends() {
    // Nobody is left behind for being late: all connections must end.
    let served = Served::with(|builder| builder.stop_within(Duration::from_hours(1)));
    let mut waits = JoinSet::new();
    for partition in 0..4 {
        let mut context = served.client().await.context(task(6, partition)).unwrap();
        waits.spawn(async move { context.barrier_async().await });
    }
    let mut bare = served.bare().await;
    let wait_millis = u64::try_from(NEVER.as_millis()).unwrap();
    let call = tokio::spawn(async move {
        bare.sync(v1::SyncRequest { arrival: Some(arrival(6, 4)), wait_millis }).await
    });
    let idle = served.client().await;
    served.until_arrived(&[0, 1, 2, 3, 4]).await;

    assert!(served.stop().await.is_ok());
    let gone = BarrierError::CoordinatorGone { stage_attempt: gang(), why: Gone::Stopped };
    assert_eq!(within(waits.join_all()).await, vec![Err(gone); 4]);
    let Some(Outcome::Failure(failure)) = within(call).await.unwrap().unwrap().into_inner().outcome else {
        panic!()
    };
    assert_eq!(failure.reason, "coordinator_gone");
    within(idle.close()).await;
}
