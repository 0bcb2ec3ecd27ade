//! How often the failures of a disk are logged.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::outage_tests::{LAYOUTS, Logged, job};
use crate::event_log::Codec;

/// Set for the process that counts.
const ALONE: &str = "EVENT_LOG_COUNTED";

/// Counts what is logged as an error, by whoever runs in this thread.
#[derive(Clone, Debug, Default)]
struct Errors(Arc<AtomicU64>);

impl Subscriber for Errors {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if *event.metadata().level() == Level::ERROR {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Does nothing unless it is started as a process of its own: whoever logs first decides for all threads whether there is
/// anybody to tell.
#[test]
fn a_process_of_its_own_counts_what_is_told() {
    if env::var_os(ALONE).is_none() {
        return;
    }
    for layout in LAYOUTS {
        let errors = Errors::default();
        tracing::subscriber::with_default(errors.clone(), || {
            let mut logged = Logged::start(Codec::Zstd, layout);
            logged.tell(&job(0));
            assert_eq!(errors.0.load(Ordering::Relaxed), 0);
            // Four tries fail, and the fifth goes well.
            for (number, room) in (0..100).zip([0, 0, 0, 0, u64::MAX].into_iter().cycle()) {
                logged.disk.set(|faults| faults.room = room);
                logged.tell(&job(number));
            }
            assert_eq!(logged.report().outages, 20);
            assert!(!logged.finish().is_empty());
        });
        assert_eq!(errors.0.load(Ordering::Relaxed), 1, "{layout:?}");
    }
}

#[test]
fn a_disk_that_fails_again_and_again_is_told_of_once() {
    let ended = Command::new(env::current_exe().unwrap())
        .args(["event_log::listener::told_tests::a_process_of_its_own_counts_what_is_told", "--exact"])
        .arg("--test-threads=1")
        .env(ALONE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && told.contains("1 passed"), "{told}");
}
