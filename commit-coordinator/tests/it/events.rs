//! What listeners of a bus are told.

use std::sync::mpsc::sync_channel;

use commit_coordinator::{
    CommitEvent, Denial, DenialReason, FencingToken, OutputCommitCoordinator, StageAborted, TaskAttempt,
};
use listener_bus::{LiveListenerBus, SchedulerEvent};
use proptest::prelude::*;

use crate::support::{attempt, denied, executor_lost, granted, id, with_stage_1};

#[test]
fn listeners_see_who_was_denied_and_why_and_what_became_of_lost_holders() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let (tell, told) = sync_channel(100);
    bus.add_to_shared_queue(move |event: &SchedulerEvent| tell.send(event.clone()).unwrap()).unwrap();
    bus.start().unwrap();
    let coordinator = with_stage_1(OutputCommitCoordinator::builder().announce_on(&bus));
    let permit = granted(coordinator.can_commit(attempt(0)));
    let reason = denied(coordinator.can_commit(attempt(1)));
    coordinator.task_completed(attempt(0), &executor_lost());
    assert!(bus.stop(crate::support::NEVER).is_ok());
    let events: Vec<_> = told.try_iter().collect();
    let denial = Denial { task: attempt(1), reason };
    let read: Vec<_> = events.iter().map(|event| CommitEvent::read(event).unwrap()).collect();
    let [CommitEvent::Denied(first), CommitEvent::OutcomeUnknown(lost), CommitEvent::StageAborted(aborted)] =
        &read[..]
    else {
        panic!("{read:?}")
    };
    assert_eq!((first, lost), (&denial, &permit));
    assert_eq!((aborted.stage_id.0, aborted.holder, aborted.token), (1, id(1, 0), permit.token()));
    // As documented, and through the log and back.
    let line = events[0].to_json();
    assert_eq!(
        line,
        concat!(
            r#"{"Event":"commit_coordinator.CommitDenied","Stage ID":1,"Stage Attempt ID":1,"Partition ID":2,"#,
            r#""Attempt Number":1,"Reason":"held_by","Holder":{"Stage Attempt ID":1,"Attempt Number":0}}"#
        )
    );
    assert_eq!(CommitEvent::read(&SchedulerEvent::from_json(&line).unwrap()).unwrap(), read[0]);
}

#[test]
fn a_bus_that_is_full_stopped_or_gone_changes_no_decision() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let coordinator = with_stage_1(OutputCommitCoordinator::builder().announce_on(&bus));
    granted(coordinator.can_commit(attempt(0)));
    denied(coordinator.can_commit(attempt(1)));
    bus.start().unwrap();
    assert!(bus.stop(crate::support::NEVER).is_ok());
    denied(coordinator.can_commit(attempt(1)));
    drop(bus);
    denied(coordinator.can_commit(attempt(1)));
}

fn reasons() -> impl Strategy<Value = DenialReason> {
    let (holder, token) = (id(3, -4), FencingToken::new(u64::MAX));
    let all = vec![
        DenialReason::CommittedBy { holder, token },
        DenialReason::HeldBy { holder },
        DenialReason::OutcomeUnknown { holder },
        DenialReason::AttemptFailed,
        DenialReason::AttemptEnded,
        DenialReason::StageAborted { partition_id: 5.into(), holder },
        DenialReason::StageEnded,
        DenialReason::UnknownStage,
        DenialReason::PartitionOutOfRange { max_partition_id: 6.into() },
        DenialReason::Stopped,
    ];
    assert_eq!(all.iter().map(DenialReason::as_str).collect::<Vec<_>>(), DenialReason::ALL);
    proptest::sample::select(all)
}

proptest! {
    #[test]
    fn every_event_survives_its_json(reason in reasons(), stage: i32, attempt: i32, partition: i32, number: i64) {
        let task = TaskAttempt::new(stage, attempt, partition, number);
        let event = CommitEvent::Denied(Denial { task, reason });
        let json = serde_json::to_string(&event).unwrap();
        let read = CommitEvent::read(&SchedulerEvent::from_json(&json).unwrap());
        prop_assert_eq!(read, Some(event), "{}", json);
    }
}

#[test]
fn an_aborted_stage_survives_its_json() {
    let json = r#"{"Event":"commit_coordinator.StageAborted","Stage ID":1,"Partition ID":2,"Holder":{"Stage Attempt ID":3,"Attempt Number":4},"Token":5}"#;
    let Some(event @ CommitEvent::StageAborted(StageAborted { token, .. })) =
        CommitEvent::read(&SchedulerEvent::from_json(json).unwrap())
    else {
        panic!("not read: {json}")
    };
    assert_eq!(token.get(), 5);
    assert_eq!(serde_json::to_string(&event).unwrap(), json);
}
