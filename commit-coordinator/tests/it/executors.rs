//! Executors that come and go, and what becomes of the grants they held.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use commit_coordinator::executors::{
    ExecutorProcess, ExecutorRefused, HeartbeatReceiver, HeartbeatReceiverError, HeartbeatResponse,
};
use commit_coordinator::{DenialReason, OutputCommitCoordinator, TaskAttempt, UnknownOutcome};
use listener_bus::events::TaskEndReason;
use listener_bus::{LiveListenerBus, SchedulerEvent};

use crate::support::{NEVER, SUCCESS, denied, failed, granted, until};

/// A coordinator with stage 1, of a million partitions.
fn regranting() -> OutputCommitCoordinator {
    let coordinator =
        OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant).build().unwrap();
    coordinator.stage_start(1, 999_999).unwrap();
    coordinator
}

/// Nobody is lost by being slow.
fn patient(coordinator: &OutputCommitCoordinator) -> HeartbeatReceiver {
    HeartbeatReceiver::builder(coordinator).lost_after(Duration::from_hours(1)).build().unwrap()
}

fn task(partition: i32, attempt: i64) -> TaskAttempt {
    TaskAttempt::new(1, 0, partition, attempt)
}

fn attempts(executors: &HeartbeatReceiver) -> usize {
    executors.snapshot().iter().map(|executor| executor.attempts).sum()
}

#[test]
fn an_unknown_executor_is_told_to_register_and_one_that_has_is_told_when_to_beat() {
    let executors = HeartbeatReceiver::builder(&regranting()).build().unwrap();
    assert_eq!(executors.heartbeat("e"), HeartbeatResponse::RegisterAgain);
    let registered = executors.register("e", "host", 4).unwrap();
    assert_eq!(registered.lost_after, Duration::from_mins(2));
    assert_eq!(registered.beat_every, Duration::from_secs(10));
    assert_eq!(executors.heartbeat("e"), HeartbeatResponse::Alive { beat_every: Duration::from_secs(10) });
    assert_eq!(executors.heartbeat(ExecutorProcess::new("e", 1)), HeartbeatResponse::RegisterAgain);
}

#[test]
fn a_receiver_that_loses_everybody_at_once_is_not_built() {
    let refused = HeartbeatReceiver::builder(&regranting()).lost_after(Duration::ZERO).build().unwrap_err();
    assert!(matches!(refused, HeartbeatReceiverError::Zero { .. }), "{refused}");
}

#[test]
fn what_a_lost_executor_held_is_in_doubt_and_what_others_hold_is_not() {
    let coordinator = regranting();
    let executors = patient(&coordinator);
    executors.register("lost", "a", 1).unwrap();
    executors.register("kept", "b", 1).unwrap();
    let first = granted(executors.can_commit("lost", task(0, 0)).unwrap());
    granted(executors.can_commit("kept", task(1, 0)).unwrap());
    granted(executors.can_commit("lost", task(2, 0)).unwrap());
    executors.task_completed(task(2, 0), &SUCCESS);
    assert!(executors.executor_lost("lost", "its rack burns"));
    assert!(!executors.executor_lost("lost", "again"));
    assert_eq!(coordinator.snapshot().counts.unknown, 1);
    assert!(granted(executors.can_commit("kept", task(0, 1)).unwrap()).token() > first.token());
    let reason = denied(executors.can_commit("kept", task(2, 1)).unwrap());
    assert!(matches!(reason, DenialReason::CommittedBy { .. }), "{reason}");
    let late = executors.can_commit("lost", task(0, 0)).unwrap_err();
    assert_eq!(late.to_string(), "executor lost was removed: its rack burns");
}

#[test]
fn a_lost_executor_aborts_the_stages_it_held_grants_of_unless_told_otherwise() {
    let coordinator = OutputCommitCoordinator::builder().build().unwrap();
    for stage in 1..=3 {
        coordinator.stage_start(stage, 0).unwrap();
    }
    let executors = patient(&coordinator);
    executors.register("e", "host", 1).unwrap();
    for stage in 1..=2 {
        granted(executors.can_commit("e", TaskAttempt::new(stage, 0, 0, 0)).unwrap());
    }
    executors.executor_lost("e", "gone");
    let aborted: Vec<_> = coordinator.snapshot().stages.iter().map(|stage| stage.is_aborted).collect();
    assert_eq!(aborted, [true, true, false]);
}

