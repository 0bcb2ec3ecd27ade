//! Random requests, retries, time-outs, aborts and ends against a naive list: nobody is released early, everybody is
//! answered once, and the first cause wins.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use listener_bus::events::PartitionId;
use proptest::prelude::*;

use super::{Attempt, Common, Look};
use crate::answer::{Answer, Outcome};
use crate::error::{AbortedBy, BarrierError, Silence};
use crate::link::Link;
use crate::messages::Messages;
use crate::settings::Settings;
use crate::state::{Due, Request};
use crate::tally::Tally;
use crate::task::{BarrierTask, StageAttempt, SyncKind};
use crate::watch::Alarm;

const TASKS: usize = 3;
/// Passes no limit of [`Settings::default`].
const MOMENT: Duration = Duration::from_secs(1);
/// Passes the time a sign of life is due, but not a round's time-out.
const DUE_IN: Duration = Duration::from_mins(5);
const BEYOND_DUE: Duration = Duration::from_mins(6);
const BEYOND_TIMEOUT: Duration = Duration::from_mins(11);
const TTL: Duration = Duration::from_hours(1);
const BEYOND_TTL: Duration = Duration::from_hours(2);

#[derive(Clone, Debug)]
enum Action {
    /// A request; `behind` 0 is the present epoch, 1 the last one, -1 the next.
    Arrive {
        partition: i32,
        behind: i64,
        kind: SyncKind,
    },
    /// A request of a task that counts otherwise.
    Miscount {
        partition: i32,
    },
    /// The caller of the request with this number (modulo those made) gives up.
    GiveUp(usize),
    Expect(i32),
    Forgive(i32),
    Tick(Duration),
    Abort,
    Complete,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let partition = 0..i32::try_from(TASKS).expect("a few");
    let kind = prop_oneof![6 => Just(SyncKind::Barrier), 1 => Just(SyncKind::AllGather)];
    let behind = prop_oneof![12 => Just(0_i64), 2 => Just(1), 1 => Just(2), 1 => Just(-1)];
    let arrive = (partition.clone(), behind, kind).prop_map(|(partition, behind, kind)| Action::Arrive {
        partition,
        behind,
        kind,
    });
    let tick = prop_oneof![Just(MOMENT), Just(BEYOND_DUE), Just(BEYOND_TIMEOUT), Just(BEYOND_TTL)];
    let action = prop_oneof![
        60 => arrive,
        1 => partition.clone().prop_map(|partition| Action::Miscount { partition }),
        10 => any::<usize>().prop_map(Action::GiveUp),
        3 => partition.clone().prop_map(Action::Expect),
        3 => partition.prop_map(Action::Forgive),
        4 => tick.prop_map(Action::Tick),
        1 => Just(Action::Abort),
        1 => Just(Action::Complete),
    ];
    prop::collection::vec(action, 0..80)
}

/// A request that was taken, and what it must have been told by now.
struct Taken {
    partition: i32,
    epoch: u64,
    answer: Arc<Answer>,
    expected: Option<Outcome>,
    has_given_up: bool,
}

/// What must be so, from lists and nothing else.
#[derive(Default)]
struct Naive {
    epoch: u64,
    kind: Option<SyncKind>,
    /// Who has arrived, with what, and how many of its requests wait.
    arrived: Vec<(i32, Bytes, usize)>,
    finished: Option<(SyncKind, Messages)>,
    /// Who must be heard of, the longest expected first.
    due: Vec<i32>,
    /// The epoch at the last tick, and when it was last found to be used: then, or just now.
    epoch_seen: u64,
    used: Duration,
    dead: Option<BarrierError>,
}

struct World {
    gang: Arc<Attempt>,
    naive: Naive,
    taken: Vec<Taken>,
    dues: u32,
}

fn gang_id() -> StageAttempt {
    StageAttempt::new(1, 0)
}

fn message(partition: i32, epoch: u64) -> Bytes {
    Bytes::from(format!("{partition} in {epoch}"))
}

