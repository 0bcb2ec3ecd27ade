//! One answer for all who wait for it, be they threads or tasks.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::error::BarrierError;
use crate::messages::Messages;
use crate::sync::{Condvar, Mutex, OnceLock, lock, wait};

/// How a round ended.
pub(crate) type Outcome = Result<Messages, BarrierError>;

/// How one round ended, once it has. Given once and never changed, so a later round cannot overwrite it.
pub(crate) struct Answer {
    /// Given before those who wait are looked up under their lock, so whoever looks again under that lock misses
    /// nothing.
    outcome: OnceLock<Outcome>,
    waiters: Mutex<Waiters>,
    given: Condvar,
    /// How many may wait, or so.
    expected: usize,
}

#[derive(Debug, Default)]
struct Waiters {
    /// Those who wait as tasks, each in its place.
    tasks: Vec<Option<Waker>>,
    /// How many threads sleep: to notify none is a system call all the same.
    threads: usize,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer that about so many will wait for.
    pub(crate) fn open(expected: usize) -> Arc<Self> {
        let (waiters, given) = (Mutex::new(Waiters::default()), Condvar::new());
        Arc::new(Self { outcome: OnceLock::new(), waiters, given, expected })
    }

    /// Gives the answer and wakes all who wait; the first one stays. Not to be called with a lock held: wakers are
    /// somebody else's code.
    pub(crate) fn give(&self, outcome: Outcome) {
        if self.outcome.set(outcome).is_err() {
            return;
        }
        let Waiters { tasks, threads } = std::mem::take(&mut *lock(&self.waiters));
        if threads > 0 {
            self.given.notify_all();
        }
        for waker in tasks.into_iter().flatten() {
            waker.wake();
        }
    }

    /// The answer, if it is there.
    pub(crate) fn get(&self) -> Option<Outcome> {
        self.outcome.get().cloned()
    }

    /// Blocks until the answer is there.
    pub(crate) fn wait(&self) -> Outcome {
        let mut waiters = lock(&self.waiters);
        waiters.threads += 1;
        loop {
            match self.get() {
                Some(outcome) => return outcome,
                None => waiters = wait(&self.given, waiters),
            }
        }
    }

    /// The answer, or the promise to wake the task; `place` is where its waker is kept from one call to the next.
    fn poll(&self, context: &Context<'_>, place: &mut Option<usize>) -> Poll<Outcome> {
        if let Some(outcome) = self.get() {
            return Poll::Ready(outcome);
        }
        let tasks = &mut lock(&self.waiters).tasks;
        if let Some(outcome) = self.get() {
            return Poll::Ready(outcome);
        }
        match place.and_then(|place| tasks.get_mut(place)) {
            Some(Some(waker)) => waker.clone_from(context.waker()),
            Some(empty) => *empty = Some(context.waker().clone()),
            None => {
                if tasks.capacity() == 0 {
                    tasks.reserve(self.expected);
                }
                *place = Some(tasks.len());
                tasks.push(Some(context.waker().clone()));
            }
        }
        Poll::Pending
    }

    /// Wakes no task for `place` any more.
    fn forget(&self, place: usize) {
        let waker = lock(&self.waiters).tasks.get_mut(place).and_then(Option::take);
        drop(waker);
    }
}

/// Waits for an answer as a task.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is polled"]
pub(crate) struct Answered {
    answer: Arc<Answer>,
    place: Option<usize>,
}

impl Answered {
    pub(crate) fn new(answer: Arc<Answer>) -> Self {
        Self { answer, place: None }
    }

    /// Waits for it as a thread.
    pub(crate) fn wait(&self) -> Outcome {
        self.answer.wait()
    }
}

impl Future for Answered {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let this = &mut *self;
        let polled = this.answer.poll(context, &mut this.place);
        if polled.is_ready() {
            this.place = None;
        }
        polled
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.answer.forget(place);
        }
    }
}
