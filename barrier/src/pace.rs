//! How whoever drives a stage waits: here on a thread of its own, and in tokio elsewhere.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use listener_bus::{Posted, Poster, SchedulerEvent};

/// Posts an event.
pub(crate) type Post = fn(&Poster<SchedulerEvent>, SchedulerEvent) -> Posted;

/// The clock of a wait. The work itself is the same for threads and for async tasks: futures that need no runtime.
pub(crate) trait Pace: Send + Sync {
    /// How those post who wait like this: whether they wait for a queue whose policy is to block.
    const POST: Post;

    /// Ends at that time.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send;
}

/// The moment so long from now; `None` if the clock cannot tell it, and then it never comes.
pub(crate) fn after(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}

/// Does `work` until `at` at the most; `None` if the time is over first.
pub(crate) async fn within<P: Pace, F: Future>(pace: &P, at: Option<Instant>, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut end = pin!(async {
        match at {
            Some(at) => pace.sleep_until(at).await,
            None => pending().await,
        }
    });
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Waits by blocking the thread.
#[derive(Debug, Default)]
pub(crate) struct OnThread {
    bell: Arc<Bell>,
}

/// Wakes the thread that drives.
#[derive(Debug, Default)]
struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rung: bool,
    /// The first time that is slept for.
    next: Option<Instant>,
}

impl OnThread {
    /// Drives `work` to its end.
    pub(crate) fn drive<F: Future>(&self, work: F) -> F::Output {
        let waker = Waker::from(Arc::clone(&self.bell));
        let mut context = Context::from_waker(&waker);
        let mut work = pin!(work);
        loop {
            self.bell.forget();
            if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
                return done;
            }
            self.bell.wait();
        }
    }
}

impl Pace for OnThread {
    const POST: Post = Poster::post;

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send {
        Nap { bell: Arc::clone(&self.bell), at }
    }
}

struct Nap {
    bell: Arc<Bell>,
    at: Instant,
}

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.at <= Instant::now() {
            return Poll::Ready(());
        }
        self.bell.set(self.at);
        Poll::Pending
    }
}

impl Bell {
    /// Before each look: what has been rung so far is seen by it, and it says anew what is slept for.
    fn forget(&self) {
        *self.lock() = State::default();
    }

    fn set(&self, at: Instant) {
        let mut state = self.lock();
        state.next = Some(state.next.map_or(at, |next| next.min(at)));
    }

    /// Sleeps until it is rung, or it is time.
    fn wait(&self) {
        let mut state = self.lock();
        while !state.rung {
            let Some(next) = state.next else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.lock().rung = true;
        self.changed.notify_one();
    }
}
