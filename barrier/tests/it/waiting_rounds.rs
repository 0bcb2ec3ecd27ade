//! What a status page is told of the rounds that are waited for.

use std::sync::Arc;
use std::time::Duration;

use barrier::BarrierCoordinator;
use listener_bus::coordination::{BarrierRounds, MISSING_NAMED, RoundKind, WaitingRound};

use crate::support::{barrier, gang, gang_of, gather, patient, stage, task, wait_until};

/// The times are asked for elsewhere.
fn timeless(round: WaitingRound) -> WaitingRound {
    WaitingRound { waiting_millis: 0, millis_left: None, ..round }
}

#[test]
fn a_waiting_round_names_who_is_missing_and_is_gone_once_all_have_met() {
    let coordinator = patient().name("told").build().unwrap();
    let [mut a, mut b, mut c] = gang(&coordinator);
    assert_eq!(coordinator.waiting_rounds(), []);
    for epoch in 0..2 {
        let first = barrier(&mut b).waits();
        let expected = WaitingRound {
            coordinator: "told".to_owned(),
            epoch,
            tasks: 3,
            arrived: 1,
            missing_count: 2,
            missing: vec![0.into(), 2.into()],
            ..Default::default()
        };
        let rounds: Vec<_> = coordinator.waiting_rounds().into_iter().map(timeless).collect();
        assert_eq!(rounds, [expected]);
        let second = barrier(&mut a).waits();
        let [round] = &coordinator.waiting_rounds()[..] else { panic!("one round waits") };
        assert_eq!((round.arrived, &round.missing[..]), (2, &[2.into()][..]));
        barrier(&mut c).ok();
        first.ok();
        second.ok();
        assert_eq!(coordinator.waiting_rounds(), []);
    }
}

#[test]
fn a_round_whose_gang_ends_or_whose_tasks_leave_waits_no_more() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b, _c] = gang(&coordinator);
    drop(barrier(&mut a).waits());
    assert_eq!(coordinator.waiting_rounds(), []);
    let call = barrier(&mut b).waits();
    assert_eq!(coordinator.waiting_rounds().len(), 1);
    coordinator.clear(stage(0, 0));
    assert_eq!(coordinator.waiting_rounds(), []);
    call.fails();
}

#[test]
fn the_wait_grows_what_is_left_shrinks_and_the_longest_wait_comes_first() {
    let hour = u64::try_from(Duration::from_hours(1).as_millis()).unwrap();
    let coordinator = patient().build().unwrap();
    let [mut a, _b] = gang_of(&coordinator, stage(7, 2));
    let _first = gather(&mut a, "here").waits();
    wait_until(|| coordinator.waiting_rounds()[0].waiting_millis > 2);
    let [mut c, _d] = gang_of(&coordinator, stage(3, 0));
    let _second = barrier(&mut c).waits();
    let rounds = coordinator.waiting_rounds();
    let told: Vec<_> =
        rounds.iter().map(|round| (round.stage_id.0, round.stage_attempt_id.0, round.kind)).collect();
    assert_eq!(told, [(7, 2, RoundKind::AllGather), (3, 0, RoundKind::Barrier)]);
    for round in &rounds {
        let whole = round.waiting_millis + round.millis_left.unwrap();
        assert!((hour - 1..=hour).contains(&whole), "{whole} ms");
    }
    assert!(rounds[0].waiting_millis > rounds[1].waiting_millis);
}

#[test]
fn a_round_without_a_time_out_has_no_time_left() {
    let coordinator = BarrierCoordinator::builder().without_timeout().build().unwrap();
    let [mut a, _b] = gang(&coordinator);
    let _call = barrier(&mut a).waits();
    assert_eq!(coordinator.waiting_rounds()[0].millis_left, None);
}

#[test]
fn a_great_gang_names_the_first_of_the_missing_and_counts_all() {
    let coordinator = patient().build().unwrap();
    let mut context = coordinator.context(task(50_000, 1)).unwrap();
    let _call = barrier(&mut context).waits();
    let pages: Arc<dyn BarrierRounds> = Arc::new(coordinator.clone());
    let [round] = &pages.waiting_rounds()[..] else { panic!("one round waits") };
    assert_eq!((round.missing_count, round.missing.len()), (49_999, MISSING_NAMED));
    assert_eq!((round.missing[0], round.missing[1]), (0.into(), 2.into()));
}
