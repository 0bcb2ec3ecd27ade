//! Runs the tasks of a gang as threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::crew::{Crew, Job, Launch, Refused};
use super::failure::TaskFailure;
use crate::context::BarrierTaskContext;
use crate::sync::{Condvar, Mutex, lock, wait};

/// What the task at a place does.
pub(crate) type Work<T> = Arc<dyn Fn(usize, &mut BarrierTaskContext) -> Result<T, TaskFailure> + Send + Sync>;

/// A thread a task.
pub(crate) struct Threads<T> {
    pub(crate) work: Work<T>,
    pub(crate) stack_size: Option<usize>,
}

/// Where the threads wait until all of them are there.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum GateState {
    /// Not all are there yet.
    #[default]
    Closed,
    /// All run.
    Open,
    /// None runs.
    CalledOff,
}

/// Whoever holds it opens the gate, or, dropping it, calls all off.
struct Keeper(Arc<Gate>);

impl<T: Send + 'static> Crew<T> for Threads<T> {
    fn muster(&self, jobs: Vec<Job<T>>) -> Result<Launch, Refused> {
        let keeper = Keeper(Arc::default());
        let mut threads = Vec::with_capacity(jobs.len());
        for job in jobs {
            let index = job.index;
            match self.spawn(job, Arc::clone(&keeper.0)) {
                Ok(thread) => threads.push(thread),
                Err(source) => {
                    drop(keeper);
                    see_off(threads);
                    return Err(Refused { index, source });
                }
            }
        }
        Ok(Box::new(move || keeper.open()))
    }
}

impl<T: Send + 'static> Threads<T> {
    fn spawn(&self, job: Job<T>, gate: Arc<Gate>) -> std::io::Result<JoinHandle<()>> {
        let work = Arc::clone(&self.work);
        let mut builder = thread::Builder::new().name(thread_name(&job));
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        builder.spawn(move || match gate.pass() {
            GateState::Open => run(job, work),
            GateState::Closed | GateState::CalledOff => drop(job),
        })
    }
}

/// Waits for threads that were called off: they do nothing but end.
fn see_off(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("the thread of a task that was called off has panicked");
        }
    }
}

fn run<T>(job: Job<T>, work: Work<T>) {
    let Job { index, mut context, seat } = job;
    let outcome = catch_unwind(AssertUnwindSafe(|| work(index, &mut context)));
    let outcome = outcome.unwrap_or_else(|payload| Err(TaskFailure::of_panic(&*payload)));
    // Before the end is told: whoever waits for it finds nothing of the task left.
    drop(context);
    drop(work);
    seat.end(outcome);
}

/// Which fits into the 15 bytes that Linux shows, for small numbers.
fn thread_name<T>(job: &Job<T>) -> String {
    let stage_attempt = job.context.stage_attempt();
    format!("stage-{}.{}-task-{}", stage_attempt.stage_id, stage_attempt.attempt_id, job.index)
}

impl Gate {
    /// Waits until it is known what becomes of the gang.
    fn pass(&self) -> GateState {
        let mut state = lock(&self.state);
        while *state == GateState::Closed {
            state = wait(&self.changed, state);
        }
        *state
    }

    fn settle(&self, fate: GateState) {
        let mut state = lock(&self.state);
        if *state == GateState::Closed {
            *state = fate;
            drop(state);
            self.changed.notify_all();
        }
    }
}

impl Keeper {
    fn open(self) {
        self.0.settle(GateState::Open);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.settle(GateState::CalledOff);
    }
}