impl World {
    fn new() -> Self {
        let settings = Settings::default();
        let common = Arc::new(Common { settings, tally: Tally::new("model"), alarm: Alarm::new() });
        Self {
            gang: Attempt::new(gang_id(), TASKS, &common),
            naive: Naive::default(),
            taken: Vec::new(),
            dues: 0,
        }
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Arrive { partition, behind, kind } => self.arrive(partition, behind, kind),
            Action::Miscount { partition } => self.miscount(partition),
            Action::GiveUp(number) => self.give_up(number),
            Action::Expect(partition) => self.expect(partition),
            Action::Forgive(partition) => {
                self.gang.expect_sign(PartitionId(partition), None);
                self.naive.due.retain(|due| *due != partition);
                self.naive.used = Duration::ZERO;
            }
            Action::Tick(time) => self.tick(time),
            Action::Abort => {
                let reason = Arc::from("abort");
                self.kill(&BarrierError::Aborted { stage_attempt: gang_id(), by: AbortedBy::Driver, reason });
            }
            Action::Complete => self.kill(&BarrierError::StageCompleted { stage_attempt: gang_id() }),
        }
        for (number, taken) in self.taken.iter().enumerate() {
            assert_eq!(taken.answer.get(), taken.expected, "request {number}");
        }
    }

    fn arrive(&mut self, partition: i32, behind: i64, kind: SyncKind) {
        let Some(epoch) = self.naive.epoch.checked_add_signed(-behind) else { return };
        let task = BarrierTask::new(gang_id(), TASKS, partition, i64::from(partition));
        let brought = message(partition, epoch);
        let request =
            Request { task: &task, epoch, kind, message: brought.clone(), left_out: 0, entered: None };
        let got = self.gang.arrive(request);
        match self.naive.arrive(partition, epoch, kind, brought) {
            Expected::Refused(check) => {
                let error = got.expect_err("refused");
                assert!(check(&error), "{error:?}");
            }
            Expected::Kills(check) => {
                let error = got.expect_err("against the rules");
                assert!(check(&error), "{error:?}");
                self.died(error);
            }
            Expected::Told(expected) => self.take(partition, epoch, got, Some(expected)),
            Expected::Waits => self.take(partition, epoch, got, None),
            Expected::Completes(messages) => {
                self.take(partition, epoch, got, None);
                self.tell_round(epoch, &Ok(messages));
            }
        }
    }

    fn take(
        &mut self,
        partition: i32,
        epoch: u64,
        got: Result<Arc<Answer>, BarrierError>,
        expected: Option<Outcome>,
    ) {
        let answer = got.expect("taken");
        self.taken.push(Taken { partition, epoch, answer, expected, has_given_up: false });
    }

    fn tell_round(&mut self, epoch: u64, outcome: &Outcome) {
        for taken in self.taken.iter_mut().filter(|taken| taken.epoch == epoch && taken.expected.is_none()) {
            taken.expected = Some(outcome.clone());
        }
    }

    fn miscount(&mut self, partition: i32) {
        let task = BarrierTask::new(gang_id(), TASKS + 1, partition, i64::from(partition));
        let kind = SyncKind::Barrier;
        let request = Request {
            task: &task,
            epoch: self.naive.epoch,
            kind,
            message: Bytes::new(),
            left_out: 0,
            entered: None,
        };
        let error = self.gang.arrive(request).expect_err("miscounted");
        if self.naive.dead.is_none() {
            assert!(matches!(error, BarrierError::NumberOfTasksDiffers { .. }), "{error:?}");
            self.died(error);
        }
    }

    /// A caller drops its call, whether it has been answered or not.
    fn give_up(&mut self, number: usize) {
        let Some(number) = number.checked_rem(self.taken.len()) else { return };
        let taken = &mut self.taken[number];
        if std::mem::replace(&mut taken.has_given_up, true) {
            return;
        }
        let (partition, epoch, waits) = (taken.partition, taken.epoch, taken.expected.is_none());
        self.gang.withdraw(PartitionId(partition), epoch);
        if epoch == self.naive.epoch {
            self.naive.used = Duration::ZERO;
        }
        if waits {
            self.naive.leave(partition);
        }
    }

    fn expect(&mut self, partition: i32) {
        self.dues += 1;
        let at = Instant::now() + DUE_IN + Duration::from_millis(1) * self.dues;
        let due = Due { at, silence: Silence::NoHeartbeat, within: DUE_IN };
        self.gang.expect_sign(PartitionId(partition), Some(due));
        self.naive.used = Duration::ZERO;
        if self.naive.dead.is_none() {
            self.naive.due.retain(|due| *due != partition);
            self.naive.due.push(partition);
        }
    }

    fn tick(&mut self, time: Duration) {
        let look = self.gang.elapse(Instant::now() + time, &mut Vec::new());
        if self.naive.dead.is_some() {
            return;
        }
        assert_ne!(look, Look::Forget, "it lives");
        let cause = self.gang.end().get().map(|end| end.expect_err("an end is an error"));
        let waits = !self.naive.arrived.is_empty();
        if waits || self.naive.epoch_seen != self.naive.epoch {
            (self.naive.used, self.naive.epoch_seen) = (time, self.naive.epoch);
        }
        self.naive.check_end(cause.as_ref(), time);
        if let Some(cause) = cause {
            self.died(cause);
        }
    }

    fn kill(&mut self, cause: &BarrierError) {
        let lived = self.naive.dead.is_none();
        assert_eq!(self.gang.kill(cause), lived, "the first cause wins");
        if lived {
            self.died(cause.clone());
        }
    }

    fn died(&mut self, cause: BarrierError) {
        self.tell_round(self.naive.epoch, &Err(cause.clone()));
        assert_eq!(self.gang.end().get(), Some(Err(cause.clone())));
        self.naive.dead = Some(cause);
    }
}