#[test]
fn a_panic_of_whoever_is_told_of_an_aborted_stage_does_not_hide_the_other_grants() {
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let coordinator = OutputCommitCoordinator::builder().on_stage_aborted(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        panic!("on purpose");
    });
    let coordinator = coordinator.build().unwrap();
    let executors = patient(&coordinator);
    executors.register("e", "host", 1).unwrap();
    for stage in 1..=3 {
        coordinator.stage_start(stage, 0).unwrap();
        granted(executors.can_commit("e", TaskAttempt::new(stage, 0, 0, 0)).unwrap());
    }
    assert!(executors.executor_lost("e", "gone"));
    assert_eq!(told.load(Ordering::SeqCst), 3);
    assert_eq!(coordinator.snapshot().counts.unknown, 3);
}

#[test]
fn a_silent_executor_is_removed_by_itself() {
    let coordinator = regranting();
    let executors =
        HeartbeatReceiver::builder(&coordinator).lost_after(Duration::from_millis(20)).build().unwrap();
    // On a machine that is busy it may be lost before it asks.
    let deadline = Instant::now() + NEVER;
    loop {
        executors.register("e", "host", 1).unwrap();
        if executors.can_commit("e", task(0, 0)).is_ok_and(|verdict| verdict.is_granted()) {
            break;
        }
        assert!(Instant::now() < deadline);
        executors.task_completed(task(0, 0), &failed());
        coordinator.stage_end(1);
        coordinator.stage_start(1, 999_999).unwrap();
    }
    until(&coordinator, |snapshot| snapshot.counts.unknown > 0 && executors.snapshot().is_empty());
    let refused = executors.can_commit("e", task(0, 0)).unwrap_err();
    assert!(
        matches!(&refused, ExecutorRefused::Removed { reason, .. } if reason.starts_with("no sign of life for "))
    );
    granted(coordinator.can_commit(task(0, 1)));
}

#[test]
fn an_executor_that_lives_keeps_its_name_and_its_grants() {
    let coordinator = OutputCommitCoordinator::builder().build().unwrap();
    coordinator.stage_start(1, 0).unwrap();
    let executors = patient(&coordinator);
    executors.register("e", "host", 1).unwrap();
    let permit = granted(executors.can_commit("e", task(0, 0)).unwrap());
    let other = ExecutorProcess::new("e", 1);
    let taken = executors.register(other.clone(), "host", 1).unwrap_err();
    assert_eq!((taken.executor_id.as_str(), taken.free_after), ("e", Duration::from_mins(15)));
    assert_eq!(executors.heartbeat(other), HeartbeatResponse::RegisterAgain);
    assert_eq!(coordinator.snapshot().counts.unknown, 0);
    assert_eq!(granted(executors.can_commit("e", task(0, 0)).unwrap()), permit);
}

#[test]
fn a_process_that_was_started_again_gets_in_once_the_one_before_is_silent() {
    let coordinator = regranting();
    let lost_after = Duration::from_secs(4);
    let executors = HeartbeatReceiver::builder(&coordinator).lost_after(lost_after).build().unwrap();
    executors.register("e", "host", 1).unwrap();
    let again = ExecutorProcess::new("e", 1);
    // Both are lost one way or the other on a machine that is busy; what was held is in doubt then.
    let held = executors.can_commit("e", task(0, 0)).is_ok_and(|verdict| verdict.is_granted());
    until(&coordinator, |_| executors.register(again.clone(), "host", 1).is_ok());
    until(&coordinator, |snapshot| snapshot.counts.unknown == u64::from(held));
    granted(coordinator.can_commit(task(0, 1)));
}

#[test]
fn a_wait_of_an_executor_that_is_lost_meanwhile_is_granted_nothing() {
    let coordinator = regranting();
    let executors = patient(&coordinator);
    executors.register("e", "host", 1).unwrap();
    granted(coordinator.can_commit(task(0, 0)));
    let (waiter, (tell, told)) = (executors.clone(), sync_channel(1));
    let deadline = Instant::now() + Duration::from_hours(1);
    let wait = move || tell.send(waiter.await_decision("e", task(0, 1), deadline)).unwrap();
    thread::Builder::new().spawn(wait).unwrap();
    until(&coordinator, |snapshot| snapshot.stages[0].waiting == 1);
    executors.executor_lost("e", "gone");
    coordinator.task_completed(task(0, 0), &failed());
    let refused = told.recv_timeout(NEVER).unwrap().unwrap_err();
    assert!(matches!(refused, ExecutorRefused::Removed { .. }), "{refused}");
    assert_eq!(coordinator.snapshot().stages[0].held, 0);
    granted(coordinator.can_commit(task(0, 2)));
}

