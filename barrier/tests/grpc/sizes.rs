//! Messages that are too large end their gang for all, and large ones arrive.

use barrier::grpc::v1;
use barrier::grpc::v1::sync_response::Outcome;
use barrier::{BarrierError, RoundId};
use bytes::Bytes;
use tokio::task::JoinSet;

use crate::support::{Served, arrival, gang, task, within};

/// The largest message of these servers.
const LIMIT: usize = 1 << 20;

fn too_large(bytes: usize) -> BarrierError {
    let round = RoundId { stage_attempt: gang(), epoch: 0 };
    BarrierError::MessageTooLarge { round, partition: 0.into(), bytes, limit: LIMIT }
}

async fn sync(served: &Served, arrival: v1::Arrival) -> v1::Failure {
    let arrival = v1::Arrival { kind: v1::SyncKind::AllGather.into(), ..arrival };
    let request = v1::SyncRequest { arrival: Some(arrival), wait_millis: 0 };
    let outcome = within(served.bare().await.sync(request)).await.unwrap().into_inner().outcome.unwrap();
    let Outcome::Failure(failure) = outcome else { panic!("{outcome:?}") };
    failure
}

#[tokio::test]
async fn a_call_with_a_message_that_is_too_large_ends_the_gang_for_all() {
    let served = Served::start();
    let other = served.coordinator.context(task(2, 1)).unwrap();
    let bytes = 5 * LIMIT;
    let message = Bytes::from(vec![0; bytes]);
    let failure = sync(&served, v1::Arrival { message, ..arrival(2, 0) }).await;
    assert_eq!((failure.reason.as_str(), failure.is_fatal), ("message_too_large", true));
    assert_eq!(other.ended(), Some(too_large(bytes)));
}

#[tokio::test]
async fn a_call_may_leave_a_message_out_that_is_too_large() {
    let served = Served::start();
    let other = served.coordinator.context(task(2, 1)).unwrap();
    let bytes = 1 << 30;
    let failure = sync(&served, v1::Arrival { left_out_bytes: 1 << 30, ..arrival(2, 0) }).await;
    assert_eq!((failure.reason.as_str(), failure.is_fatal), ("message_too_large", true));
    assert_eq!(other.ended(), Some(too_large(bytes)));
}

#[tokio::test]
async fn a_message_that_is_too_large_is_judged_after_the_epoch() {
    let served = Served::start();
    let other = served.coordinator.context(task(2, 1)).unwrap();
    let failure = sync(&served, v1::Arrival { left_out_bytes: 1 << 30, epoch: 4, ..arrival(2, 0) }).await;
    assert_eq!(failure.reason, "future_epoch");
    assert_eq!(other.ended(), None);
}

#[tokio::test]
async fn a_round_larger_than_any_single_response_reaches_every_client() {
    let served = Served::start();
    let (one, other) = (served.client().await, served.client().await);
    let mut tasks = JoinSet::new();
    for (partition, client) in (0..8).zip([&one, &other].into_iter().cycle()) {
        let mut context = client.context(task(8, partition)).unwrap();
        tasks.spawn(async move { context.all_gather_async(vec![7_u8; LIMIT]).await });
    }
    for messages in within(tasks.join_all()).await {
        assert_eq!(messages.unwrap().iter().map(Bytes::len).sum::<usize>(), 8 * LIMIT);
    }
}
