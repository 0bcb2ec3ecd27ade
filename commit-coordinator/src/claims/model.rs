//! The claims in a world where messages are lost, late, repeated and out of order, executors die with what they had done
//! untold, and some that were given up are still alive.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Asked, Claims, Completed, Grant, Lease};
use crate::completion::Ending;
use crate::permit::FencingToken;
use crate::policy::Resolution;
use crate::task::AttemptId;
use crate::verdict::Advice;

const PARTITIONS: usize = 2;

/// What is on its way to the coordinator.
#[derive(Clone, Copy, Debug)]
enum Message {
    Ask(usize),
    Ended(usize, Ending),
}

/// Where an attempt is, in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// It has asked and has no answer it could act on.
    Asking,
    /// It was granted, and writes with that token.
    Writing(FencingToken),
    /// It is over, whatever the coordinator knows.
    Over,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    partition: usize,
    id: AttemptId,
    life: Life,
}

/// What a destination has taken for a partition.
#[derive(Clone, Debug, Default)]
struct Output {
    writes: usize,
    token: Option<FencingToken>,
    /// Smaller tokens are refused.
    fence: FencingToken,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A new attempt at the partition asks.
    Start(usize),
    /// A message arrives, in any order.
    Deliver(usize),
    /// A message will arrive once more.
    Repeat(usize),
    /// An attempt that was granted writes, and says so.
    Succeed(usize),
    /// An attempt fails without having written.
    Fail(usize),
    /// The executor of an attempt dies before it could write.
    Die(usize),
    /// The executor of an attempt dies before it could say that it has written.
    WriteAndDie(usize),
    /// The driver takes a living attempt for lost.
    Suspect(usize),
    /// What a committed attempt had written is gone.
    LoseOutput(usize),
    /// The resolver looks at a partition whose outcome is not known.
    Resolve(usize),
    /// Leases end.
    Expire,
}

struct World {
    claims: Claims,
    attempts: Vec<Attempt>,
    outputs: Vec<Output>,
    in_flight: Vec<Message>,
    now: u64,
    lease: Option<u64>,
    tokens: BTreeMap<usize, FencingToken>,
}

impl World {
    fn new(lease: Option<u64>) -> Self {
        Self {
            claims: Claims::new(PARTITIONS, FencingToken::default()),
            attempts: Vec::new(),
            outputs: vec![Output::default(); PARTITIONS],
            in_flight: Vec::new(),
            now: 0,
            lease,
            tokens: BTreeMap::new(),
        }
    }

    fn start(&mut self, partition: usize) -> usize {
        let number = self.attempts.len();
        // Attempts of another stage attempt have the same numbers.
        let [attempt_number, stage_attempt] =
            [number / 2, number % 2].map(|number| i32::try_from(number).unwrap_or_default());
        let id = AttemptId {
            stage_attempt_id: stage_attempt.into(),
            attempt_number: i64::from(attempt_number).into(),
        };
        self.attempts.push(Attempt { partition, id, life: Life::Asking });
        self.in_flight.push(Message::Ask(number));
        number
    }

    fn step(&mut self, step: Step) {
        let attempt = |number: usize| (!self.attempts.is_empty()).then(|| number % self.attempts.len());
        let message = |number: usize| (!self.in_flight.is_empty()).then(|| number % self.in_flight.len());
        match step {
            Step::Start(partition) => drop(self.start(partition)),
            Step::Deliver(number) => {
                if let Some(number) = message(number) {
                    let message = self.in_flight.remove(number);
                    self.deliver(message);
                }
            }
            Step::Repeat(number) => {
                let again = message(number).map(|number| self.in_flight[number]);
                self.in_flight.extend(again);
            }
            Step::Succeed(number) => {
                if let Some(number) = attempt(number) {
                    self.succeed(number);
                }
            }
            Step::Fail(number) => {
                if let Some(number) = attempt(number) {
                    self.end(number, Ending::Failed);
                }
            }
            Step::Die(number) => {
                if let Some(number) = attempt(number) {
                    self.end(number, Ending::Lost);
                }
            }
            Step::WriteAndDie(number) => {
                if let Some(number) = attempt(number) {
                    self.write_and_die(number);
                }
            }
            Step::Suspect(number) => {
                self.in_flight.extend(attempt(number).map(|number| Message::Ended(number, Ending::Lost)));
            }
            Step::LoseOutput(partition) => self.lose_output(partition),
            Step::Resolve(partition) => self.resolve(partition),
            Step::Expire => self.expire(),
        }
    }

    fn deliver(&mut self, message: Message) {
        match message {
            Message::Ask(number) => self.ask(number),
            Message::Ended(number, ending) => {
                let Attempt { partition, id, .. } = self.attempts[number];
                self.claims.complete(partition, id, ending);
            }
        }
    }

