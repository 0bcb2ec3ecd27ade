//! What only the state itself can be brought to.

use std::time::Instant;

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
    let request = Request { task, epoch, kind: SyncKind::Barrier, message: Bytes::new(), entered: None };
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
