//! The progress bar of the terminal.

use std::time::{Duration, Instant};

use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike};
use listener_bus::SchedulerListener;
use listener_bus::status::{AppStatusListener, ConsoleProgressBar};

use crate::support::at_once;
use crate::support::events::{completed, stage, submitted, task_end, task_start};

/// Waits until the terminal shows what is expected.
fn shows(term: &InMemoryTerm, what: &str, is_so: impl Fn(&str) -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so(&term.contents()) {
        assert!(Instant::now() < end, "{what}: {:?}", term.contents());
        std::thread::yield_now();
    }
}

#[test]
fn the_terminal_shows_the_stages_that_run_and_is_clean_afterwards() {
    let mut listener = AppStatusListener::new(at_once());
    let term = InMemoryTerm::new(10, 60);
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
    let builder = ConsoleProgressBar::builder().target(target).columns(term.width());
    let every = Duration::from_millis(1);
    let bar = builder.first_delay(every).update_interval(every).start(listener.store()).unwrap();
    for event in [submitted(stage(3, 0, 4)), task_start(3, 0), task_start(3, 1), task_end(3, 0)] {
        listener.on_scheduler_event(&event);
    }
    shows(&term, "a stage runs", |shown| {
        shown.starts_with("[Stage 3:===") && shown.ends_with(" (1 + 1) / 4]")
    });
    for id in 4..8 {
        listener.on_scheduler_event(&submitted(stage(id, 0, 4)));
    }
    shows(&term, "three of five", |shown| shown.matches("[Stage").count() == 3 && shown.lines().count() == 1);
    for id in 3..8 {
        listener.on_scheduler_event(&completed(stage(id, 0, 4)));
    }
    shows(&term, "nothing runs", str::is_empty);
    drop(bar);
    assert_eq!(term.contents(), "");
}
