//! The state machine by itself, with times that nobody waits for.

use std::time::Duration;

use super::gone::REMEMBERED;
use super::*;
use crate::executors::process::ExecutorRefused;

const LOST_AFTER: Duration = Duration::from_mins(2);

fn at(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

fn task(stage: i32, partition: i32) -> TaskAttempt {
    TaskAttempt::new(stage, 0, partition, 0)
}

fn with(names: &[&str], now: Instant) -> Roster {
    let mut roster = Roster::default();
    for name in names {
        assert_eq!(roster.register(&(*name).into(), &"host".into(), 4, now), Registering::New);
    }
    roster
}

fn begin(roster: &mut Roster, name: &str, task: TaskAttempt, now: Instant) -> Ticket {
    roster.begin(&name.into(), task, now, |_| true).unwrap()
}

fn granted(roster: &mut Roster, name: &str, task: TaskAttempt, now: Instant) {
    let mut ticket = begin(roster, name, task, now);
    assert_eq!(roster.finish(&mut ticket, Asked::Granted), Finish::Stands);
}

fn remembered(roster: &Roster) -> usize {
    roster.claims.values().map(HashMap::len).sum()
}

#[test]
fn only_the_silent_are_removed_and_the_next_look_is_when_one_may_be() {
    let start = Instant::now();
    let mut roster = with(&["a", "b"], start);
    assert!(roster.beat(&"b".into(), at(start, 60)));
    assert_eq!(roster.expire(at(start, 119), LOST_AFTER), (vec![], Some(at(start, 120))));
    let (gone, next) = roster.expire(at(start, 120), LOST_AFTER);
    assert_eq!(gone.iter().map(|gone| gone.executor_id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(&*gone[0].reason, "no sign of life for 120.0s");
    assert_eq!(next, Some(at(start, 180)));
    assert!(!roster.beat(&"a".into(), at(start, 121)));
    assert_eq!(roster.expire(at(start, 180), LOST_AFTER).1, None);
}

#[test]
fn a_request_to_commit_is_a_sign_of_life() {
    let start = Instant::now();
    let mut roster = with(&["a"], start);
    begin(&mut roster, "a", task(1, 0), at(start, 100));
    assert_eq!(roster.expire(at(start, 219), LOST_AFTER), (vec![], Some(at(start, 220))));
}

#[test]
fn a_sign_of_life_that_comes_late_does_not_turn_the_clock_back() {
    let start = Instant::now();
    let mut roster = with(&["a"], start);
    assert!(roster.beat(&"a".into(), at(start, 50)));
    assert!(roster.beat(&"a".into(), at(start, 10)));
    assert_eq!(roster.expire(at(start, 130), LOST_AFTER), (vec![], Some(at(start, 170))));
}

#[test]
fn what_an_executor_was_granted_or_asks_for_is_lost_with_it_and_nothing_else() {
    let now = Instant::now();
    let mut roster = with(&["a", "b"], now);
    granted(&mut roster, "a", task(1, 0), now);
    granted(&mut roster, "a", task(2, 5), now);
    granted(&mut roster, "b", task(1, 1), now);
    let mut asks = begin(&mut roster, "a", task(1, 2), now);
    let mut denied = begin(&mut roster, "a", task(1, 3), now);
    assert_eq!(roster.finish(&mut denied, Asked::Denied), Finish::Stands);
    granted(&mut roster, "a", task(1, 4), now);
    roster.completed(task(1, 4));

    let gone = roster.remove(&"a".into(), "gone".into()).unwrap();
    assert_eq!(gone.attempts, [task(1, 0), task(1, 2), task(2, 5)]);
    let lost = Gone { attempts: vec![task(1, 2)], ..gone };
    assert_eq!(lost.refusal().to_string(), "executor a was removed: gone");
    assert_eq!(roster.finish(&mut asks, Asked::Granted), Finish::Lost(lost));
    assert_eq!(remembered(&roster), 1);
    assert_eq!(roster.remove(&"a".into(), "gone".into()), None);
}

#[test]
fn a_request_of_an_executor_that_has_come_back_meanwhile_is_refused() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    let mut asks = begin(&mut roster, "a", task(1, 0), now);
    assert_eq!(roster.remove(&"a".into(), "gone".into()).unwrap().attempts, [task(1, 0)]);
    assert_eq!(roster.register(&"a".into(), &"host".into(), 4, now), Registering::New);
    // The coordinator may still take it for the holder.
    let early = roster.begin(&"a".into(), task(1, 0), now, |_| true).unwrap_err();
    assert_eq!(early.to_string(), "executor a was removed: gone");
    roster.told(&[task(1, 0)]);
    let mut again = begin(&mut roster, "a", task(1, 0), now);
    // Whoever asks now answers for the grant.
    assert!(matches!(roster.finish(&mut asks, Asked::Granted), Finish::Refused(_)));
    roster.abandon(&asks);
    assert_eq!(roster.finish(&mut again, Asked::Denied), Finish::Stands);
    assert_eq!(remembered(&roster), 0);
}

#[test]
fn another_process_of_the_same_name_takes_the_place_of_the_first() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    granted(&mut roster, "a", task(1, 0), now);
    let second = ExecutorProcess::new("a", 2);
    let Registering::InPlaceOf(gone) = roster.register(&second, &"host".into(), 4, now) else { panic!() };
    assert_eq!(gone.attempts, [task(1, 0)]);
    assert_eq!(roster.register(&second, &"host".into(), 4, now), Registering::Before);
    assert!(!roster.beat(&"a".into(), now));
    assert!(matches!(
        roster.begin(&"a".into(), task(1, 1), now, |_| true),
        Err(ExecutorRefused::Removed { .. })
    ));
    assert_eq!(roster.leave(&"a".into()), None);
    assert!(roster.beat(&second, now));
}

#[test]
fn a_name_is_free_once_the_process_that_has_it_is_silent() {
    let (start, free_after) = (Instant::now(), Duration::from_secs(30));
    let mut roster = Roster::new(free_after);
    assert_eq!(roster.register(&"a".into(), &"host".into(), 4, start), Registering::New);
    granted(&mut roster, "a", task(1, 0), at(start, 10));
    let second = ExecutorProcess::new("a", 2);
    let Registering::Taken(taken) = roster.register(&second, &"host".into(), 4, at(start, 39)) else {
        panic!()
    };
    let words = "another process has the name of executor a and was heard of 29.0s ago: use another name, or register \
                 again once it has been silent for 30s";
    assert_eq!(taken.to_string(), words);
    assert_eq!(roster.snapshot()[0].attempts, 1);
    assert!(!roster.beat(&second, at(start, 39)));
    let Registering::InPlaceOf(gone) = roster.register(&second, &"host".into(), 4, at(start, 40)) else {
        panic!()
    };
    assert_eq!(gone.attempts, [task(1, 0)]);
}

#[test]
fn a_grant_to_a_request_of_an_executor_that_is_gone_is_lost_and_is_not_asked_for_until_that_is_told() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    let mut asks = begin(&mut roster, "a", task(1, 0), now);
    let gone = roster.remove(&"a".into(), "gone".into()).unwrap();
    assert_eq!(roster.register(&"a".into(), &"host".into(), 4, now), Registering::New);
    let Finish::Lost(lost) = roster.finish(&mut asks, Asked::Granted) else { panic!() };
    assert_eq!(lost, gone);
    roster.told(&gone.attempts);
    assert!(roster.begin(&"a".into(), task(1, 0), now, |_| true).is_err(), "one is still telling");
    roster.told(&lost.attempts);
    assert!(roster.begin(&"a".into(), task(1, 0), now, |_| true).is_ok());
    assert_eq!(roster.losing.len(), 0);
}

