//! Follows a live log.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Context as _;
use examples::log::Source;
use examples::logs::Logs;
use examples::progress::Progress;
use examples::units::count;
use listener_bus::event_log::{FollowEnd, FollowOptions, FollowStop, LogLines};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::FollowArgs;
use crate::cat::Events;
use crate::selection::Selection;
use crate::telling::Telling;
use crate::walk::{Line, Walk};

/// A log that may not be there yet.
struct Live(PathBuf);

impl Source for Live {
    fn path(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// Writes events as they come; gives the number of errors, which have been told.
pub(crate) fn follow(args: &FollowArgs) -> anyhow::Result<u64> {
    let progress = Progress::hidden();
    let mut walk = Walk { telling: Telling::start(&progress, &Logs::default()), progress };
    let options = FollowOptions::new().appears_within(args.appears_within);
    let options = args.idle.map_or_else(|| options.clone(), |idle| options.clone().idle(idle));
    let (lines, stop) = LogLines::following(&args.log, &options);
    stop_at_signal(stop.clone())?;
    let log = Live(args.log.clone());
    let mut selection = Selection::new(&args.selection);
    // Standard output hands over each line at once.
    let mut out = Events::new(io::stdout().lock(), args.selection.limit);
    let mut read = 0;
    let take = |line: &Line<'_>| {
        read += 1;
        if selection.takes(&line.facts) { out.write(line.raw.bytes()) } else { Ok(ControlFlow::Continue(())) }
    };
    let next =
        if args.selection.limit == Some(0) { ControlFlow::Break(()) } else { walk.lines(&log, lines, take)? };
    let ended = if next.is_break() { "the limit is reached" } else { how(stop.ended()) };
    walk.telling.note(format_args!("{ended}: {}, {} written", count(read, "event"), out.written()));
    Ok(walk.telling.errors())
}

fn how(ended: Option<FollowEnd>) -> &'static str {
    match ended {
        Some(FollowEnd::Completed) => "the log is complete",
        Some(FollowEnd::Idle) => "the log does not grow any more",
        Some(FollowEnd::Gone) => "the log is gone",
        Some(FollowEnd::Stopped) => "stopped",
        _ => "the log cannot be read any further",
    }
}

/// Ends the following at the first Ctrl-C, or when it is to terminate.
fn stop_at_signal(stop: FollowStop) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.context("cannot wait for signals")?;
    let signals = {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt())
            .and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)))
    };
    let (mut interrupt, mut terminate) = signals.context("cannot wait for signals")?;
    let wait = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.stop();
    };
    let thread = thread::Builder::new().name("event-log-signals".to_owned());
    thread.spawn(move || runtime.block_on(wait)).map(drop).context("cannot wait for signals")
}
