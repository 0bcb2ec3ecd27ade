//! Every answer comes out as it went in, and what makes no sense is named.

use listener_bus::events::{ExecutorId, StageId, TaskEndReason};
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::completion::{AfterDoubt, Completion};
use crate::executors::ExecutorRefused;
use crate::policy::Doubt;
use crate::verdict::{Denial, DenialReason, StageStartError, Verdict};

prop_compose! {
    fn any_task()(stage: i32, stage_attempt: i32, partition: i32, attempt: i64) -> TaskAttempt {
        TaskAttempt::new(stage, stage_attempt, partition, attempt)
    }
}

prop_compose! {
    fn any_id()(stage_attempt: i32, attempt: i64) -> AttemptId {
        AttemptId { stage_attempt_id: StageAttemptId(stage_attempt), attempt_number: AttemptNumber(attempt) }
    }
}

prop_compose! {
    fn any_token()(number: u64) -> FencingToken {
        FencingToken::new(number)
    }
}

prop_compose! {
    fn any_permit()(task in any_task(), token in any_token()) -> CommitPermit {
        CommitPermit::granted(task, token)
    }
}

fn any_partition() -> impl Strategy<Value = PartitionId> {
    any::<i32>().prop_map(PartitionId)
}

fn aborted() -> impl Strategy<Value = DenialReason> {
    (any_partition(), any_id())
        .prop_map(|(partition_id, holder)| DenialReason::StageAborted { partition_id, holder })
}

fn any_reason() -> impl Strategy<Value = DenialReason> {
    prop_oneof![
        (any_id(), any_token()).prop_map(|(holder, token)| DenialReason::CommittedBy { holder, token }),
        any_id().prop_map(|holder| DenialReason::HeldBy { holder }),
        any_id().prop_map(|holder| DenialReason::OutcomeUnknown { holder }),
        Just(DenialReason::AttemptFailed),
        Just(DenialReason::AttemptEnded),
        aborted(),
        Just(DenialReason::StageEnded),
        Just(DenialReason::UnknownStage),
        any_partition().prop_map(|max_partition_id| DenialReason::PartitionOutOfRange { max_partition_id }),
        Just(DenialReason::Stopped),
    ]
}

fn any_refusal(task: TaskAttempt) -> impl Strategy<Value = ExecutorRefused> {
    let id = "[a-z0-9-]{1,9}".prop_map(ExecutorId::from);
    (id, ".{0,9}").prop_flat_map(move |(executor_id, text)| {
        let (id, other) = (executor_id.clone(), executor_id.clone());
        prop_oneof![
            Just(ExecutorRefused::Unknown { executor_id }),
            Just(ExecutorRefused::Removed { executor_id: id, reason: text.as_str().into() }),
            Just(ExecutorRefused::NotItsAttempt { executor_id: other, task, runs_on: text.into() }),
        ]
    })
}

fn any_answer() -> impl Strategy<Value = (TaskAttempt, Answer)> {
    (any_task(), any_token()).prop_flat_map(|(task, token)| {
        let denied = move |reason| Ok(Verdict::Denied(Denial { task, reason }));
        let answer = prop_oneof![
            Just(Ok(Verdict::Granted(CommitPermit::granted(task, token)))),
            any_reason().prop_map(denied),
            any_refusal(task).prop_map(Err),
        ];
        answer.prop_map(move |answer| (task, answer))
    })
}

fn any_completion() -> impl Strategy<Value = Completion> {
    let next =
        prop_oneof![Just(AfterDoubt::StageAborted), Just(AfterDoubt::Resolving), Just(AfterDoubt::Regranted)];
    prop_oneof![
        any_permit().prop_map(Completion::Committed),
        any_permit().prop_map(Completion::Freed),
        (any_permit(), next).prop_map(|(permit, next)| Completion::Unknown { permit, next }),
        Just(Completion::Recorded),
        Just(Completion::NotHolder),
        (any_id(), any_token()).prop_map(|(by, token)| Completion::Superseded { by, token }),
        Just(Completion::Duplicate),
        Just(Completion::StageEnded),
        Just(Completion::UnknownStage),
        any_partition().prop_map(|max_partition_id| Completion::PartitionOutOfRange { max_partition_id }),
        Just(Completion::Stopped),
    ]
}

fn any_start(stage_id: StageId, asked: PartitionId) -> impl Strategy<Value = Result<bool, StageStartError>> {
    prop_oneof![
        any::<bool>().prop_map(Ok),
        any_partition().prop_map(move |max_partition_id| {
            Err(StageStartError::PartitionsDiffer { stage_id, max_partition_id, asked })
        }),
        any_partition().prop_map(move |limit| Err(StageStartError::PartitionOutOfRange {
            stage_id,
            asked,
            limit
        })),
        aborted().prop_map(move |reason| Err(StageStartError::Aborted { stage_id, reason })),
        Just(Err(StageStartError::Stopped { stage_id })),
    ]
}

/// As it is when it has gone over a wire.
fn sent<M: Message + Default>(message: &M) -> M {
    M::decode(message.encode_to_vec().as_slice()).unwrap()
}

