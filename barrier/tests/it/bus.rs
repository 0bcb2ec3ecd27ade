//! The coordinator as a listener of a bus.

use barrier::{BarrierCoordinator, BarrierError, OnStartError, StageAttempt};
use listener_bus::events::{StageCompleted, StageInfo};
use listener_bus::{APP_STATUS, LiveListenerBus, SchedulerEvent};

use crate::support::{SOON, barrier, gang_of, patient, stage};

fn bus() -> LiveListenerBus<SchedulerEvent> {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    bus.start().unwrap();
    bus
}

fn completed(stage_attempt: StageAttempt) -> StageCompleted {
    let StageAttempt { stage_id, attempt_id: stage_attempt_id } = stage_attempt;
    StageCompleted {
        stage_info: StageInfo { stage_id, stage_attempt_id, ..Default::default() },
        ..Default::default()
    }
}

fn started() -> (LiveListenerBus<SchedulerEvent>, BarrierCoordinator) {
    let (bus, coordinator) = (bus(), patient().build().unwrap());
    coordinator.on_start(&bus).unwrap();
    (bus, coordinator)
}

#[test]
fn a_completed_stage_attempt_is_cleared_and_whoever_waits_is_answered() {
    let (bus, coordinator) = started();
    let [mut a, _b] = gang_of(&coordinator, stage(1, 0));
    let [mut other, mut fourth] = gang_of(&coordinator, stage(2, 0));
    let (first, third) = (barrier(&mut a).waits(), barrier(&mut other).waits());
    bus.post(completed(stage(1, 0)));
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(first.fails(), BarrierError::StageCompleted { stage_attempt: stage(1, 0) });
    let live: Vec<_> = coordinator.snapshot().gangs.iter().map(|gang| gang.stage_attempt).collect();
    assert_eq!(live, [stage(2, 0)]);
    barrier(&mut fourth).ok();
    third.ok();
}

#[test]
fn only_that_attempt_is_cleared() {
    let (bus, coordinator) = started();
    let [mut a, mut b] = gang_of(&coordinator, stage(1, 1));
    let first = barrier(&mut a).waits();
    bus.post(completed(stage(1, 0)));
    bus.post(completed(stage(1, 2)));
    bus.wait_until_empty(SOON).unwrap();
    barrier(&mut b).ok();
    first.ok();
}

#[test]
fn the_listener_is_on_the_status_queue_and_leaves_at_the_stop() {
    let (bus, coordinator) = started();
    assert_eq!(bus.active_queues(), [APP_STATUS]);
    assert_eq!(bus.snapshot().queues[0].listeners[0].name, "BarrierListener");
    coordinator.on_stop();
    assert!(bus.active_queues().is_empty(), "its queue had no other listener");
    assert!(bus.stop(SOON).unwrap().is_drained());
}

#[test]
fn dropping_the_coordinator_takes_its_listener_along() {
    let (bus, coordinator) = started();
    drop(coordinator);
    assert!(bus.active_queues().is_empty());
}

#[test]
fn the_coordinator_does_not_keep_its_bus_alive() {
    let (bus, coordinator) = started();
    let weak = bus.downgrade();
    drop(bus);
    assert!(weak.upgrade().is_none());
    coordinator.on_stop();
}

#[test]
fn it_starts_once_and_not_after_its_stop() {
    let (bus, coordinator) = started();
    assert!(
        matches!(coordinator.on_start(&bus), Err(OnStartError::AlreadyStarted { coordinator }) if coordinator == "barrier")
    );
    coordinator.on_stop();
    assert!(
        matches!(coordinator.on_start(&bus), Err(OnStartError::Stopped { coordinator }) if coordinator == "barrier")
    );
}

#[test]
fn a_stopped_bus_refuses_it_and_it_works_without() {
    let (bus, coordinator) = (bus(), patient().build().unwrap());
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert!(matches!(coordinator.on_start(&bus), Err(OnStartError::Listener(_))));
    let [mut alone] = gang_of(&coordinator, stage(1, 0));
    alone.barrier().unwrap();
}
