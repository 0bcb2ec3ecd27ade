//! Random applications, told in order and out of it, beside a naive count.

use std::collections::{BTreeMap, BTreeSet};

use listener_bus::Gap;
use listener_bus::events::SchedulerEvent;
use listener_bus::status::{Allocation, AllocationSettings};
use proptest::prelude::*;

use super::world::{
    added, completed, failed, killed, removed, resubmitted, speculative, speculative_start, submitted,
    succeeded, task_start, unschedulable,
};

const STAGES: i32 = 3;
const ATTEMPTS: i32 = 2;
const TASKS: i32 = 4;
const EXECUTORS: [&str; 3] = ["1", "2", "3"];

/// What can happen; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Act {
    Submit { stage: i32, attempt: i32 },
    Start { stage: i32, attempt: i32, index: i32, executor: usize },
    End { task: usize, how: How },
    Lose { index: usize },
    Complete { stage: i32, attempt: i32 },
    Remove { executor: usize },
    Add { executor: usize },
    Speculate { stage: i32, attempt: i32 },
    NoRoom { stage: i32, attempt: i32 },
}

#[derive(Debug, Clone, Copy)]
enum How {
    Succeeded,
    Failed,
    Killed,
}

fn act() -> impl Strategy<Value = Act> {
    let attempt = || (0..STAGES, 0..ATTEMPTS);
    let how = prop_oneof![Just(How::Succeeded), Just(How::Failed), Just(How::Killed)];
    prop_oneof![
        2 => attempt().prop_map(|(stage, attempt)| Act::Submit { stage, attempt }),
        6 => (attempt(), 0..TASKS, 0..EXECUTORS.len())
            .prop_map(|((stage, attempt), index, executor)| Act::Start { stage, attempt, index, executor }),
        5 => (any::<prop::sample::Index>(), how).prop_map(|(task, how)| Act::End { task: task.index(1000), how }),
        1 => any::<prop::sample::Index>().prop_map(|index| Act::Lose { index: index.index(1000) }),
        1 => attempt().prop_map(|(stage, attempt)| Act::Complete { stage, attempt }),
        1 => (0..EXECUTORS.len()).prop_map(|executor| Act::Remove { executor }),
        1 => (0..EXECUTORS.len()).prop_map(|executor| Act::Add { executor }),
        1 => attempt().prop_map(|(stage, attempt)| Act::Speculate { stage, attempt }),
        1 => attempt().prop_map(|(stage, attempt)| Act::NoRoom { stage, attempt }),
    ]
}

#[derive(Debug, Clone, Copy)]
struct Task {
    stage: i32,
    attempt: i32,
    index: i32,
    id: i64,
    executor: &'static str,
}

/// The application as it is, in lists.
#[derive(Debug, Default)]
struct World {
    live: BTreeSet<(i32, i32)>,
    /// The newest attempt at each stage that was submitted.
    newest: BTreeMap<i32, i32>,
    done: BTreeSet<(i32, i32, i32)>,
    running: Vec<Task>,
    succeeded: Vec<Task>,
    executors: BTreeSet<&'static str>,
    next_task: i64,
    now: i64,
}

impl World {
    /// Lets it happen, if it can; answers what is told of it.
    fn act(&mut self, act: &Act) -> Vec<SchedulerEvent> {
        self.now += 37;
        match *act {
            Act::Submit { stage, attempt } => self.submit(stage, attempt),
            Act::Start { stage, attempt, index, executor } => self.start((stage, attempt), index, executor),
            Act::End { task, how } if !self.running.is_empty() => self.end(task % self.running.len(), how),
            Act::Lose { index } if !self.succeeded.is_empty() => self.lose(index % self.succeeded.len()),
            Act::Complete { stage, attempt } if self.live.remove(&(stage, attempt)) => {
                vec![completed(stage, attempt, self.now)]
            }
            Act::End { .. } | Act::Lose { .. } | Act::Complete { .. } => vec![],
            Act::Remove { executor } => self.remove(EXECUTORS[executor]),
            Act::Add { executor } => {
                self.executors.insert(EXECUTORS[executor]);
                vec![added(EXECUTORS[executor], self.now)]
            }
            Act::Speculate { stage, attempt } => vec![speculative(stage, attempt)],
            Act::NoRoom { stage, attempt } => vec![unschedulable(stage, attempt)],
        }
    }

    /// Attempts follow one another.
    fn submit(&mut self, stage: i32, attempt: i32) -> Vec<SchedulerEvent> {
        if self.newest.get(&stage).is_some_and(|newest| *newest >= attempt) {
            return vec![];
        }
        self.newest.insert(stage, attempt);
        self.live.retain(|(id, _)| *id != stage);
        self.live.insert((stage, attempt));
        vec![submitted(stage, attempt, TASKS, self.now)]
    }

    fn start(&mut self, attempt: (i32, i32), index: i32, executor: usize) -> Vec<SchedulerEvent> {
        let executor = EXECUTORS[executor];
        if !self.live.contains(&attempt) || !self.executors.contains(executor) {
            return vec![];
        }
        let id = self.next_task;
        self.next_task += 1;
        let (stage, attempt) = attempt;
        let second =
            self.running.iter().any(|task| (task.stage, task.attempt, task.index) == (stage, attempt, index));
        self.running.push(Task { stage, attempt, index, id, executor });
        let start = if second { speculative_start } else { task_start };
        vec![start((stage, attempt), index, id, executor, self.now)]
    }

