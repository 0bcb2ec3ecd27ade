//! How much a round may carry, and settings that cannot be.

use std::time::Duration;

use barrier::{BarrierCoordinator, BarrierCoordinatorBuilder, BarrierError, BuildError};
use listener_bus::events::PartitionId;

use crate::support::{gang, gather, patient};

#[test]
fn a_message_too_large_fails_the_round_for_all_and_names_whose_it_is() {
    let coordinator = patient().max_message_bytes(3).build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let waiting = gather(&mut a, "123").waits();
    let error = gather(&mut b, "1234").fails();
    let BarrierError::MessageTooLarge { partition: PartitionId(1), bytes: 4, limit: 3, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(waiting.fails(), error);
}

#[test]
fn messages_too_large_together_fail_the_round_and_name_the_last_one() {
    let coordinator = patient().max_round_bytes(5).build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let waiting = gather(&mut a, "123").waits();
    let error = gather(&mut b, "123").fails();
    let BarrierError::RoundTooLarge { partition: PartitionId(1), bytes: 6, limit: 5, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(waiting.fails(), error);
}

#[test]
fn bytes_of_a_task_that_has_left_do_not_count() {
    let coordinator = patient().max_round_bytes(5).build().unwrap();
    let [mut a, mut b] = gang(&coordinator);
    for _ in 0..10 {
        drop(gather(&mut a, "123").waits());
    }
    let waiting = gather(&mut a, "123").waits();
    assert_eq!(gather(&mut b, "45").ok().concat(), b"12345");
    waiting.ok();
    // Nor do those of the round before.
    let waiting = gather(&mut a, "123").waits();
    gather(&mut b, "45").ok();
    waiting.ok();
}

#[test]
fn settings_of_zero_are_refused_by_name() {
    type Set = fn(BarrierCoordinatorBuilder) -> BarrierCoordinatorBuilder;
    let settings: [(&str, Set); 6] = [
        ("timeout", |builder| builder.timeout(Duration::ZERO)),
        ("idle_ttl", |builder| builder.idle_ttl(Duration::ZERO)),
        ("log_waiting_every", |builder| builder.log_waiting_every(Duration::ZERO)),
        ("max_message_bytes", |builder| builder.max_message_bytes(0)),
        ("max_round_bytes", |builder| builder.max_round_bytes(0)),
        ("max_tasks", |builder| builder.max_tasks(0)),
    ];
    for (name, set) in settings {
        let error = set(BarrierCoordinator::builder().name("ours")).build().unwrap_err();
        let BuildError::Zero { coordinator, setting } = &error else { panic!("{error:?}") };
        assert_eq!((&**coordinator, *setting), ("ours", name));
        assert_eq!(
            error.to_string(),
            format!("{name} of the barrier coordinator ours must be greater than 0")
        );
    }
}

#[test]
fn a_name_may_be_any_text() {
    let coordinator = patient().name("a\0b").build().unwrap();
    assert_eq!(coordinator.name(), "a\0b");
}

#[test]
fn times_beyond_the_clock_are_for_ever() {
    let coordinator = patient()
        .timeout(Duration::MAX)
        .idle_ttl(Duration::MAX)
        .log_waiting_every(Duration::MAX)
        .build()
        .unwrap();
    let [mut a, mut b] = gang(&coordinator);
    let waiting = gather(&mut a, "a").waits();
    gather(&mut b, "b").ok();
    waiting.ok();
    drop((a, b));
    assert!(coordinator.clear(crate::support::stage(0, 0)));
}

#[test]
fn without_a_timeout_a_round_waits_until_it_is_ended() {
    let coordinator = patient().without_timeout().build().unwrap();
    let [mut a, b] = gang(&coordinator);
    let waiting = gather(&mut a, "a").waits();
    b.abort("enough");
    assert!(matches!(waiting.fails(), BarrierError::Aborted { .. }));
}
