//! Runs the task attempts of a stage in the executors' slots: retries, speculation, lost executors.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use commit_coordinator::{Denial, DenialReason, TaskAttempt};
use listener_bus::events::{ExecutorId, TaskEndReason, TaskId};

use super::attempt::{Message, Running, attempt_task};
use super::driver::{Driver, Stage};
use super::executors::KillSwitch;
use super::task::{Hopeless, Killed, Speculation, Task};
use super::{end_reason, events};

/// A stage fails when so many attempts at one of its tasks have, as `spark.task.maxFailures`.
const MAX_FAILURES: usize = 4;
/// How often tasks are looked at for slow ones, as `spark.speculation.interval`.
const LOOK: Duration = Duration::from_millis(100);

/// A stage that is running.
pub(super) struct StageRun<'a, T> {
    driver: &'a mut Driver,
    stage: Stage<T>,
    told: (SyncSender<Message<T>>, Receiver<Message<T>>),
    partitions: Vec<Partition<T>>,
    pending: VecDeque<(usize, Speculation)>,
    running: BTreeMap<TaskId, Running>,
    /// How long the attempts that succeeded took.
    took: Vec<Duration>,
    failure: Option<anyhow::Error>,
}

struct Partition<T> {
    attempts: usize,
    failures: usize,
    progress: Progress<T>,
}

enum Progress<T> {
    Open,
    /// It is done; what came of it is not known if its executor was lost before it could tell.
    Done(Option<T>),
}

