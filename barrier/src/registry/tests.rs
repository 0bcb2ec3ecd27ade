//! What is left of gangs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Registry, TIDY_AT_LEAST};
use crate::attempt::Common;
use crate::error::BarrierError;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::task::{BarrierTask, StageAttempt};
use crate::watch::Alarm;

fn registry() -> Registry {
    let common = Common { settings: Settings::default(), tally: Tally::new("registry"), alarm: Alarm::new() };
    Registry::new(Arc::new(common))
}

fn task(stage: i32) -> BarrierTask {
    BarrierTask::new(StageAttempt::new(stage, 0), 2, 0, 0)
}

#[test]
fn lost_completions_leave_no_state_and_no_timer() {
    let registry = registry();
    for stage in 0..10_000 {
        let gang = registry.gang_of(&task(stage)).expect("a gang");
        let stage_attempt = gang.id();
        // Every second event that says that the stage is completed is lost.
        if stage % 2 == 0 {
            assert!(gang.kill(&BarrierError::StageCompleted { stage_attempt }));
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
    assert!(gang.is_live());
}

#[test]
fn beyond_so_many_stages_the_ended_ones_go_before_their_time_and_the_living_stay() {
    let registry = registry();
    let stages = i32::try_from(TIDY_AT_LEAST).expect("some thousands") * 5;
    for stage in 0..stages {
        let gang = registry.gang_of(&task(stage)).expect("a gang");
        if stage % 100 != 0 {
            let stage_attempt = gang.id();
            assert!(gang.kill(&BarrierError::StageCompleted { stage_attempt }));
        }
    }
    assert!(registry.len() < 2 * TIDY_AT_LEAST, "{} stages", registry.len());
    assert_eq!(registry.snapshots(Instant::now()).len(), TIDY_AT_LEAST * 5 / 100);
}
