//! A task that has come back elsewhere: what its old connection holds goes, and what it still says is of the past.

use std::time::{Duration, Instant};

use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::grpc::v1::sync_response::Outcome;
use barrier::{BarrierError, BarrierTask, Silence, StageAttempt};

use crate::bare::BareSession;
use crate::support::{NEVER, Served, arrival, gang, gang_on_the_wire, participant, task, within};

fn gather(num_tasks: u64, partition: i32) -> v1::Arrival {
    v1::Arrival { kind: v1::SyncKind::AllGather.into(), ..arrival(num_tasks, partition) }
}

/// A call of `Sync` that does not wait.
async fn sync(served: &Served, arrival: v1::Arrival) -> Outcome {
    let request = v1::SyncRequest { arrival: Some(arrival), wait_millis: 0 };
    within(served.bare().await.sync(request)).await.unwrap().into_inner().outcome.unwrap()
}

fn patient() -> Served {
    Served::with(|builder| builder.reconnect_within(NEVER).lost_after(NEVER))
}

#[tokio::test]
async fn a_session_gives_no_signs_of_life_for_a_task_that_has_come_back_in_a_call() {
    let lost_after = Duration::from_secs(2);
    let served = Served::with(|builder| builder.reconnect_within(NEVER).lost_after(lost_after));
    let mut old = BareSession::open(&served).await;
    let other_gang = StageAttempt::new(8, 0);
    let on_the_wire = v1::StageAttempt { stage_id: 8, attempt_id: 0 };
    old.ask(Ask::Attend(participant(2, 0))).await;
    old.ask(Ask::Attend(v1::Participant { stage_attempt: Some(on_the_wire), ..participant(2, 0) })).await;
    old.until_heard().await;
    let witness = served.coordinator.context(BarrierTask::new(other_gang, 2, 1, 1)).unwrap();
    let mut bare = served.bare().await;
    let wait_millis = u64::try_from(NEVER.as_millis()).unwrap();
    let request = v1::SyncRequest { arrival: Some(arrival(2, 0)), wait_millis };
    let call = tokio::spawn(async move { bare.sync(request).await });
    served.until_arrived(&[0]).await;

    // Signs of life are noted now and then; at least one of these is.
    let begun = Instant::now();
    while begun.elapsed() < lost_after / 4 {
        old.until_heard().await;
    }
    // The old session speaks for this one alone, and says no more.
    assert_eq!(within(witness.ended_async()).await.reason(), "task_lost");
    let mut other = served.coordinator.context(task(2, 1)).unwrap();
    assert_eq!(within(other.barrier_async()).await, Ok(()));
    let answer = within(call).await.unwrap().unwrap().into_inner().outcome;
    assert_eq!(answer, Some(Outcome::Released(v1::Messages::default())));
}

#[tokio::test]
async fn a_session_cannot_say_that_a_task_has_left_which_has_come_back_in_another() {
    let soon = Duration::from_millis(100);
    let served = Served::with(|builder| builder.reconnect_within(soon).lost_after(NEVER));
    let (mut old, mut new) = (BareSession::open(&served).await, BareSession::open(&served).await);
    let witness = served.coordinator.context(task(2, 1)).unwrap();
    old.ask(Ask::Attend(participant(2, 0))).await;
    old.until_heard().await;
    new.ask(Ask::Attend(participant(2, 0))).await;
    new.until_heard().await;
    old.ask(Ask::Leave(participant(2, 0))).await;
    old.until_heard().await;
    drop(new);
    let lost = BarrierError::TaskLost {
        stage_attempt: gang(),
        partition: 0.into(),
        silence: Silence::Disconnected,
        within: soon,
    };
    assert_eq!(within(witness.ended_async()).await, lost);
}

