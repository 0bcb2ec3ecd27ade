//! The progress bar.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar is redrawn, and its rate worked out, this often.
const REDRAW_EVERY: Duration = Duration::from_millis(100);
const TEMPLATE: &str = "{bar:30} {bytes}/{total_bytes}  {elapsed}  {msg}";

/// Shows how far the reading is; draws nothing unless it is on a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    stored: Arc<AtomicU64>,
    began: Instant,
    shown: Instant,
    events: u64,
}

impl Progress {
    /// A bar for `total` bytes on standard output.
    pub fn on_stdout(total: u64) -> Self {
        let is_shown = io::stdout().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stdout() } else { ProgressDrawTarget::hidden() };
        Self::on(target, total)
    }

    /// A bar for `total` bytes on standard error.
    pub fn on_stderr(total: u64) -> Self {
        let is_shown = io::stderr().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self::on(target, total)
    }

    /// No bar.
    pub fn hidden() -> Self {
        Self::on(ProgressDrawTarget::hidden(), 0)
    }

    fn on(target: ProgressDrawTarget, total: u64) -> Self {
        let style = ProgressStyle::with_template(TEMPLATE).expect("the template is well formed");
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style);
        let now = Instant::now();
        Self { bar, stored: Arc::default(), began: now, shown: now, events: 0 }
    }

    /// Shows the bar from now on.
    pub fn begin(&mut self) {
        self.began = Instant::now();
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(REDRAW_EVERY);
        }
    }

    /// What is read as it is stored, in bytes, must be added here.
    pub fn stored(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.stored)
    }

    /// The bar itself.
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// One more event was read.
    pub fn event(&mut self) {
        self.events += 1;
        let now = Instant::now();
        if !self.bar.is_hidden() && now.duration_since(self.shown) >= REDRAW_EVERY {
            self.shown = now;
            self.bar.set_position(self.stored.load(Ordering::Relaxed));
            let rate = per_second(self.events, now.duration_since(self.began));
            self.bar.set_message(format!("{} events, {}/s", HumanCount(self.events), HumanCount(rate)));
        }
    }

    /// Everything is read, and not everything delivered.
    pub fn draining(&self) {
        self.bar.set_message(format!("{} events, waiting for the listeners", HumanCount(self.events)));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Events a second, rounded.
pub fn per_second(events: u64, over: Duration) -> u64 {
    let millis = over.as_millis().max(1);
    u64::try_from(u128::from(events) * 1000 / millis).unwrap_or(u64::MAX)
}

/// Writes to standard error, above the bar.
#[derive(Debug)]
pub struct AboveBar(pub ProgressBar);

impl Write for AboveBar {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(text))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
