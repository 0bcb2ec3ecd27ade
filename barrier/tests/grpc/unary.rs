//! The calls for clients that hold no stream open.

use std::time::Duration;

use barrier::grpc::v1;
use barrier::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use barrier::grpc::v1::sync_response::Outcome;
use barrier::{BarrierError, Silence};
use bytes::Bytes;
use tonic::Code;
use tonic::transport::Channel;

use crate::support::{NEVER, Served, arrival, gang, gang_on_the_wire, participant, task, within};

type Client = BarrierCoordinatorClient<Channel>;

fn request(arrival: v1::Arrival, wait: Duration) -> v1::SyncRequest {
    v1::SyncRequest { arrival: Some(arrival), wait_millis: u64::try_from(wait.as_millis()).unwrap() }
}

async fn sync(client: &mut Client, request: v1::SyncRequest) -> Outcome {
    within(client.sync(request)).await.unwrap().into_inner().outcome.unwrap()
}

fn gather(num_tasks: u64, partition: i32, epoch: u64) -> v1::Arrival {
    let message = Bytes::from(format!("{partition} in {epoch}"));
    let kind = v1::SyncKind::AllGather.into();
    v1::Arrival { epoch, kind, message, ..arrival(num_tasks, partition) }
}

/// What a worker of any language does: asks until it has the answer.
async fn worker(mut client: Client, partition: i32) -> Vec<Vec<Bytes>> {
    let mut rounds = Vec::new();
    for epoch in 0..5 {
        let messages = loop {
            let asked = request(gather(3, partition, epoch), Duration::from_millis(1));
            match sync(&mut client, asked).await {
                Outcome::Pending(_) => tokio::task::yield_now().await,
                Outcome::Released(messages) => break messages.messages,
                Outcome::Failure(failure) => panic!("{}", failure.message),
            }
        };
        rounds.push(messages);
    }
    rounds
}

