//! The one thread that watches the time for a coordinator: it ends leases, tells the metrics, and lets denials be
//! remembered again after a flood.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError};

use crate::coordinator::Core;

/// The metrics follow the numbers after this time.
const PUBLISH_AFTER: Duration = Duration::from_millis(250);

/// When to look next, and for what.
#[derive(Default)]
struct Due {
    publish: Option<Instant>,
    lease: Option<Instant>,
}

impl Due {
    fn next(&self) -> Option<Instant> {
        self.publish.into_iter().chain(self.lease).min()
    }

    /// Does what is due.
    fn look(&mut self, core: &Core, now: Instant) {
        match self.publish {
            Some(at) if at <= now => {
                self.publish = None;
                core.is_noticed.store(false, Ordering::SeqCst);
                core.publish();
                core.latest_denials.make_room();
            }
            None if core.is_noticed.load(Ordering::SeqCst) => self.publish = now.checked_add(PUBLISH_AFTER),
            Some(_) | None => {}
        }
        self.lease = core.expire(now);
    }
}

/// Starts the watch. It sleeps while nothing happens, ends with its coordinator, and nobody joins it.
pub(crate) fn start(name: &str, woken: Receiver<()>, core: Weak<Core>) -> io::Result<()> {
    let work = move || {
        let mut due = Due::default();
        loop {
            let woken = match due.next() {
                Some(at) => woken.recv_deadline(at),
                None => woken.recv().map_err(RecvTimeoutError::from),
            };
            if woken == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let Some(core) = core.upgrade() else { return };
            let now = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| due.look(&core, now))).is_err() {
                tracing::error!("a panic while looking at leases, or telling of an aborted stage");
            }
        }
    };
    thread::Builder::new().name(format!("{name}-watch")).spawn(work).map(drop)
}
