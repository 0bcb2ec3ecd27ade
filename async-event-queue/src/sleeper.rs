//! How a dispatch thread sleeps, and how anybody wakes it without a lock.

use std::sync::OnceLock;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread;

/// One thread sleeps here; whoever rings wakes it, or keeps it from falling asleep the next time.
#[derive(Debug)]
pub(crate) struct Sleeper {
    rung: AtomicBool,
    thread: OnceLock<thread::Thread>,
}

impl Default for Sleeper {
    fn default() -> Self {
        Self { rung: AtomicBool::new(false), thread: OnceLock::new() }
    }
}

impl Sleeper {
    pub(crate) fn belongs_to_this_thread(&self) {
        self.thread.get_or_init(thread::current);
    }

    /// Sleeps until rung. Sees what the one who rang did before.
    pub(crate) fn sleep(&self) {
        while !self.rung.swap(false, Ordering::AcqRel) {
            thread::park();
        }
    }

    pub(crate) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }
}
