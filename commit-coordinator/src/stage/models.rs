//! Every interleaving that shuttle finds of those who ask, fail and end at once.

use std::sync::Arc;

use shuttle::sync::Mutex;
use shuttle::thread;

use super::{InDoubt, Stage, Wait};
use crate::claims::{Asked, Grant, Lease};
use crate::completion::Ending;
use crate::numbers::Count;
use crate::permit::FencingToken;
use crate::task::TaskAttempt;
use crate::verdict::DenialReason;

const ITERATIONS: usize = 20_000;

/// Of as many partitions as shards.
fn stage_of(partitions: i32) -> Arc<Stage> {
    Arc::new(Stage::new(0.into(), (partitions - 1).into(), FencingToken::default()))
}

fn stage() -> Arc<Stage> {
    stage_of(1)
}

fn task(number: i64) -> TaskAttempt {
    TaskAttempt::new(0, 0, 0, number)
}

fn ask(stage: &Stage, number: i64) -> Asked {
    let place = stage.place(0.into()).unwrap();
    stage.ask(place, &task(number), Lease::NEVER, Wait::No).asked
}

fn complete(stage: &Stage, number: i64, ending: Ending) {
    let place = stage.place(0.into()).unwrap();
    // A stage that is over does not take it any more.
    drop(stage.complete(place, &task(number), ending, InDoubt::Keep));
}

/// Who may write at present, as the attempts know it.
#[derive(Default)]
struct Writers {
    now: usize,
    tokens: Vec<FencingToken>,
}

/// An attempt that asks once, twice if it is told to wait, and then fails or succeeds.
fn attempt(stage: &Stage, writers: &Mutex<Writers>, number: i64) {
    for _ in 0..2 {
        if let Asked::Granted(Grant::New(token)) = ask(stage, number) {
            let mut writes = writers.lock().unwrap();
            writes.now += 1;
            assert_eq!(writes.now, 1, "two attempts may write at once");
            assert!(writes.tokens.last().is_none_or(|last| *last < token), "tokens fall");
            writes.tokens.push(token);
            drop(writes);
            thread::yield_now();
            if number == 0 {
                // It stops writing before it says so.
                writers.lock().unwrap().now -= 1;
                complete(stage, number, Ending::Failed);
            } else {
                complete(stage, number, Ending::Succeeded);
            }
            return;
        }
        thread::yield_now();
    }
    complete(stage, number, Ending::Denied);
}

#[test]
fn never_do_two_attempts_hold_a_partition() {
    shuttle::check_random(
        || {
            let (stage, writers) = (stage(), Arc::new(Mutex::new(Writers::default())));
            let threads: Vec<_> = (0..3)
                .map(|number| {
                    let (stage, writers) = (Arc::clone(&stage), Arc::clone(&writers));
                    thread::spawn(move || attempt(&stage, &writers, number))
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
            let committed = matches!(ask(&stage, 9), Asked::Denied(DenialReason::CommittedBy { .. }));
            assert_eq!(committed, writers.lock().unwrap().now == 1);
        },
        ITERATIONS,
    );
}

#[test]
fn after_the_end_nobody_is_granted_anything_and_no_token_is_used_again() {
    shuttle::check_random(
        || {
            let stage = stage();
            let asks = {
                let stage = Arc::clone(&stage);
                thread::spawn(move || ask(&stage, 0))
            };
            let fails = {
                let stage = Arc::clone(&stage);
                thread::spawn(move || complete(&stage, 1, Ending::Failed))
            };
            let remains = stage.end(&DenialReason::StageEnded);
            let asked = asks.join().unwrap();
            fails.join().unwrap();
            match asked {
                Asked::Granted(grant) => {
                    assert_eq!(
                        (grant.token(), remains.numbers.get(Count::StageEnded)),
                        (remains.last_token, 1)
                    );
                }
                Asked::Denied(reason) => {
                    assert_eq!(reason, DenialReason::StageEnded);
                    assert_eq!(remains.numbers.get(Count::StageEnded), 0);
                }
            }
            assert_eq!(ask(&stage, 2), Asked::Denied(DenialReason::StageEnded));
        },
        ITERATIONS,
    );
}

#[test]
fn a_stage_is_aborted_once_and_for_all() {
    shuttle::check_random(
        || {
            let stage = stage_of(2);
            let aborts: Vec<_> = (0..2)
                .map(|number| {
                    let stage = Arc::clone(&stage);
                    let reason =
                        DenialReason::StageAborted { partition_id: 0.into(), holder: task(number).id() };
                    thread::spawn(move || stage.abort(&reason))
                })
                .collect();
            let asked = ask(&stage, 5);
            let firsts =
                aborts.into_iter().filter_map(|abort| abort.join().ok().filter(|first| *first)).count();
            assert_eq!(firsts, 1);
            assert!(matches!(asked, Asked::Granted(_) | Asked::Denied(DenialReason::StageAborted { .. })));
            assert!(matches!(ask(&stage, 6), Asked::Denied(DenialReason::StageAborted { .. })));
        },
        ITERATIONS,
    );
}
