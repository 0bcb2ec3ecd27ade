//! What an event costs the listener.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::Result;
use listener_bus::SchedulerListener;
use listener_bus::events::SchedulerEvent;
use listener_bus::status::{AppStatusListener, AppStatusStore};

use crate::median;

pub(crate) fn measure(out: &mut impl Write, events: &[SchedulerEvent], repetitions: u32) -> Result<()> {
    writeln!(
        out,
        "{} events told to the listener; medians of {repetitions} repetitions in turn.\n",
        events.len()
    )?;
    let (mut alone, mut watched, mut views) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..repetitions {
        alone.push(told(&mut AppStatusListener::default(), events));
        let (nanos, seen) = told_while_watched(events);
        watched.push(nanos);
        views.push(seen);
    }
    writeln!(out, "| the listener is | ns an event | goal | views made meanwhile |")?;
    writeln!(out, "|---|---:|---:|---:|")?;
    writeln!(out, "| alone | {:.0} | < 1000 | 0 |", median(alone))?;
    writeln!(
        out,
        "| watched by a reader that asks all the time | {:.0} | < 1000 | {:.0} |",
        median(watched),
        median(views)
    )?;
    Ok(())
}

/// The time an event takes, in nanoseconds.
fn told(listener: &mut AppStatusListener, events: &[SchedulerEvent]) -> f64 {
    let begin = Instant::now();
    for event in events {
        listener.on_scheduler_event(event);
    }
    begin.elapsed().as_nanos() as f64 / events.len() as f64
}

fn told_while_watched(events: &[SchedulerEvent]) -> (f64, f64) {
    let mut listener = AppStatusListener::default();
    let (store, is_over, views) = (listener.store(), AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| watch(&store, &is_over, &views));
        let nanos = told(&mut listener, events);
        is_over.store(true, Ordering::Relaxed);
        (nanos, views.load(Ordering::Relaxed) as f64)
    })
}

fn watch(store: &AppStatusStore, is_over: &AtomicBool, views: &AtomicU64) {
    let mut version = 0;
    while !is_over.load(Ordering::Relaxed) {
        let view = store.view();
        if view.version != version {
            version = view.version;
            views.fetch_add(1, Ordering::Relaxed);
        }
    }
}