#[tokio::test]
async fn workers_that_only_call_meet_in_every_round() {
    let served = Served::start();
    let client = served.bare().await;
    let workers = (0..3).map(|partition| tokio::spawn(worker(client.clone(), partition)));
    let expected: Vec<Vec<_>> = (0..5)
        .map(|epoch| (0..3).map(|partition| Bytes::from(format!("{partition} in {epoch}"))).collect())
        .collect();
    for worker in workers.collect::<Vec<_>>() {
        assert_eq!(within(worker).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_task_that_is_told_to_ask_again_stays_in_its_round_and_gets_the_answer_later() {
    let served = Served::with(|builder| builder.lost_after(NEVER));
    let mut client = served.bare().await;
    for _ in 0..3 {
        let outcome = sync(&mut client, request(arrival(2, 0), Duration::ZERO)).await;
        assert_eq!(outcome, Outcome::Pending(v1::Pending {}));
    }
    served.until_arrived(&[0]).await;
    // Nobody asks for the first task now, and the round is complete all the same.
    let mut other = served.client().await.context(task(2, 1)).unwrap();
    assert_eq!(within(other.barrier_async()).await, Ok(()));
    let outcome = sync(&mut client, request(arrival(2, 0), Duration::ZERO)).await;
    assert_eq!(outcome, Outcome::Released(v1::Messages { messages: vec![] }));
}

#[tokio::test]
async fn the_server_bounds_how_long_a_call_may_take() {
    let served = Served::with(|builder| builder.max_wait(Duration::from_millis(1)));
    let outcome = sync(&mut served.bare().await, request(arrival(2, 0), Duration::from_hours(1))).await;
    assert_eq!(outcome, Outcome::Pending(v1::Pending {}));
}

#[tokio::test]
async fn a_call_that_is_cut_off_takes_the_task_out_and_it_must_come_back() {
    let soon = Duration::from_millis(100);
    let served = Served::with(|builder| builder.reconnect_within(soon).lost_after(NEVER));
    let mut client = served.bare().await;
    let computes = served.coordinator.context(task(2, 1)).unwrap();
    for _ in 0..2 {
        let outcome = sync(&mut client, request(arrival(2, 0), Duration::ZERO)).await;
        assert_eq!(outcome, Outcome::Pending(v1::Pending {}));
    }
    {
        let mut call = Box::pin(client.sync(request(arrival(2, 0), NEVER)));
        let counted = served.until_duplicates(2);
        tokio::select! {
            answer = &mut call => panic!("nobody else has come: {answer:?}"),
            () = counted => {}
        }
    }
    served.until_arrived(&[]).await;
    let silence = Silence::Disconnected;
    let lost = BarrierError::TaskLost { stage_attempt: gang(), partition: 0.into(), silence, within: soon };
    assert_eq!(within(computes.ended_async()).await, lost);
}

#[tokio::test]
async fn a_task_that_does_not_ask_again_is_missed() {
    let soon = Duration::from_millis(100);
    let served = Served::with(|builder| builder.lost_after(soon));
    let computes = served.coordinator.context(task(2, 1)).unwrap();
    let outcome = sync(&mut served.bare().await, request(arrival(2, 0), Duration::ZERO)).await;
    assert_eq!(outcome, Outcome::Pending(v1::Pending {}));
    assert_eq!(within(computes.ended_async()).await.reason(), "task_lost");
}

#[tokio::test]
async fn a_task_that_gives_signs_of_life_is_missed_when_it_stops() {
    let soon = Duration::from_millis(100);
    let served = Served::with(|builder| builder.lost_after(soon));
    let computes = served.coordinator.context(task(2, 1)).unwrap();
    let mut client = served.bare().await;
    let beat = v1::HeartbeatRequest { participant: Some(participant(2, 0)) };
    assert_eq!(within(client.heartbeat(beat)).await.unwrap().into_inner().failure, None);
    let silence = Silence::NoHeartbeat;
    let lost = BarrierError::TaskLost { stage_attempt: gang(), partition: 0.into(), silence, within: soon };
    assert_eq!(within(computes.ended_async()).await, lost);
    let failure = within(client.heartbeat(beat)).await.unwrap().into_inner().failure.unwrap();
    assert_eq!((failure.reason.as_str(), failure.is_fatal), ("attempt_dead", true));
}

#[tokio::test]
async fn a_task_that_has_left_is_not_missed() {
    // Long enough for the first task to leave, whatever else this machine does.
    let served = Served::with(|builder| builder.lost_after(Duration::from_secs(3)));
    let watches = served.coordinator.context(task(3, 2)).unwrap();
    let mut client = served.bare().await;
    for partition in [0, 1] {
        let beat = v1::HeartbeatRequest { participant: Some(participant(3, partition)) };
        within(client.heartbeat(beat)).await.unwrap();
        if partition == 0 {
            let leave = v1::LeaveRequest { participant: Some(participant(3, 0)) };
            within(client.leave(leave)).await.unwrap();
        }
    }
    // The first one to be silent for too long; had the other not left, it would be that.
    let BarrierError::TaskLost { partition, .. } = within(watches.ended_async()).await else { panic!() };
    assert_eq!(partition.0, 1);
}

#[tokio::test]
async fn a_gang_can_be_aborted_and_completed_from_elsewhere() {
    let served = Served::start();
    let mut client = served.bare().await;
    let aborted = served.coordinator.context(task(2, 1)).unwrap();
    let (stage_attempt, reason) = (Some(gang_on_the_wire()), "an operator".to_owned());
    let abort = v1::AbortRequest { stage_attempt, partition_id: None, reason };
    assert!(within(client.abort(abort.clone())).await.unwrap().into_inner().was_live);
    assert!(!within(client.abort(abort)).await.unwrap().into_inner().was_live);
    assert_eq!(
        aborted.ended().unwrap().to_string(),
        format!("{} was aborted by the driver: an operator", gang())
    );

    let next = v1::StageAttempt { attempt_id: 2, ..gang_on_the_wire() };
    let mut next_task = task(2, 1);
    next_task.stage_attempt.attempt_id = 2.into();
    let completed = served.coordinator.context(next_task).unwrap();
    let complete = v1::CompleteStageRequest { stage_attempt: Some(next) };
    assert!(within(client.complete_stage(complete)).await.unwrap().into_inner().was_live);
    assert_eq!(completed.ended().unwrap().reason(), "stage_completed");
}

#[tokio::test]
async fn a_failure_tells_its_facts_and_is_no_grpc_error() {
    let served = Served::start();
    let mut client = served.bare().await;
    let ahead = v1::Arrival { epoch: 4, ..arrival(2, 0) };
    let Outcome::Failure(failure) = sync(&mut client, request(ahead, Duration::ZERO)).await else { panic!() };
    assert_eq!((failure.reason.as_str(), failure.is_fatal), ("future_epoch", false));
    let Some(v1::failure::Cause::FutureEpoch(facts)) = failure.cause else { panic!() };
    assert_eq!((facts.partition_id, facts.epoch, facts.current), (0, 4, 0));
}

#[tokio::test]
async fn a_request_that_makes_no_sense_names_the_field() {
    let served = Served::start();
    let mut client = served.bare().await;
    let nobody = v1::Arrival { participant: None, ..arrival(2, 0) };
    let no_gang = v1::Participant { stage_attempt: None, ..participant(2, 0) };
    let of_no_gang = v1::Arrival { participant: Some(no_gang), ..arrival(2, 0) };
    let no_kind = v1::Arrival { kind: 0, ..arrival(2, 0) };
    let strange = v1::Arrival { kind: 9, ..arrival(2, 0) };
    let cases = [
        (None, "arrival"),
        (Some(nobody), "participant"),
        (Some(of_no_gang), "participant.stage_attempt"),
        (Some(no_kind), "kind"),
        (Some(strange), "kind"),
    ];
    for (arrival, field) in cases {
        let status = within(client.sync(v1::SyncRequest { arrival, wait_millis: 0 })).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(&format!("{field} is ")), "{field}: {}", status.message());
    }
}
