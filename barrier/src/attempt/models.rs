//! Every interleaving of the few threads that matter, up to a bound on preemptions:
//! `RUSTFLAGS="--cfg loom" cargo test -p barrier --release --lib models`.
//!
//! Each model has been seen to fail with the code broken on purpose: see the comment at each.
//!
//! What loom does not see: the watch's alarm.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use loom::thread;

use super::{Attempt, Common};
use crate::answer::Outcome;
use crate::error::{AbortedBy, BarrierError};
use crate::link::{Link, Waiting};
use crate::settings::Settings;
use crate::state::Request;
use crate::tally::Tally;
use crate::task::{BarrierTask, StageAttempt, SyncKind};
use crate::watch::Alarm;

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

fn id() -> StageAttempt {
    StageAttempt::new(1, 0)
}

fn gang() -> Arc<Attempt> {
    let common = Common { settings: Settings::default(), tally: Tally::new("loom"), alarm: Alarm::new() };
    Attempt::new(id(), 2, &Arc::new(common))
}

fn enter(gang: &Arc<Attempt>, partition: i32) -> Result<Waiting<Arc<dyn Link>>, BarrierError> {
    enter_round(gang, partition, 0)
}

fn enter_round(
    gang: &Arc<Attempt>,
    partition: i32,
    epoch: u64,
) -> Result<Waiting<Arc<dyn Link>>, BarrierError> {
    let task = BarrierTask::new(id(), 2, partition, i64::from(partition));
    let request = Request {
        task: &task,
        epoch,
        kind: SyncKind::Barrier,
        message: Bytes::new(),
        left_out: 0,
        entered: None,
    };
    Waiting::enter(Arc::clone(gang) as Arc<dyn Link>, request)
}

fn sync(gang: &Arc<Attempt>, partition: i32) -> Outcome {
    enter(gang, partition).and_then(Waiting::wait)
}

fn abort() -> BarrierError {
    BarrierError::Aborted { stage_attempt: id(), by: AbortedBy::Driver, reason: Arc::from("abort") }
}

fn completed() -> BarrierError {
    BarrierError::StageCompleted { stage_attempt: id() }
}

/// All were released, or all were told the same first cause.
fn assert_one_end(outcomes: &[Outcome]) {
    let causes: Vec<_> =
        outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).map(BarrierError::first_cause).collect();
    assert!(causes.is_empty() || causes.len() == outcomes.len(), "{outcomes:?}");
    assert!(causes.windows(2).all(|pair| pair[0] == pair[1]), "{outcomes:?}");
}

/// Fails with the notification of [`Answer::give`](crate::answer::Answer::give) left out, or sent before the outcome is
/// set.
#[test]
fn arrivals_release_each_other() {
    explore(|| {
        let gang = gang();
        let other = Arc::clone(&gang);
        let second = thread::spawn(move || sync(&other, 1));
        let first = sync(&gang, 0);
        assert!(first.is_ok() && second.join().expect("ends").is_ok());
    });
}

/// Fails if the time-out is found under the lock, and the gang killed under it a second time.
#[test]
fn an_arrival_that_races_with_the_time_out() {
    explore(|| {
        let gang = gang();
        let waiting = enter(&gang, 0).expect("the first to arrive");
        let watch = Arc::clone(&gang);
        let watching =
            thread::spawn(move || watch.elapse(Instant::now() + Duration::from_mins(11), &mut Vec::new()));
        let second = sync(&gang, 1);
        watching.join().expect("ends");
        assert_eq!(gang.ended_by().is_none(), second.is_ok(), "a time-out after the round does nothing");
        assert_one_end(&[waiting.wait(), second]);
    });
}

/// Fails if a second cause takes the place of the first.
#[test]
fn an_arrival_that_races_with_an_abort_and_a_completion() {
    explore(|| {
        let gang = gang();
        let waiting = enter(&gang, 0).expect("the first to arrive");
        let (aborting, clearing) = (Arc::clone(&gang), Arc::clone(&gang));
        let aborting = thread::spawn(move || aborting.kill(&abort()));
        let clearing = thread::spawn(move || clearing.kill(&completed()));
        let second = sync(&gang, 1);
        let first = waiting.wait();
        assert_one_end(&[first, second]);
        let killed = [aborting.join().expect("ends"), clearing.join().expect("ends")];
        assert_eq!(killed.iter().filter(|killed| **killed).count(), 1, "one cause is the first");
    });
}

/// Fails if a task is taken out without a look at the epoch.
#[test]
fn a_call_that_ends_late_does_not_take_its_task_out_of_the_next_round() {
    explore(|| {
        let gang = gang();
        let late = enter(&gang, 0).expect("the first to arrive");
        assert!(sync(&gang, 1).is_ok());
        let dropping = thread::spawn(move || drop(late));
        let first = enter_round(&gang, 0, 1).expect("the first to arrive");
        let second = enter_round(&gang, 1, 1).expect("the last to arrive");
        assert!(second.wait().is_ok() && first.wait().is_ok());
        dropping.join().expect("ends");
    });
}

/// Fails if a request that is sent again after the end of its round is refused.
#[test]
fn a_task_that_leaves_while_the_last_one_arrives() {
    explore(|| {
        let gang = gang();
        let waiting = enter(&gang, 0).expect("the first to arrive");
        let other = Arc::clone(&gang);
        let second = thread::spawn(move || enter(&other, 1));
        drop(waiting);
        let second = second.join().expect("ends").expect("taken");
        // Either the round was completed before the first one left, and asking again has its answer; or it waits for
        // the first one.
        let first = sync(&gang, 0);
        assert!(first.is_ok() && second.wait().is_ok());
    });
}

/// Fails if a request that is sent again after the end of its round is refused.
#[test]
fn a_request_sent_again_while_the_last_one_arrives() {
    explore(|| {
        let gang = gang();
        let (again, other) = (Arc::clone(&gang), Arc::clone(&gang));
        let again = thread::spawn(move || sync(&again, 0));
        let second = thread::spawn(move || sync(&other, 1));
        let first = sync(&gang, 0);
        let outcomes = [first, again.join().expect("ends"), second.join().expect("ends")];
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    });
}
