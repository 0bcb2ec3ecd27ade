//! What only the state itself can be brought to.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Arrival, Elapsed, GangState, Phase, Request};
use crate::error::BarrierError;
use crate::settings::Settings;
use crate::task::{BarrierTask, StageAttempt, SyncKind};

fn gang(num_tasks: usize, epoch: u64) -> (GangState, BarrierTask) {
    let id = StageAttempt::new(0, 0);
    let mut state = GangState::new(id, num_tasks, Instant::now());
    if let Phase::Live(gang) = &mut state.phase {
        gang.epoch = epoch;
    }
    (state, BarrierTask::new(id, num_tasks, 0, 0))
}

fn arrive(state: &mut GangState, task: &BarrierTask, epoch: u64) -> Arrival {
    let request =
        Request { task, epoch, kind: SyncKind::Barrier, message: Bytes::new(), left_out: 0, entered: None };
    state.arrive(request, &Settings::default(), Instant::now)
}

#[test]
fn epochs_do_not_wrap_around() {
    let (mut state, task) = gang(1, u64::MAX - 1);
    assert!(matches!(arrive(&mut state, &task, u64::MAX - 1), Arrival::Completes(_)));
    let Arrival::Kills(cause) = arrive(&mut state, &task, u64::MAX) else {
        panic!("the last epoch has no next")
    };
    assert!(matches!(cause, BarrierError::EpochsExhausted { .. }));
    assert_eq!(state.waiting(), 0);
}

#[test]
fn a_call_that_is_ahead_is_told_both_epochs() {
    let (mut state, task) = gang(2, 3);
    for epoch in [4, u64::MAX] {
        let Arrival::Refused(error) = arrive(&mut state, &task, epoch) else { panic!("it is ahead") };
        assert!(
            matches!(error, BarrierError::FutureEpoch { epoch: yours, current: 3, .. } if yours == epoch)
        );
    }
}

#[test]
fn a_time_out_that_is_due_after_its_round_does_nothing_to_the_next_one() {
    let (mut state, first) = gang(2, 0);
    let second = BarrierTask::new(first.stage_attempt, 2, 1, 1);
    let settings = Settings::default();
    let begun = Instant::now();
    let minutes = |minutes| begun + Duration::from_mins(minutes);
    let arrive_at = |state: &mut GangState, task: &BarrierTask, epoch, minute| {
        let (kind, message) = (SyncKind::Barrier, Bytes::new());
        let request = Request { task, epoch, kind, message, left_out: 0, entered: None };
        state.arrive(request, &settings, || minutes(minute))
    };
    assert!(matches!(arrive_at(&mut state, &first, 0, 0), Arrival::Opens(_)));
    assert!(matches!(arrive_at(&mut state, &second, 0, 1), Arrival::Completes(_)));
    assert!(matches!(arrive_at(&mut state, &second, 1, 9), Arrival::Opens(_)));
    // Ten minutes after the first round began, and after the second.
    assert!(matches!(state.elapse(&settings, minutes(10)), Elapsed::Nothing(_) | Elapsed::Waits(_)));
    let Elapsed::Kills(BarrierError::TimedOut { round, .. }) = state.elapse(&settings, minutes(19)) else {
        panic!("it is due")
    };
    assert_eq!(round.epoch, 1);
}

#[test]
fn what_a_task_says_of_the_size_of_its_gang_costs_little() {
    let (mut state, _) = gang(65_536, 0);
    let task = BarrierTask::new(StageAttempt::new(0, 0), 65_536, 65_535, 0);
    assert!(matches!(arrive(&mut state, &task, 0), Arrival::Opens(_)));
    let Phase::Live(gang) = &state.phase else { panic!("it lives") };
    assert_eq!(gang.seats.made(), 64);
    let snapshot = state.snapshot(Instant::now()).expect("it lives");
    assert_eq!((snapshot.arrived.as_slice().len(), snapshot.missing.as_slice().len()), (1, 65_535));
}

#[test]
fn a_gang_that_is_held_is_never_idle_and_one_that_is_not_goes_after_its_time() {
    let (mut state, _) = gang(1, 0);
    let settings = Settings::default();
    let later = Instant::now() + settings.idle_ttl * 3;
    state.hold();
    assert!(matches!(state.elapse(&settings, later), Elapsed::Nothing(None)));
    state.release(Instant::now());
    let Elapsed::Kills(cause) = state.elapse(&settings, later) else { panic!("nobody holds it") };
    assert!(matches!(cause, BarrierError::Expired { idle, .. } if idle == settings.idle_ttl));
}
