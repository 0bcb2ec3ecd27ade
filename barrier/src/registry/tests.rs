//! What is left of gangs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use listener_bus::events::PartitionId;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::{REMEMBER_AT_LEAST, Registry, TIDY_AT_LEAST};
use crate::attempt::{Attempt, Common};
use crate::error::BarrierError;
use crate::link::Link;
use crate::metrics::LONGEST_WAIT;
use crate::settings::{Settings, TELL_WAITS_EVERY};
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
fn the_metrics_follow_the_longest_wait_and_nobody_looks_when_none_waits() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let registry = metrics::with_local_recorder(&recorder, registry);
    let told = || {
        let all = snapshotter.snapshot().into_vec();
        let value =
            all.into_iter().find(|(key, ..)| key.key().name() == LONGEST_WAIT).map(|(.., value)| value);
        let Some(DebugValue::Gauge(seconds)) = value else { panic!("{value:?}") };
        seconds.into_inner()
    };
    let [first, second] = [1, 2].map(|stage| registry.gang_of(&task(stage)).expect("a gang"));
    let began = Instant::now();
    registry.common().alarm.take_next();
    meet(&first);
    let look = registry.common().alarm.take_next().expect("somebody waits");
    assert!(look <= Instant::now() + TELL_WAITS_EVERY);
    meet(&second);
    registry.common().alarm.take_next();
    let (now, met) = (began + Duration::from_secs(40), began.elapsed().as_secs_f64());
    registry.elapse(now);
    assert!((40.0 - met..=40.0).contains(&told()), "{} s", told());
    assert_eq!(registry.common().alarm.take_next(), Some(now + TELL_WAITS_EVERY));
    first.withdraw(PartitionId(0), 1);
    let stage_attempt = second.id();
    second.kill(&BarrierError::StageCompleted { stage_attempt });
    registry.elapse(now + TELL_WAITS_EVERY);
    assert!(told().abs() < f64::EPSILON, "{} s", told());
    let next = registry.common().alarm.take_next().expect("they are to be forgotten");
    assert!(next > now + 2 * TELL_WAITS_EVERY, "nobody looks every few seconds any more");
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