#[test]
fn a_denial_to_a_request_of_an_executor_that_is_gone_loses_nothing() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    let mut asks = begin(&mut roster, "a", task(1, 0), now);
    assert!(roster.remove(&"a".into(), "gone".into()).is_some());
    assert!(matches!(roster.finish(&mut asks, Asked::Denied), Finish::Refused(_)));
}

#[test]
fn two_copies_of_a_request_leave_nothing_when_the_attempt_has_ended_meanwhile() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    let mut copies = [task(1, 0); 2].map(|task| begin(&mut roster, "a", task, now));
    roster.completed(task(1, 0));
    for copy in &mut copies {
        assert_eq!(roster.finish(copy, Asked::Granted), Finish::AskAgain);
        assert_eq!(roster.finish(copy, Asked::Denied), Finish::Stands);
    }
    assert_eq!(remembered(&roster), 0);
}

#[test]
fn an_attempt_runs_on_one_executor() {
    let now = Instant::now();
    let mut roster = with(&["a", "b"], now);
    granted(&mut roster, "a", task(1, 0), now);
    let refused = roster.begin(&"b".into(), task(1, 0), now, |_| true).unwrap_err();
    let told = "attempt 0 at partition 0 of stage 1.0 does not run on executor b but on a";
    assert_eq!(refused.to_string(), told);
}

