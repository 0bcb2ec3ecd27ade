//! What is done for a client as long as it lives: it stays connected, and the log says who waits.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::book::{Book, Phase};
use super::core::Core;
use super::line::{Line, NoLine};
use crate::answer::Answered;
use crate::error::Gone;

/// How long a client that closes has for what is left to say.
pub(super) const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// How long one try to connect may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The first pause after a try that failed; each one after is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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

/// Tries to connect for so long; answers the connection, or what the last try ended with.
pub(super) async fn connect(core: &Arc<Core>, patience: Duration) -> Result<Line, NoLine> {
    let since = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let left = patience.saturating_sub(since.elapsed());
        let tried = timeout(CONNECT_WITHIN.min(left), Line::open(core)).await;
        let failed = match tried {
            Ok(Ok(line)) => return Ok(line),
            Ok(Err(refused @ NoLine::Refused(_))) => return Err(refused),
            Ok(Err(failed @ NoLine::Unreachable(_))) => failed,
            Err(_elapsed) => NoLine::Unreachable("the server did not answer in time".into()),
        };
        if since.elapsed() + pause >= patience {
            return Err(failed);
        }
        sleep(jitter(pause)).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Between a half and the whole of it, so that clients that were cut off together do not come back together.
fn jitter(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(Instant::now());
    let share = u32::try_from(random % 1_000).unwrap_or_default();
    pause / 2 + pause / 2 * share / 1_000
}

async fn stay_connected(core: &Arc<Core>, mut line: Line) {
    loop {
        let why = line.serve(core).await;
        let Some(again) = reconnect(core, why).await else { return };
        line = again;
    }
}

/// Connects again, once there is a reason to; `None` if the client has nothing left to say.
async fn reconnect(core: &Arc<Core>, why: NoLine) -> Option<Line> {
    core.next_line();
    let mut since = Instant::now();
    tracing::debug!(?why, "the connection to the barrier coordinator has ended");
    loop {
        while !core.look(Book::needs_server) {
            if core.look(Book::phase) != Phase::Open {
                return None;
            }
            core.changed().await;
            since = Instant::now();
        }
        let last = match connect(core, core.settings.give_up_after).await {
            Ok(line) => return Some(line),
            Err(NoLine::Unreachable(last)) => last,
            Err(NoLine::Refused(status)) => status.to_string().into(),
        };
        let tried = since.elapsed();
        tracing::warn!(?tried, %last, "the barrier coordinator cannot be reached; its gangs are given up");
        core.give_up(&Gone::Unreachable { tried, last });
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
