//! What is done for a client as long as it lives: it stays connected, and the log says who waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::book::{Book, Phase};
use super::core::Core;
use super::line::{Age, Line, NoLine};
use super::trouble::Trouble;
use crate::answer::Answered;
use crate::error::Gone;

/// How long a client that closes has for what is left to say.
pub(super) const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// Whoever has waited is told, also when the runtime goes down and the work with it.
struct Ending<'a>(&'a Core);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Works for the client until it closes.
pub(super) async fn work(core: Arc<Core>, line: Line) {
    let ending = Ending(&core);
    tokio::select! {
        () = stay_connected(&core, line) => {}
        () = log_waiting(&core) => {}
        () = closes(&core) => {}
    }
    drop(ending);
}

/// What becomes of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is told at once: somebody has set this up wrongly.
    IsFinal,
    /// It is tried again, for it has worked before: what stands in between may be starting as well.
    MayPass,
}

/// Tries to connect as long as patience lasts; answers the connection, or what the last try ended with.
pub(super) async fn connect(
    core: &Arc<Core>,
    trouble: &mut Trouble,
    refusal: Refusal,
) -> Result<Line, NoLine> {
    let patience = core.settings.give_up_after;
    while let Some(pause) = trouble.rest(patience) {
        sleep(pause).await;
        let within = trouble.try_within(patience);
        match timeout(within, Line::open(core)).await {
            Ok(Ok(line)) => return Ok(line),
            Ok(Err(refused @ NoLine::Refused(_))) if refusal == Refusal::IsFinal => return Err(refused),
            Ok(Err(failed)) => trouble.last = failed.words(),
            Err(_elapsed) => trouble.hung(within),
        }
    }
    Err(NoLine::Unreachable(Arc::clone(&trouble.last)))
}

async fn stay_connected(core: &Arc<Core>, mut line: Line) {
    let mut trouble: Option<Trouble> = None;
    loop {
        let urgency = line.urgency();
        let end = line.serve(core).await;
        core.next_line();
        let last = end.why.words();
        tracing::debug!(why = &*last, "the connection to the barrier coordinator has ended");
        let mut going_on = match (end.age, trouble) {
            (Age::Young, Some(before)) => before.goes_on(last),
            (Age::Young, None) | (Age::Grown, _) => Trouble::new(last),
        };
        going_on.hurry(urgency);
        let Some(again) = reconnect(core, &mut going_on).await else { return };
        line = again;
        trouble = Some(going_on);
    }
}

/// Connects again, once there is a reason to; `None` if the client has nothing left to say.
async fn reconnect(core: &Arc<Core>, trouble: &mut Trouble) -> Option<Line> {
    loop {
        while !core.look(Book::needs_server) {
            if core.look(Book::phase) != Phase::Open {
                return None;
            }
            core.changed().await;
            trouble.begin_again();
        }
        if let Ok(line) = connect(core, trouble, Refusal::MayPass).await {
            return Some(line);
        }
        let (tried, last) = (trouble.lasts(), Arc::clone(&trouble.last));
        tracing::warn!(?tried, %last, "the barrier coordinator cannot be reached; its gangs are given up");
        core.give_up(&Gone::Unreachable { tried, last });
        trouble.begin_again();
    }
}

async fn log_waiting(core: &Core) {
    // Looked at more often than told, so that nobody is told of much too late.
    let every = (core.settings.log_waiting_every / 8).max(Duration::from_millis(1));
    loop {
        sleep(every).await;
        core.log_waiting();
    }
}

/// Waits until the client has been closing for too long.
async fn closes(core: &Core) {
    Answered::new(Arc::clone(&core.closing)).await.map_or_else(drop, drop);
    sleep(CLOSE_WITHIN).await;
}
