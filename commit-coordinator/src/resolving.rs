//! The thread that asks the resolver about lost holders.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;

use crossbeam::channel::Receiver;

use crate::coordinator::Core;
use crate::permit::CommitPermit;
use crate::policy::{Resolution, Resolver};
use crate::stage::Stage;

/// Whether a permit was used.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) stage: Arc<Stage>,
    pub(crate) permit: CommitPermit,
}

/// Starts the thread. It ends with the coordinator, and nobody joins it: a resolver may take its time.
pub(crate) fn start(
    name: &str,
    resolver: Arc<dyn Resolver>,
    questions: Receiver<Question>,
    core: Weak<Core>,
) -> io::Result<()> {
    let work = move || {
        for question in questions {
            let found = catch_unwind(AssertUnwindSafe(|| resolver.resolve(&question.permit)));
            let found = found.unwrap_or_else(|_panic| {
                tracing::error!(task = %question.permit.task(), "the resolver of lost commits has panicked");
                Resolution::CannotTell
            });
            let Some(core) = core.upgrade() else { return };
            // What is told of an aborted stage is the user's code as well.
            if catch_unwind(AssertUnwindSafe(|| core.resolved(&question, found))).is_err() {
                tracing::error!(task = %question.permit.task(), "a panic while telling of an aborted stage");
            }
        }
    };
    thread::Builder::new().name(format!("{name}-resolver")).spawn(work).map(drop)
}
