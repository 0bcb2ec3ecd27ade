//! What is left of gangs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use listener_bus::events::PartitionId;

use super::{REMEMBER_AT_LEAST, Registry, TIDY_AT_LEAST};
use crate::attempt::{Attempt, Common};
use crate::error::BarrierError;
use crate::link::Link;
use crate::settings::Settings;
use crate::state::Request;
use crate::tally::Tally;
use crate::task::{BarrierTask, StageAttempt, SyncKind};
use crate::watch::Alarm;

fn registry() -> Registry {
    let common = Common { settings: Settings::default(), tally: Tally::new("registry"), alarm: Alarm::new() };
    Registry::new(Arc::new(common))
}

fn task(stage: i32) -> BarrierTask {
    BarrierTask::new(StageAttempt::new(stage, 0), 2, 0, 0)
}

/// A round of both tasks of a gang, and another that one of them waits in.
fn meet(gang: &Attempt) {
    for (partition, epoch) in [(0, 0), (1, 0), (0, 1)] {
        let task = BarrierTask::new(gang.id(), 2, partition, i64::from(partition));
        let (kind, message) = (SyncKind::Barrier, Bytes::new());
        let request = Request { task: &task, epoch, kind, message, left_out: 0, entered: None };
        assert!(gang.arrive(request).is_ok());
    }
}

#[test]
fn lost_completions_leave_no_state_and_no_timer() {
    let registry = registry();
    for stage in 0..10_000 {
        let gang = registry.gang_of(&task(stage)).expect("a gang");
        let stage_attempt = gang.id();
        meet(&gang);
        // Every second event that says that the stage is completed is lost.
        if stage % 2 == 0 {
            assert!(gang.kill(&BarrierError::StageCompleted { stage_attempt }));
        } else {
            gang.withdraw(PartitionId(0), 1);
        }
    }
    assert_eq!(registry.snapshots(Instant::now()).len(), 5_000);
    let ttl = registry.common().settings.idle_ttl;
    let mut now = Instant::now();
    let mut looks = 0;
    while let Some(next) = registry.common().alarm.take_next() {
        now = now.max(next);
        registry.elapse(now);
        looks += 1;
    }
    assert!(registry.snapshots(now).is_empty());
    assert_eq!(registry.len(), 0, "nor is anything remembered");
    assert!(now < Instant::now() + ttl * 3, "within a few times to live");
    assert!(looks < 100, "{looks} looks: they go in groups");
}

#[test]
fn a_gang_in_use_is_not_idle() {
    let registry = registry();
    let gang = registry.gang_of(&task(1)).expect("a gang");
    gang.hold();
    registry.elapse(Instant::now() + Duration::from_hours(1_000));
    assert!(gang.ended_by().is_none());
}

#[test]
fn beyond_so_many_stages_those_that_ended_long_ago_go_and_the_others_are_remembered() {
    let registry = registry();
    let stages = i32::try_from(TIDY_AT_LEAST).expect("some thousands");
    let living = registry.gang_of(&task(0)).expect("a gang");
    for stage in 1..=stages {
        let gang = registry.gang_of(&task(stage)).expect("a gang");
        let stage_attempt = gang.id();
        assert!(gang.kill(&BarrierError::StageCompleted { stage_attempt }));
    }
    assert_eq!(registry.len(), TIDY_AT_LEAST + 1, "all are remembered still");
    // Room is made when it is twice as many.
    let later = Instant::now() + REMEMBER_AT_LEAST;
    for stage in stages + 1..=2 * stages {
        assert!(registry.gang_at(&task(stage), later).is_ok());
    }
    assert!(registry.len() <= TIDY_AT_LEAST + 2, "{} stages", registry.len());
    assert!(living.ended_by().is_none());
}
