//! One attempt at a stage: sets the gang up, watches it to its end, and tells the bus of it.

mod ending;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use listener_bus::events::{TaskId, TaskInfo};

use super::board::{Board, Ended, partition};
use super::cause::Cause;
use super::clock::now_ms;
use super::crew::{Crew, Job, Seat};
use super::events::{Announcer, task_info};
use super::handle::{Control, Wish};
use crate::answer::Answered;
use crate::attempt::Attempt;
use crate::error::BarrierError;
use crate::pace::{Pace, within};
use crate::slots::{Slot, SlotGrant};
use crate::task::{BarrierTask, BarrierTaskInfo};

pub(crate) use ending::{Failed, Retry};

/// A stage attempt with its gang. Dropped before its end, it ends the gang and tells the bus so.
pub(crate) struct AttemptRun<'s, T> {
    control: &'s Control,
    announcer: Announcer<'s>,
    gang: Arc<Attempt>,
    gang_end: Answered,
    board: Arc<Board<T>>,
    tasks: Vec<Task<T>>,
    phase: Phase,
    /// The first cause of its failure, once it has failed.
    cause: Option<Cause>,
    /// When tasks that do not notice the failure are given up.
    abandon_at: Option<Instant>,
}

struct Task<T> {
    info: TaskInfo,
    state: TaskState<T>,
}

enum TaskState<T> {
    /// Its end has not been told.
    Running,
    /// It has done its work.
    Done(T),
    /// It has ended without.
    Ended,
}

/// How far the bus has been told of an attempt. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing.
    SetUp,
    /// It was submitted then; no task has started.
    Submitted(i64),
    /// It was submitted then, and its tasks have started.
    Running(i64),
    /// It is over.
    Over,
}

/// What the driver of an attempt is woken for.
enum Notice<T> {
    Ended(Vec<Ended<T>>),
    GangEnded(BarrierError),
    Wish(Wish),
}

/// The tasks of a gang, one for each slot.
fn gang_tasks(announcer: &Announcer<'_>, slots: &[Slot]) -> Vec<BarrierTask> {
    let hosts: Arc<[BarrierTaskInfo]> = slots.iter().map(|slot| Arc::clone(slot.host()).into()).collect();
    let task = |index| {
        let task_id = announcer.plan.task_ids.next_id();
        BarrierTask::new(announcer.id, slots.len(), partition(index), task_id).task_infos(Arc::clone(&hosts))
    };
    (0..slots.len()).map(task).collect()
}

/// Ends a gang that does not come about; with no task in it, it is somebody else's.
fn abandon(gang: &Attempt, tasks: usize, cause: &BarrierError) {
    if tasks > 0 {
        gang.kill(cause);
    }
}

impl<T> Task<T> {
    fn is_running(&self) -> bool {
        matches!(self.state, TaskState::Running)
    }
}

impl<'s, T> AttemptRun<'s, T> {
    /// Makes the gang, with a task for each slot.
    pub(crate) fn set_up(
        control: &'s Control,
        announcer: Announcer<'s>,
        grant: SlotGrant,
    ) -> Result<(Self, Vec<Job<T>>), BarrierError> {
        let (coordinator, slots) = (&announcer.plan.coordinator, grant.into_slots());
        let gang_tasks = gang_tasks(&announcer, &slots);
        // Any task of the gang would do.
        let lead = BarrierTask::new(announcer.id, slots.len(), partition(0), TaskId::default());
        let gang = coordinator.gang_of(&lead)?;
        let board = Board::new(Arc::clone(&gang));
        let (mut tasks, mut jobs) = (Vec::with_capacity(slots.len()), Vec::with_capacity(slots.len()));
        for (index, (task, slot)) in gang_tasks.into_iter().zip(slots).enumerate() {
            tasks.push(Task { info: task_info(&task, &slot), state: TaskState::Running });
            let context = coordinator.context(task).inspect_err(|error| abandon(&gang, index, error))?;
            jobs.push(Job { index, context, seat: Seat::new(slot, board.report(index)) });
        }
        // Tasks may give their contexts up early; the gang is in use all the same.
        gang.hold();
        let (gang_end, phase) = (board.gang_end(), Phase::SetUp);
        let run =
            Self { control, announcer, gang, gang_end, board, tasks, phase, cause: None, abandon_at: None };
        Ok((run, jobs))
    }

    /// Runs the tasks to their end; answers their results, by partition.
    pub(crate) async fn run<P: Pace, C: Crew<T>>(
        mut self,
        pace: &P,
        crew: &C,
        jobs: Vec<Job<T>>,
        deadline: Option<Instant>,
    ) -> Result<Vec<T>, Failed> {
        self.submit();
        match crew.muster(jobs) {
            Ok(launch) => {
                self.start();
                launch();
                self.watch(pace, deadline).await;
            }
            Err(refused) => {
                self.blame(Cause::Spawn { partition: partition(refused.index), source: refused.source });
            }
        }
        self.into_outcome()
    }

    fn submit(&mut self) {
        let now = now_ms();
        self.phase = Phase::Submitted(now);
        self.announcer.stage_submitted(now);
    }

    fn start(&mut self) {
        if let Phase::Submitted(at) = self.phase {
            self.phase = Phase::Running(at);
        }
        let now = now_ms();
        for task in &mut self.tasks {
            task.info.launch_time = now;
            self.announcer.task_started(&task.info);
        }
        self.control.runs(self.tasks.iter().map(|task| task.info.partition_id).collect());
    }

    /// Until all tasks have ended, or those that have not are given up.
    async fn watch<P: Pace>(&mut self, pace: &P, deadline: Option<Instant>) {
        while self.tasks.iter().any(Task::is_running) {
            let until = if self.cause.is_some() { self.abandon_at } else { deadline };
            match within(pace, until, self.notice()).await {
                Some(notice) => self.heed(notice),
                None if self.cause.is_some() => return,
                None => self.blame(self.too_late()),
            }
        }
    }

    fn too_late(&self) -> Cause {
        Cause::Deadline { deadline: self.announcer.plan.deadline.unwrap_or_default() }
    }

    async fn notice(&mut self) -> Notice<T> {
        poll_fn(|context| {
            // Before the board: a task that ends the gang by its failure has told so by then.
            let gang_end = Pin::new(&mut self.gang_end).poll(context);
            if let Poll::Ready(ended) = self.board.poll_ended(context) {
                return Poll::Ready(Notice::Ended(ended));
            }
            if self.cause.is_some() {
                return Poll::Pending;
            }
            if let Poll::Ready(Err(error)) = gang_end {
                return Poll::Ready(Notice::GangEnded(error));
            }
            self.control.poll_wish(context).map(Notice::Wish)
        })
        .await
    }

    fn heed(&mut self, notice: Notice<T>) {
        match notice {
            Notice::Ended(ended) => ended.into_iter().for_each(|ended| self.take_in(ended)),
            Notice::GangEnded(error) => self.blame(Cause::of_gang(error, self.tasks.len())),
            Notice::Wish(Wish::Abort(reason)) => self.blame(Cause::Aborted { reason }),
            Notice::Wish(Wish::Kill(partition, reason)) => {
                let is_it = |task: &&Task<T>| task.info.partition_id == partition;
                if self.tasks.iter().find(is_it).is_some_and(Task::is_running) {
                    self.blame(Cause::killed(partition, reason));
                }
            }
        }
    }
}