    fn end(&mut self, task: usize, how: How) -> Vec<SchedulerEvent> {
        let task = self.running.remove(task);
        let end = match how {
            How::Succeeded => {
                self.done.insert((task.stage, task.attempt, task.index));
                self.succeeded.push(task);
                succeeded
            }
            How::Failed => failed,
            How::Killed => killed,
        };
        vec![end((task.stage, task.attempt), task.index, task.id, task.executor, self.now)]
    }

    fn lose(&mut self, task: usize) -> Vec<SchedulerEvent> {
        let task = self.succeeded.remove(task);
        self.done.remove(&(task.stage, task.attempt, task.index));
        vec![resubmitted((task.stage, task.attempt), task.index, task.id, task.executor, self.now)]
    }

    /// The ends of its tasks are told afterwards.
    fn remove(&mut self, executor: &'static str) -> Vec<SchedulerEvent> {
        self.executors.remove(executor);
        let (gone, left) = self.running.iter().copied().partition(|task| task.executor == executor);
        self.running = left;
        let ends = Vec::into_iter(gone)
            .map(|task: Task| failed((task.stage, task.attempt), task.index, task.id, executor, self.now));
        std::iter::once(removed(executor, self.now)).chain(ends).collect()
    }

    fn pending(&self) -> u64 {
        let waits = |(stage, attempt): &(i32, i32), index: i32| {
            let runs = |task: &Task| (task.stage, task.attempt, task.index) == (*stage, *attempt, index);
            !self.done.contains(&(*stage, *attempt, index)) && !self.running.iter().any(runs)
        };
        let of = |attempt| (0..TASKS).filter(|index| waits(attempt, *index)).count() as u64;
        self.live.iter().map(of).sum()
    }

    fn idle(&self) -> BTreeSet<&'static str> {
        let busy: BTreeSet<_> = self.running.iter().map(|task| task.executor).collect();
        self.executors.difference(&busy).copied().collect()
    }

    /// Everything that is left comes to its end.
    fn finish(&mut self) -> Vec<SchedulerEvent> {
        let mut told: Vec<_> =
            self.live.iter().map(|(stage, attempt)| completed(*stage, *attempt, self.now)).collect();
        self.live.clear();
        while !self.running.is_empty() {
            told.extend(self.end(0, How::Killed));
        }
        told
    }
}

fn new_allocation() -> Allocation {
    Allocation::new(AllocationSettings::new()).unwrap()
}

fn tell(allocation: &mut Allocation, events: &[SchedulerEvent]) {
    for event in events {
        allocation.apply(event);
    }
}

/// Asserts that nothing is counted any more.
fn assert_nothing_left(allocation: &mut Allocation, now: i64) -> Result<(), TestCaseError> {
    let left = allocation.at(now);
    prop_assert_eq!((left.running_tasks, left.pending_tasks, left.pending_speculative_tasks), (0, 0, 0));
    prop_assert_eq!((left.live_stages, left.needed, left.target, left.add_at), (0, 0, 0, None));
    prop_assert_eq!(left.idle.len(), left.executors);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_told_in_order_is_counted_as_it_is(acts in prop::collection::vec(act(), 0..120)) {
        let (mut world, mut allocation) = (World::default(), new_allocation());
        for act in &acts {
            tell(&mut allocation, &world.act(act));
            let snapshot = allocation.at(world.now);
            prop_assert_eq!(snapshot.running_tasks, world.running.len() as u64);
            prop_assert_eq!(snapshot.pending_tasks, world.pending());
            prop_assert_eq!((snapshot.live_stages, snapshot.executors), (world.live.len(), world.executors.len()));
            let idle: BTreeSet<_> = snapshot.idle.iter().map(|idle| idle.executor_id.as_str()).collect();
            prop_assert_eq!(idle, world.idle());
            prop_assert!(u64::from(snapshot.target) <= snapshot.needed);
        }
        tell(&mut allocation, &world.finish());
        assert_nothing_left(&mut allocation, world.now)?;
    }

    #[test]
    fn in_whatever_order_it_is_told_nothing_is_left_at_the_end(
        (events, now) in prop::collection::vec(act(), 0..80).prop_map(|acts| {
            let mut world = World::default();
            let mut events: Vec<_> = acts.iter().flat_map(|act| world.act(act)).collect();
            events.extend(world.finish());
            (events, world.now)
        }).prop_flat_map(|(events, now)| (Just(events).prop_shuffle(), Just(now)))
    ) {
        let mut allocation = new_allocation();
        tell(&mut allocation, &events);
        assert_nothing_left(&mut allocation, now)?;
    }

    #[test]
    fn whatever_is_dropped_nothing_is_left_once_all_stages_are_over(
        acts in prop::collection::vec((act(), any::<bool>()), 0..120)
    ) {
        let (mut world, mut allocation) = (World::default(), new_allocation());
        for (act, is_dropped) in &acts {
            let told = world.act(act);
            if *is_dropped && !told.is_empty() {
                allocation.on_gap(&Gap { first: 1, last: told.len() as u64 });
            } else {
                tell(&mut allocation, &told);
            }
        }
        // The ends of tasks are among what is dropped; a gap is told before the event that follows it.
        allocation.on_gap(&Gap { first: 1, last: 1 });
        for stage in 0..STAGES {
            (0..ATTEMPTS).for_each(|attempt| allocation.apply(&completed(stage, attempt, world.now)));
        }
        assert_nothing_left(&mut allocation, world.now)?;
    }
}