impl<'a, T: Send + 'static> StageRun<'a, T> {
    pub(super) fn new(driver: &'a mut Driver, stage: Stage<T>) -> Self {
        let tasks = usize::try_from(stage.info.number_of_tasks).unwrap_or_default();
        let partition = |_| Partition { attempts: 0, failures: 0, progress: Progress::Open };
        Self {
            driver,
            stage,
            told: sync_channel(tasks.max(1)),
            partitions: (0..tasks).map(partition).collect(),
            pending: (0..tasks).map(|partition| (partition, Speculation::No)).collect(),
            running: BTreeMap::new(),
            took: Vec::new(),
            failure: None,
        }
    }

    /// Until no attempt runs any more: also those that are not needed have ended then.
    pub(super) fn run(mut self) -> anyhow::Result<Vec<Option<T>>> {
        loop {
            self.launch();
            if self.running.is_empty() {
                break;
            }
            match self.next() {
                Some(Message::Ended(id, result)) => self.ended(id, result),
                Some(Message::ExecutorLost(id)) => self.executor_lost(&id),
                None => self.speculate(),
            }
        }
        let results = self.partitions.into_iter().map(|partition| match partition.progress {
            Progress::Done(result) => result,
            Progress::Open => None,
        });
        self.failure.map_or_else(|| Ok(results.collect()), Err)
    }

    /// The next message, or nothing when it is time to look for slow tasks.
    fn next(&self) -> Option<Message<T>> {
        match self.driver.faults.speculation {
            Speculation::No => self.told.1.recv().ok(),
            Speculation::Yes => self.told.1.recv_timeout(LOOK).ok(),
        }
    }

    /// Starts pending attempts while there are slots.
    fn launch(&mut self) {
        while let Some((partition, speculation)) = self.pending.front().copied() {
            if !self.is_open(partition) {
                self.pending.pop_front();
                continue;
            }
            let Some((slot, executor)) = self.driver.executors.take() else { return };
            self.pending.pop_front();
            let attempts = &mut self.partitions[partition].attempts;
            let info = &self.stage.info;
            let number = i64::try_from(*attempts).unwrap_or(i64::MAX);
            let index = i32::try_from(partition).unwrap_or(i32::MAX);
            let attempt = TaskAttempt::new(info.stage_id, info.stage_attempt_id, index, number);
            *attempts += 1;
            let id = self.driver.task_ids.next_id();
            let task_info = events::task_info(id, attempt, &executor.id, speculation);
            self.driver.events.task_start(info, &task_info);
            let (kill, began) = (Arc::<KillSwitch>::default(), Instant::now());
            let running =
                Running { attempt, partition, info: task_info, slot, began, kill: Arc::clone(&kill) };
            self.running.insert(id, running);
            let faults = Arc::clone(&self.driver.faults);
            let (task, work) =
                (Task { attempt, partition, executor, kill, faults }, Arc::clone(&self.stage.work));
            let told = self.told.0.clone();
            self.driver.executors.start(slot, Box::new(move || attempt_task(&task, id, &*work, &told)));
        }
    }

    fn ended(&mut self, id: TaskId, result: anyhow::Result<T>) {
        // Of an attempt whose executor was lost since, nothing is believed.
        let Some(running) = self.running.remove(&id) else { return };
        self.driver.executors.give_back(running.slot);
        match (result, &self.partitions[running.partition].progress) {
            (Ok(result), Progress::Open) => {
                self.took.push(running.began.elapsed());
                self.report(&running, TaskEndReason::SUCCESS);
                self.done(running.partition, Some(result));
            }
            (Ok(_), Progress::Done(_)) => {
                self.report(&running, end_reason::killed("another attempt succeeded"));
            }
            (Err(error), _) => self.failed(&running, error),
        }
    }

    fn failed(&mut self, running: &Running, error: anyhow::Error) {
        let partition = &mut self.partitions[running.partition];
        if error.is::<Killed>() {
            let why =
                if self.failure.is_some() { "the stage has failed" } else { "another attempt succeeded" };
            self.report(running, end_reason::killed(why));
        } else if let Some(denial) = error.downcast_ref::<Denial>() {
            self.report(running, end_reason::denied(denial));
            self.denied(running.partition, denial);
        } else {
            partition.failures += 1;
            let is_final = partition.failures == MAX_FAILURES || error.is::<Hopeless>();
            let attempt = running.attempt;
            self.report(running, end_reason::exception(&error));
            if is_final {
                self.fail(error.context(format!("{attempt} has failed")));
            }
        }
        self.retry(running.partition);
    }

    /// A denial is no failure. It may be how the driver hears that the partition is done: from a lost executor it did not.
    fn denied(&mut self, partition: usize, denial: &Denial) {
        match denial.reason {
            DenialReason::CommittedBy { .. } if self.is_open(partition) => self.done(partition, None),
            // It is tried again, unless the partition is done.
            DenialReason::CommittedBy { .. }
            | DenialReason::HeldBy { .. }
            | DenialReason::OutcomeUnknown { .. }
            | DenialReason::AttemptFailed
            | DenialReason::AttemptEnded => {}
            _ => self.fail(denial.clone().into()),
        }
    }

    /// Nobody knows what has become of the attempts there; the coordinator finds out about those that held a commit.
    fn executor_lost(&mut self, id: &ExecutorId) {
        let slots = self.driver.executors.remove(id);
        self.driver.events.executor_removed(id, "killed, as asked for");
        let is_there = |running: &Running| running.info.executor_id == *id;
        let lost: Vec<_> = self.running.extract_if(.., |_, running| is_there(running)).collect();
        for (_, running) in lost {
            running.kill.kill();
            self.report(&running, end_reason::executor_lost(id));
            self.retry(running.partition);
        }
        // As a cluster manager does.
        if let Err(error) = self.driver.add_executor(slots) {
            self.fail(error);
        }
    }

    /// Tells the coordinator first: it decides about the partition, the bus only tells of it.
    fn report(&mut self, running: &Running, reason: TaskEndReason) {
        let completion = self.driver.coordinator.task_completed(running.attempt, &reason);
        tracing::debug!(attempt = %running.attempt, ?completion, "an attempt has ended");
        let Stage { info, kind, .. } = &self.stage;
        self.driver.events.task_end(info, kind.clone(), running.info.clone(), reason);
    }

    /// Unless it is done, or somebody is at it.
    fn retry(&mut self, partition: usize) {
        let is_at_work = self.running.values().any(|running| running.partition == partition)
            || self.pending.iter().any(|(pending, _)| *pending == partition);
        if self.failure.is_none() && self.is_open(partition) && !is_at_work {
            self.pending.push_back((partition, Speculation::No));
        }
    }

    /// Whoever else is at the partition is not needed any more.
    fn done(&mut self, partition: usize, result: Option<T>) {
        self.partitions[partition].progress = Progress::Done(result);
        self.kill(|rival| rival.partition == partition);
    }

    fn is_open(&self, partition: usize) -> bool {
        matches!(self.partitions[partition].progress, Progress::Open)
    }

    fn fail(&mut self, error: anyhow::Error) {
        self.failure.get_or_insert(error);
        self.pending.clear();
        // Whoever waits for a commit is denied it.
        self.driver.coordinator.stage_end(self.stage.info.stage_id);
        self.kill(|_| true);
    }

    fn kill(&self, is_meant: impl Fn(&Running) -> bool) {
        self.running.values().filter(|running| is_meant(running)).for_each(|running| running.kill.kill());
    }

    /// Once three quarters of the tasks are done, those that take longer than one and a half times the median get a second
    /// attempt.
    fn speculate(&mut self) {
        let open = (0..self.partitions.len()).filter(|partition| self.is_open(*partition)).count();
        if self.failure.is_some() || open * 4 > self.partitions.len() {
            return;
        }
        self.took.sort_unstable();
        let median = self.took.get(self.took.len() / 2).copied().unwrap_or_default();
        let is_slow = |running: &Running| running.began.elapsed() > (median * 3 / 2).max(LOOK);
        let slow = self.running.values().filter(|running| is_slow(running));
        let slow: Vec<_> = slow.map(|running| running.partition).collect();
        for partition in slow {
            let attempts = self.running.values().filter(|running| running.partition == partition).count();
            if self.is_open(partition)
                && attempts == 1
                && self.pending.iter().all(|(pending, _)| *pending != partition)
            {
                self.driver.events.speculative_task_submitted(&self.stage.info);
                self.pending.push_back((partition, Speculation::Yes));
            }
        }
    }
}