    fn ask(&mut self, number: usize) {
        let Attempt { partition, id, life } = self.attempts[number];
        let lease = self.lease.map_or(Lease::NEVER, |lease| Lease(self.now + lease));
        match self.claims.ask(partition, id, lease) {
            Asked::Granted(Grant::New(token)) => {
                let before = self.tokens.insert(partition, token).unwrap_or_default();
                assert!(token > before, "token {token} after {before}");
                self.granted(number, life, token);
            }
            Asked::Granted(Grant::Repeated(token)) => {
                assert_eq!(self.tokens.get(&partition), Some(&token), "a grant that is not the last one");
                self.granted(number, life, token);
            }
            Asked::Denied(reason) if life == Life::Asking => match reason.advice() {
                Advice::Wait if number.is_multiple_of(2) => self.in_flight.push(Message::Ask(number)),
                Advice::Wait | Advice::GiveUp => self.end(number, Ending::Denied),
            },
            Asked::Denied(_) => {}
        }
    }

    fn granted(&mut self, number: usize, life: Life, token: FencingToken) {
        if life != Life::Over {
            self.attempts[number].life = Life::Writing(token);
        }
    }

    /// Whether the destination takes what the attempt writes.
    fn write(&mut self, number: usize) -> bool {
        let Attempt { partition, life: Life::Writing(token), .. } = self.attempts[number] else {
            return false;
        };
        let output = &mut self.outputs[partition];
        if token < output.fence {
            return false;
        }
        output.writes += 1;
        output.token = Some(token);
        assert_eq!(output.writes, 1, "two attempts have written partition {partition}");
        true
    }

    fn succeed(&mut self, number: usize) {
        if let Life::Writing(_) = self.attempts[number].life {
            let ending = if self.write(number) { Ending::Succeeded } else { Ending::Failed };
            self.end(number, ending);
        }
    }

    fn write_and_die(&mut self, number: usize) {
        self.write(number);
        self.end(number, Ending::Lost);
    }

    fn end(&mut self, number: usize, ending: Ending) {
        if self.attempts[number].life != Life::Over {
            self.attempts[number].life = Life::Over;
            self.in_flight.push(Message::Ended(number, ending));
        }
    }

    fn lose_output(&mut self, partition: usize) {
        let Some(number) = self.committed(partition) else { return };
        self.outputs[partition] = Output { fence: self.outputs[partition].fence, ..Output::default() };
        // It is said at once, as by the one who finds out.
        self.deliver(Message::Ended(number, Ending::OutputLost));
    }

    /// The attempt the coordinator knows to have committed.
    fn committed(&self, partition: usize) -> Option<usize> {
        let claim = self.claims.claim(partition);
        let is_it = |attempt: &Attempt| attempt.partition == partition && claim.is_of(attempt.id);
        (claim.phase == super::Phase::Committed).then(|| self.attempts.iter().position(is_it)).flatten()
    }

    fn resolve(&mut self, partition: usize) {
        let claim = self.claims.claim(partition);
        if claim.phase != super::Phase::Unknown {
            return;
        }
        let output = &mut self.outputs[partition];
        let found = if output.token == Some(claim.token()) {
            Resolution::Committed
        } else {
            // Whoever is still alive comes too late.
            output.fence = FencingToken::new(claim.token + 1);
            Resolution::NotCommitted
        };
        let resolved = self.claims.resolve(partition, claim.token(), found);
        assert!(matches!(resolved, Some(Completed::Committed(_) | Completed::Freed(_))), "{resolved:?}");
    }

    fn expire(&mut self) {
        self.now += 1;
        while self.claims.expire(Lease(self.now)).is_some() {}
    }

    /// Lets everything come to its end; then each partition is committed, or whoever asks next is granted it.
    fn settle(&mut self) {
        for number in 0..self.attempts.len() {
            if number.is_multiple_of(3) { self.write_and_die(number) } else { self.end(number, Ending::Lost) }
        }
        while let Some(message) = self.in_flight.pop() {
            self.deliver(message);
        }
        for partition in 0..PARTITIONS {
            self.resolve(partition);
            let number = self.start(partition);
            self.ask(number);
            let is_granted = matches!(self.attempts[number].life, Life::Writing(_));
            assert_eq!(is_granted, self.outputs[partition].writes == 0, "partition {partition}");
        }
        self.counts_are_true();
    }

    fn counts_are_true(&self) {
        let count = |phase| self.claims.by_number.iter().filter(|claim| claim.phase == phase).count();
        assert_eq!(self.claims.held, count(super::Phase::Held));
        assert_eq!(self.claims.unknown, count(super::Phase::Unknown));
        let leases = if self.lease.is_some() { self.claims.held } else { 0 };
        assert_eq!(self.claims.leases.len(), leases);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let partition = 0..PARTITIONS;
    prop_oneof![
        3 => partition.clone().prop_map(Step::Start),
        10 => any::<usize>().prop_map(Step::Deliver),
        2 => any::<usize>().prop_map(Step::Repeat),
        4 => any::<usize>().prop_map(Step::Succeed),
        3 => any::<usize>().prop_map(Step::Fail),
        1 => any::<usize>().prop_map(Step::Die),
        1 => any::<usize>().prop_map(Step::WriteAndDie),
        1 => any::<usize>().prop_map(Step::Suspect),
        1 => partition.clone().prop_map(Step::LoseOutput),
        2 => partition.prop_map(Step::Resolve),
        1 => Just(Step::Expire),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_partition_is_written_once_and_never_denied_for_ever(
        lease in proptest::option::of(1..5_u64),
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new(lease);
        for step in steps {
            world.step(step);
            world.counts_are_true();
        }
        world.settle();
    }
}
