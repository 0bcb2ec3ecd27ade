//! The one thread that notices executors which are silent for too long.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::thread;
use std::time::Instant;

use crossbeam::channel::{Receiver, RecvTimeoutError};

use super::Shared;
use super::removal::Removal;

/// Starts the watch. It sleeps while there is no executor, ends with the last handle, and nobody joins it.
pub(super) fn start(coordinator: &str, woken: Receiver<()>, shared: Weak<Shared>) -> io::Result<()> {
    let work = move || {
        let mut next: Option<Instant> = None;
        loop {
            let woken = match next {
                Some(at) => woken.recv_deadline(at),
                None => woken.recv().map_err(RecvTimeoutError::from),
            };
            if woken == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let Some(shared) = shared.upgrade() else { return };
            next = shared.look(Instant::now());
        }
    };
    thread::Builder::new().name(format!("{coordinator}-executors")).spawn(work).map(drop)
}

impl Shared {
    /// Removes who is silent for too long; answers when to look again.
    fn look(&self, now: Instant) -> Option<Instant> {
        let (silent, next) = self.lock().expire(now, self.lost_after);
        for gone in silent {
            let executor = gone.executor_id.clone();
            // Log lines and metrics are other people's code as well.
            if catch_unwind(AssertUnwindSafe(|| self.removed(gone, Removal::Silent))).is_err() {
                tracing::error!(%executor, "a panic while telling that an executor is lost");
            }
        }
        next
    }
}