/// Whoever wins, the executor that is lost keeps nothing.
#[test]
fn no_grant_slips_through_while_an_executor_is_being_lost() {
    let coordinator = regranting();
    let executors = patient(&coordinator);
    for partition in 0..500 {
        let start = Arc::new(Barrier::new(2));
        executors.register("e", "host", 1).unwrap();
        let (loser, ready) = (executors.clone(), Arc::clone(&start));
        let lose = move || {
            ready.wait();
            assert!(loser.executor_lost("e", "gone"));
        };
        let losing = thread::Builder::new().spawn(lose).unwrap();
        start.wait();
        let answer = executors.can_commit("e", task(partition, 0));
        losing.join().unwrap();
        assert_eq!(attempts(&executors), 0, "{answer:?}");
        let next = coordinator.can_commit(task(partition, 1));
        assert!(next.is_granted(), "partition {partition}: {answer:?}, then {next:?}");
        assert!(!coordinator.can_commit(task(partition, 0)).is_granted());
    }
}

#[test]
fn nothing_is_remembered_of_attempts_and_stages_that_have_ended() {
    let coordinator = regranting();
    let executors = patient(&coordinator);
    executors.register("e", "host", 1).unwrap();
    for partition in 0..100 {
        granted(executors.can_commit("e", task(partition, 0)).unwrap());
        assert!(!executors.can_commit("e", task(partition, 1)).unwrap().is_granted());
    }
    assert_eq!(attempts(&executors), 100);
    for partition in 0..50 {
        executors.task_completed(task(partition, 0), &SUCCESS);
    }
    assert_eq!(attempts(&executors), 50);
    assert!(executors.stage_end(1));
    assert_eq!(attempts(&executors), 0);
    assert_eq!(denied(executors.can_commit("e", task(0, 0)).unwrap()), DenialReason::StageEnded);
    assert_eq!(attempts(&executors), 0);
}

#[test]
fn an_executor_that_leaves_in_good_order_leaves_nothing_in_doubt() {
    let coordinator = regranting();
    let executors = patient(&coordinator);
    executors.register("e", "host", 1).unwrap();
    let permit = granted(executors.can_commit("e", task(0, 0)).unwrap());
    assert!(executors.executor_left("e"));
    assert!(!executors.executor_left("e"));
    assert_eq!(coordinator.snapshot().counts.unknown, 0);
    let ended = executors.task_completed(task(0, 0), &SUCCESS);
    assert_eq!(ended, commit_coordinator::Completion::Committed(permit));
}

#[test]
fn listeners_see_executors_come_and_go_with_the_reason() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let (tell, told) = sync_channel(100);
    bus.add_to_shared_queue(move |event: &SchedulerEvent| tell.send(event.clone()).unwrap()).unwrap();
    bus.start().unwrap();
    let executors = HeartbeatReceiver::builder(&regranting())
        .lost_after(Duration::from_hours(1))
        .announce_on(&bus)
        .build()
        .unwrap();
    executors.register("e", "host-a", 4).unwrap();
    executors.register("e", "host-a", 4).unwrap();
    executors.executor_lost("e", "its rack burns");
    executors.register("f", "host-b", 2).unwrap();
    assert!(executors.register(ExecutorProcess::new("f", 1), "host-b", 2).is_err());
    executors.executor_left("f");
    assert!(bus.stop(NEVER).is_ok());
    let events: Vec<_> = told
        .try_iter()
        .map(|event| match event {
            SchedulerEvent::ExecutorAdded(added) => {
                assert!(added.timestamp > 1_600_000_000_000);
                let info = &added.executor_info;
                format!("{} on {} with {}", added.executor_id, info.host, info.total_cores)
            }
            SchedulerEvent::ExecutorRemoved(removed) => {
                assert!(removed.timestamp > 1_600_000_000_000);
                format!("{}: {}", removed.executor_id, removed.removed_reason)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(events, ["e on host-a with 4", "e: its rack burns", "f on host-b with 2", "f: it has left",]);
}

#[test]
fn an_attempt_of_another_executor_is_refused() {
    let executors = patient(&regranting());
    executors.register("a", "host", 1).unwrap();
    executors.register("b", "host", 1).unwrap();
    granted(executors.can_commit("a", task(0, 0)).unwrap());
    let refused = executors.can_commit("b", task(0, 0)).unwrap_err();
    assert!(matches!(refused, ExecutorRefused::NotItsAttempt { .. }), "{refused}");
    let ended = executors.task_completed(task(0, 0), &TaskEndReason::TaskKilled(Box::default()));
    assert!(matches!(ended, commit_coordinator::Completion::Freed(_)), "{ended:?}");
}
