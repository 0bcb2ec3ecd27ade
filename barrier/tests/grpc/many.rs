//! Many tasks, few connections.

use std::time::Duration;

use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::{BarrierTask, BarrierTaskContext, StageAttempt};
use tokio::task::JoinSet;

use crate::bare::BareSession;
use crate::support::{NEVER, Served, participant, task, within};

#[tokio::test]
async fn a_thousand_tasks_share_one_connection() {
    // No time at all to come back, but all the time to be heard of.
    let served = Served::with(|builder| builder.reconnect_within(Duration::from_millis(1)).lost_after(NEVER));
    let client = served.client().await;
    let mut waits = JoinSet::new();
    for partition in 0..1_000 {
        let mut context: BarrierTaskContext = client.context(task(1_000, partition)).unwrap();
        waits.spawn(async move {
            context.barrier_async().await?;
            let texts = context.all_gather_text_async(partition.to_string()).await?;
            Ok::<_, barrier::BarrierError>(texts)
        });
    }
    let expected: Vec<_> = (0..1_000).map(|partition| partition.to_string()).collect();
    for texts in within(waits.join_all()).await {
        assert_eq!(texts.as_ref(), Ok(&expected));
    }
    let stays = served.coordinator.context(task(1_000, 0)).unwrap();
    within(client.close()).await;
    // All have left, so that the end of the connection lost nobody. This one has not, and is missed after them.
    let elsewhere = v1::StageAttempt { stage_id: 8, attempt_id: 0 };
    let gone = v1::Participant { stage_attempt: Some(elsewhere), ..participant(2, 0) };
    let mut session = BareSession::open(&served).await;
    session.ask(Ask::Attend(gone)).await;
    session.until_heard().await;
    let witness = served.coordinator.context(BarrierTask::new(StageAttempt::new(8, 0), 2, 1, 1)).unwrap();
    drop(session);
    assert_eq!(within(witness.ended_async()).await.reason(), "task_lost");
    assert_eq!(stays.ended(), None);
}
