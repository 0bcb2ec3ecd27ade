//! The way to a stage that runs, from elsewhere.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use listener_bus::events::{PartitionId, StageId};

use crate::sync::{Mutex, MutexGuard, lock};

/// Aborts a stage, or kills a task of it, from anywhere; a cheap handle.
#[derive(Clone)]
pub struct StageHandle {
    control: Arc<Control>,
}

/// What is asked of the driver of a stage.
pub(crate) struct Control {
    stage_id: StageId,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    abort: Option<Arc<str>>,
    kill: Option<(PartitionId, Arc<str>)>,
    driver: Option<Waker>,
}

/// Where a stage is in its life.
enum Phase {
    /// No task runs: it has not begun, or waits for slots.
    Waiting,
    /// These tasks run.
    Running(BTreeSet<PartitionId>),
    /// It has ended; this does not change any more.
    Over,
}

/// What somebody asks.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// To end the stage.
    Abort(Arc<str>),
    /// To kill one task.
    Kill(PartitionId, Arc<str>),
}

impl fmt::Debug for StageHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StageHandle").field("stage_id", &self.stage_id()).finish_non_exhaustive()
    }
}

impl StageHandle {
    pub(crate) fn new(control: &Arc<Control>) -> Self {
        Self { control: Arc::clone(control) }
    }

    /// The stage.
    pub fn stage_id(&self) -> StageId {
        self.control.stage_id
    }

    /// Ends the stage, whatever it is about: its tasks are told, and it is not tried again. A stage that has not begun
    /// ends as soon as it does. Answers whether it had not ended; the first reason stays.
    pub fn abort(&self, reason: impl Into<Arc<str>>) -> bool {
        let reason = reason.into();
        self.control.ask(|state| {
            state.abort.get_or_insert(reason);
            !matches!(state.phase, Phase::Over)
        })
    }

    /// Kills the task of this partition, and with it the stage attempt, which counts as failed. Answers whether the task
    /// was running.
    pub fn kill_task(&self, partition: impl Into<PartitionId>, reason: impl Into<Arc<str>>) -> bool {
        let (partition, reason) = (partition.into(), reason.into());
        self.control.ask(|state| {
            let is_running = matches!(&state.phase, Phase::Running(tasks) if tasks.contains(&partition));
            if is_running {
                state.kill.get_or_insert((partition, reason));
            }
            is_running
        })
    }
}

impl Control {
    pub(crate) fn new(stage_id: StageId) -> Arc<Self> {
        let state = State { phase: Phase::Waiting, abort: None, kill: None, driver: None };
        Arc::new(Self { stage_id, state: Mutex::new(state) })
    }

    fn ask(&self, wish: impl FnOnce(&mut State) -> bool) -> bool {
        let mut state = self.lock();
        let answer = wish(&mut state);
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        answer
    }

    /// What somebody asks; or nothing, and the driver is woken when somebody does.
    pub(crate) fn poll_wish(&self, context: &Context<'_>) -> Poll<Wish> {
        let mut state = self.lock();
        if let Some(reason) = &state.abort {
            return Poll::Ready(Wish::Abort(Arc::clone(reason)));
        }
        if let Some((partition, reason)) = state.kill.take() {
            return Poll::Ready(Wish::Kill(partition, reason));
        }
        state.driver = Some(context.waker().clone());
        Poll::Pending
    }

    /// The tasks of a new attempt run.
    pub(crate) fn runs(&self, tasks: BTreeSet<PartitionId>) {
        self.lock().phase = Phase::Running(tasks);
    }

    /// A task runs no more.
    pub(crate) fn ended(&self, partition: PartitionId) {
        let mut state = self.lock();
        if let Phase::Running(tasks) = &mut state.phase {
            tasks.remove(&partition);
        }
    }

    /// No task can be killed any more: the attempt has ended, or is about to.
    pub(crate) fn rests(&self) {
        let mut state = self.lock();
        state.phase = Phase::Waiting;
        state.kill = None;
    }

    /// The stage has ended.
    pub(crate) fn over(&self) {
        self.lock().phase = Phase::Over;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