#[test]
fn the_unknown_and_the_removed_are_told_apart() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    assert!(roster.remove(&"a".into(), "its rack burns".into()).is_some());
    let mut refused = |name: &str| roster.begin(&name.into(), task(1, 0), now, |_| true).unwrap_err();
    assert_eq!(refused("a").to_string(), "executor a was removed: its rack burns");
    assert_eq!(refused("b").to_string(), "executor b is not registered");
    assert_eq!(remembered(&roster), 0);
}

#[test]
fn nothing_is_remembered_of_what_has_ended() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    for partition in 0..100 {
        granted(&mut roster, "a", task(1, partition), now);
        granted(&mut roster, "a", task(2, partition), now);
        roster.completed(task(1, partition));
    }
    roster.stage_ended(StageId(2));
    assert_eq!((remembered(&roster), roster.claims.len()), (0, 0));
    assert_eq!(roster.snapshot()[0].attempts, 0);
}

#[test]
fn stages_that_end_without_a_word_are_forgotten_when_another_begins() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    for stage in 0..100 {
        let mut ticket =
            roster.begin(&"a".into(), task(stage, 0), now, |live| live == StageId(stage)).unwrap();
        assert_eq!(roster.finish(&mut ticket, Asked::Granted), Finish::Stands);
        assert_eq!(roster.claims.len(), 1);
    }
}

#[test]
fn a_grant_from_before_the_end_of_its_stage_is_asked_for_again() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    let mut asks = begin(&mut roster, "a", task(1, 0), now);
    roster.stage_ended(StageId(1));
    assert_eq!(roster.finish(&mut asks, Asked::Granted), Finish::AskAgain);
    // The stage has begun again, and the attempt was granted its partition.
    assert_eq!(roster.finish(&mut asks, Asked::Granted), Finish::Stands);
    assert_eq!(roster.remove(&"a".into(), "gone".into()).unwrap().attempts, [task(1, 0)]);
}

#[test]
fn whoever_does_not_wait_for_the_answer_may_hold_a_grant() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    let asks = begin(&mut roster, "a", task(1, 0), now);
    roster.abandon(&asks);
    assert_eq!(roster.remove(&"a".into(), "gone".into()).unwrap().attempts, [task(1, 0)]);
}

#[test]
fn whoever_leaves_in_good_order_loses_only_what_it_asks_for() {
    let now = Instant::now();
    let mut roster = with(&["a"], now);
    granted(&mut roster, "a", task(1, 0), now);
    begin(&mut roster, "a", task(1, 1), now);
    assert_eq!(roster.leave(&"a".into()).unwrap().attempts, [task(1, 1)]);
    assert_eq!((remembered(&roster), roster.snapshot()), (0, vec![]));
}

#[test]
fn what_is_left_of_executors_that_are_gone_is_bounded() {
    let now = Instant::now();
    let mut roster = Roster::default();
    for number in 0..REMEMBERED + 10 {
        let name = format!("executor-{number}");
        roster.register(&name.clone().into(), &"host".into(), 1, now);
        assert!(roster.remove(&name.into(), "gone".into()).is_some());
    }
    assert_eq!((roster.gone.len(), roster.gone_by_age.len()), (REMEMBERED, REMEMBERED));
}