#[tokio::test]
async fn a_task_that_comes_back_and_does_not_wait_is_out_of_the_round_it_waited_in() {
    let served = patient();
    let (old, mut new) = (BareSession::open(&served).await, BareSession::open(&served).await);
    old.ask(Ask::Arrival(arrival(3, 0))).await;
    old.ask(Ask::Arrival(arrival(3, 2))).await;
    served.until_arrived(&[0, 2]).await;
    new.ask(Ask::Attend(participant(3, 0))).await;
    served.until_arrived(&[2]).await;

    // The late end of the old session takes out what is its own, and nothing else.
    new.ask(Ask::Arrival(arrival(3, 0))).await;
    served.until_arrived(&[0, 2]).await;
    drop(old);
    served.until_arrived(&[0]).await;
    new.ask(Ask::Arrival(arrival(3, 1))).await;
    new.ask(Ask::Arrival(arrival(3, 2))).await;
    assert_eq!(new.released().await.epoch, 0);
}

#[tokio::test]
async fn a_task_that_comes_back_may_call_something_else_than_it_gave_up() {
    let served = patient();
    let (old, mut new) = (BareSession::open(&served).await, BareSession::open(&served).await);
    old.ask(Ask::Arrival(arrival(3, 0))).await;
    old.ask(Ask::Arrival(arrival(3, 1))).await;
    served.until_arrived(&[0, 1]).await;
    new.ask(Ask::Attend(participant(3, 1))).await;
    new.until_heard().await;
    new.ask(Ask::Arrival(gather(3, 0))).await;
    new.until_heard().await;
    assert_eq!(sync(&served, gather(3, 1)).await, Outcome::Pending(v1::Pending {}));
    new.ask(Ask::Arrival(gather(3, 2))).await;
    assert_eq!(new.released().await.kind(), v1::SyncKind::AllGather);
}

#[tokio::test]
async fn a_call_takes_a_task_out_of_what_its_session_holds() {
    let served = patient();
    let mut old = BareSession::open(&served).await;
    old.ask(Ask::Arrival(arrival(2, 0))).await;
    served.until_arrived(&[0]).await;
    assert_eq!(sync(&served, gather(2, 0)).await, Outcome::Pending(v1::Pending {}));
    // What the session says of the task now is of the past.
    let (stage_attempt, partition_id) = (Some(gang_on_the_wire()), 0);
    old.ask(Ask::Withdraw(v1::Withdrawal { stage_attempt, partition_id, epoch: 0 })).await;
    old.ask(Ask::Arrival(arrival(2, 0))).await;
    old.until_heard().await;
    served.until_arrived(&[0]).await;
    let mut other = served.coordinator.context(task(2, 1)).unwrap();
    assert!(within(other.all_gather_async("x")).await.is_ok());
}

#[tokio::test]
async fn a_late_duplicate_of_a_finished_round_changes_nothing_in_the_next_one() {
    let served = patient();
    let mut session = BareSession::open(&served).await;
    for (partition, epoch) in [(0, 0), (1, 0), (0, 1), (0, 0)] {
        session.ask(Ask::Arrival(v1::Arrival { epoch, ..arrival(2, partition) })).await;
    }
    session.until_heard().await;
    served.until_arrived(&[0]).await;
    let (stage_attempt, partition_id) = (Some(gang_on_the_wire()), 0);
    session.ask(Ask::Withdraw(v1::Withdrawal { stage_attempt, partition_id, epoch: 1 })).await;
    served.until_arrived(&[]).await;

    let next = v1::Arrival { epoch: 1, ..arrival(2, 1) };
    assert_eq!(sync(&served, next).await, Outcome::Pending(v1::Pending {}));
    assert_eq!(sync(&served, arrival(2, 1)).await, Outcome::Released(v1::Messages::default()));
    served.until_arrived(&[1]).await;
    session.ask(Ask::Arrival(v1::Arrival { epoch: 1, ..arrival(2, 0) })).await;
    assert_eq!(session.released().await.epoch, 0);
    while session.released().await.epoch != 1 {}
}
