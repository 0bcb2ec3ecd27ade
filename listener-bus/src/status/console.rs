//! A line at the bottom of the terminal that shows the stages that run.

mod line;

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use console::Term;
use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{AppStatusStore, StageData};
use line::progress_line;

/// The stages that are shown at most.
const STAGES: usize = 3;
/// A stage is shown once it is so old, and the first look comes so late.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// A line that does not change is drawn again so often, for others write to the terminal too.
const REDRAW_EVERY: Duration = Duration::from_mins(1);
/// What the line is as wide as where nobody knows how wide the terminal is.
const COLUMNS: u16 = 80;
/// How long dropping the bar waits for its thread.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// Shows the progress of up to three stages that run on one line of the terminal, as Spark's bar of the same name does:
/// `[Stage 2:=====>      (12 + 4) / 40]`, where 12 tasks of 40 are done and 4 run.
///
/// It writes to the standard error, and nothing at all where that is no terminal. The line goes when nothing runs, and
/// when the bar is dropped.
///
/// ```
/// use listener_bus::status::{AppStatusListener, ConsoleProgressBar};
///
/// let listener = AppStatusListener::default();
/// let bar = ConsoleProgressBar::builder().start(listener.store())?;
/// # drop(bar);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends the bar"]
pub struct ConsoleProgressBar {
    /// Dropped to end the bar.
    stop: Option<Sender<()>>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

/// Sets a [`ConsoleProgressBar`] up.
#[derive(Debug)]
#[must_use = "nothing is shown until it is started"]
pub struct ConsoleProgressBarBuilder {
    update_interval: Duration,
    first_delay: Duration,
    target: ProgressDrawTarget,
    columns: Option<u16>,
}

impl ConsoleProgressBar {
    /// Sets a bar up.
    pub fn builder() -> ConsoleProgressBarBuilder {
        ConsoleProgressBarBuilder {
            update_interval: Duration::from_millis(200),
            first_delay: FIRST_DELAY,
            target: ProgressDrawTarget::stderr(),
            columns: None,
        }
    }
}

impl Drop for ConsoleProgressBar {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.ended.recv_timeout(DROP_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the console's progress bar did not end in time and is left behind");
        }
    }
}

impl ConsoleProgressBarBuilder {
    /// The time between two looks. `spark.ui.consoleProgress.update.interval`, defaults to 200 ms.
    pub fn update_interval(mut self, interval: Duration) -> Self {
        self.update_interval = interval;
        self
    }

    /// How long a stage must have run before it is shown, and how long the first look waits. Defaults to 500 ms.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Where to draw. Defaults to the standard error, and to nowhere if that is no terminal.
    pub fn target(mut self, target: ProgressDrawTarget) -> Self {
        self.target = target;
        self
    }

    /// How wide the line is, in characters. Defaults to the terminal's width, or 80 where nobody knows it.
    pub fn columns(mut self, columns: u16) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Starts the bar, on a thread of its own.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(self, store: AppStatusStore) -> io::Result<ConsoleProgressBar> {
        let bar = ProgressBar::with_draw_target(None, self.target).with_style(line_style());
        let columns = self.columns.unwrap_or_else(terminal_columns);
        let (stop, stopped) = bounded(0);
        let (alive, ended) = bounded::<()>(0);
        let first_delay = self.first_delay;
        let look = Look { store, bar, columns, first_delay, shown: String::new(), drawn: Instant::now() };
        let update_interval = self.update_interval;
        let work = move || {
            keep_looking(look, first_delay, update_interval, &stopped);
            drop(alive);
        };
        thread::Builder::new().name("console-progress".to_owned()).spawn(work)?;
        Ok(ConsoleProgressBar { stop: Some(stop), ended })
    }
}

fn line_style() -> ProgressStyle {
    // A template without a mistake.
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn terminal_columns() -> u16 {
    Term::stderr().size_checked().map_or(COLUMNS, |(_, columns)| columns)
}

struct Look {
    store: AppStatusStore,
    bar: ProgressBar,
    columns: u16,
    first_delay: Duration,
    shown: String,
    drawn: Instant,
}

fn keep_looking(mut look: Look, first_delay: Duration, every: Duration, stopped: &Receiver<()>) {
    let mut wait = first_delay;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        look.now();
        wait = every;
    }
    look.bar.finish_and_clear();
}

impl Look {
    fn now(&mut self) {
        let view = self.store.view();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let is_old = |stage: &StageData| {
            let submitted = stage.submission_time.map_or(0, |time| u64::try_from(time.0).unwrap_or(0));
            now.saturating_sub(Duration::from_millis(submitted)) >= self.first_delay
        };
        let stages = view.current().into_iter().flat_map(|application| application.active_stages());
        let stages: Vec<_> =
            stages.map(|stage| stage.data()).filter(|stage| is_old(stage)).take(STAGES).collect();
        let line = progress_line(&stages, self.columns.into());
        if line != self.shown || self.drawn.elapsed() >= REDRAW_EVERY {
            self.draw(line);
        }
    }

    fn draw(&mut self, line: String) {
        self.bar.set_message(line.clone());
        self.bar.tick();
        self.shown = line;
        self.drawn = Instant::now();
    }
}