type Check = Box<dyn Fn(&BarrierError) -> bool>;

/// What a request must come to.
enum Expected {
    Waits,
    Told(Outcome),
    Completes(Messages),
    Refused(Check),
    Kills(Check),
}

impl Naive {
    /// What this time must have ended the gang with, if with anything.
    fn check_end(&self, cause: Option<&BarrierError>, time: Duration) {
        let waits = !self.arrived.is_empty();
        let idle = time.saturating_sub(self.used);
        match (self.due.first(), cause) {
            (Some(lost), Some(BarrierError::TaskLost { partition, .. })) => {
                assert!(time >= BEYOND_DUE && partition.0 == *lost, "{cause:?}");
            }
            (Some(_), _) => assert!(time < BEYOND_DUE && cause.is_none(), "{cause:?}"),
            (None, Some(BarrierError::TimedOut { arrived, missing, .. })) => {
                let is_there =
                    |partition: &PartitionId| self.arrived.iter().any(|there| there.0 == partition.0);
                assert!(waits && time >= BEYOND_TIMEOUT, "{cause:?}");
                assert!(arrived.as_slice().iter().all(is_there) && !missing.as_slice().iter().any(is_there));
                assert_eq!(arrived.as_slice().len() + missing.as_slice().len(), TASKS);
            }
            (None, Some(BarrierError::Expired { .. })) => assert!(!waits && idle >= TTL, "{cause:?}"),
            (None, _) => {
                assert_eq!(cause, None);
                assert!(if waits { time < BEYOND_TIMEOUT } else { idle < TTL }, "it should have ended");
            }
        }
    }

    fn arrive(&mut self, partition: i32, epoch: u64, kind: SyncKind, message: Bytes) -> Expected {
        if let Some(first) = self.dead.clone() {
            let is_first = move |error: &BarrierError| matches!(error, BarrierError::AttemptDead { cause, .. } if **cause == first);
            return Expected::Refused(Box::new(is_first));
        }
        if epoch != self.epoch {
            return self.out_of_step(epoch, kind);
        }
        if self.kind.is_some_and(|first| first != kind) {
            let names = move |error: &BarrierError| matches!(error, BarrierError::MixedKinds { partition: named, .. } if named.0 == partition);
            return Expected::Kills(Box::new(names));
        }
        match self.arrived.iter_mut().find(|there| there.0 == partition) {
            Some((_, _, requests)) => *requests += 1,
            None => self.arrived.push((partition, message, 1)),
        }
        self.kind = Some(kind);
        if self.arrived.len() < TASKS {
            return Expected::Waits;
        }
        self.arrived.sort_by_key(|there| there.0);
        let messages = self.arrived.drain(..).map(|(_, message, _)| message);
        let messages = match kind {
            SyncKind::Barrier => {
                messages.for_each(drop);
                Messages::NONE
            }
            SyncKind::AllGather => messages.collect(),
        };
        self.kind = None;
        self.epoch += 1;
        self.finished = Some((kind, messages.clone()));
        Expected::Completes(messages)
    }

    fn out_of_step(&self, epoch: u64, kind: SyncKind) -> Expected {
        let current = self.epoch;
        match &self.finished {
            Some((finished, messages)) if epoch + 1 == current && *finished == kind => {
                Expected::Told(Ok(messages.clone()))
            }
            _ => Expected::Refused(Box::new(move |error| match error {
                BarrierError::StaleEpoch { epoch: yours, current: ours, .. } => {
                    epoch < current && (*yours, *ours) == (epoch, current)
                }
                BarrierError::FutureEpoch { epoch: yours, current: ours, .. } => {
                    epoch > current && (*yours, *ours) == (epoch, current)
                }
                _ => false,
            })),
        }
    }

    fn leave(&mut self, partition: i32) {
        for there in &mut self.arrived {
            if there.0 == partition {
                there.2 -= 1;
            }
        }
        self.arrived.retain(|there| there.2 > 0);
        if self.arrived.is_empty() {
            self.kind = None;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_gang_does_what_a_list_would(actions in actions()) {
        let mut world = World::new();
        for action in actions {
            world.act(&action);
        }
    }
}