proptest! {
    #[test]
    fn every_verdict_survives_the_wire((task, answer) in any_answer()) {
        let response = sent(&v1::CanCommitResponse::of(task, answer.clone()));
        prop_assert_eq!(super::answer(response), Ok(answer));
    }

    #[test]
    fn every_denial_tells_its_advice_and_its_reason_in_words(task in any_task(), reason in any_reason()) {
        let response = v1::CanCommitResponse::of(task, Ok(Verdict::Denied(Denial { task, reason: reason.clone() })));
        let Some(v1::can_commit_response::Outcome::Denied(denial)) = sent(&response).outcome else { panic!() };
        let waits = reason.advice() == crate::verdict::Advice::Wait;
        prop_assert_eq!(denial.advice() == v1::Advice::Wait, waits);
        prop_assert_eq!(denial.advice() == v1::Advice::GiveUp, !waits);
        prop_assert_eq!(denial.message, reason.to_string());
    }

    #[test]
    fn every_completion_survives_the_wire(completion in any_completion()) {
        let response = sent(&v1::TaskCompletedResponse::from(completion.clone()));
        prop_assert_eq!(Completion::try_from(response), Ok(completion));
    }

    #[test]
    fn every_start_of_a_stage_survives_the_wire(
        (stage, asked, start) in (any::<i32>(), any::<i32>()).prop_flat_map(|(stage, asked)| {
            let (stage, asked) = (StageId(stage), PartitionId(asked));
            (Just(stage), Just(asked), any_start(stage, asked))
        })
    ) {
        let response = sent(&v1::StageStartResponse::from(start.clone()));
        prop_assert_eq!(started(stage, asked, response), Ok(start));
    }
}

/// One of each kind.
fn ends() -> Vec<TaskEndReason> {
    let read = |json: &str| serde_json::from_str(json).unwrap();
    vec![
        TaskEndReason::SUCCESS,
        read(r#"{"Reason":"Resubmitted"}"#),
        read(r#"{"Reason":"FetchFailed","Shuffle ID":1,"Map ID":2,"Reduce ID":3,"Message":"gone"}"#),
        read(r#"{"Reason":"ExceptionFailure","Class Name":"E","Description":"gone"}"#),
        read(r#"{"Reason":"TaskResultLost"}"#),
        read(r#"{"Reason":"TaskKilled","Kill Reason":"gone"}"#),
        read(r#"{"Reason":"TaskCommitDenied"}"#),
        read(r#"{"Reason":"ExecutorLostFailure","Loss Reason":"gone"}"#),
        read(r#"{"Reason":"UnknownReason"}"#),
    ]
}

#[test]
fn every_kind_of_end_survives_the_wire_with_what_there_is_to_say() {
    use crate::completion::Ending;
    for end in ends() {
        let request = sent(&v1::TaskCompletedRequest::of(TaskAttempt::default(), &end));
        let arrived = request.reason().unwrap();
        assert_eq!(std::mem::discriminant(&arrived), std::mem::discriminant(&end));
        let words = serde_json::to_string(&arrived).unwrap().contains("gone");
        assert_eq!(words, serde_json::to_string(&end).unwrap().contains("gone"), "{arrived:?}");
        for doubt in [Doubt::LostHolder, Doubt::AnyFailure] {
            assert_eq!(Ending::of(&arrived, doubt), Ending::of(&end, doubt), "{end:?}");
        }
    }
}

#[test]
fn a_kind_of_end_that_is_not_known_here_may_have_committed() {
    let end: TaskEndReason = serde_json::from_str(r#"{"Reason":"OfTheFuture"}"#).unwrap();
    let request = v1::TaskCompletedRequest::of(TaskAttempt::default(), &end);
    assert_eq!(request.kind(), v1::TaskEndKind::UnknownReason);
}

#[test]
fn a_text_for_people_is_cut_between_characters() {
    let text = "\u{1f600}".repeat(LONGEST_TEXT);
    assert_eq!(cut(&text).len(), LONGEST_TEXT);
    assert_eq!(cut(&text[..8]), &text[..8]);
    assert_eq!(cut(&format!("x{text}")).len(), LONGEST_TEXT - 3);
}

#[test]
fn an_answer_without_its_facts_is_malformed() {
    use v1::can_commit_response::Outcome;
    use v1::denial_reason::Reason;
    let task = Some(v1::TaskAttempt::default());
    let denied = |reason| {
        Outcome::Denied(v1::Denial {
            task,
            reason: Some(v1::DenialReason { reason: Some(reason) }),
            ..v1::Denial::default()
        })
    };
    for (outcome, field) in [
        (None, "outcome"),
        (Some(Outcome::Granted(v1::Permit::default())), "permit.task"),
        (Some(Outcome::Denied(v1::Denial { task, ..v1::Denial::default() })), "denied.reason"),
        (Some(denied(Reason::CommittedBy(v1::CommittedBy::default()))), "committed_by.holder"),
        (Some(denied(Reason::StageAborted(v1::StageAborted::default()))), "stage_aborted.holder"),
        (Some(Outcome::ExecutorRefused(v1::ExecutorRefused::default())), "executor_refused.reason"),
    ] {
        let malformed = answer(v1::CanCommitResponse { outcome }).unwrap_err();
        assert_eq!(malformed.field, field);
    }
}
