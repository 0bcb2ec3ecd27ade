//! What the listener bus promises.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

#[cfg(feature = "tokio")]
mod bus_async;
mod bus_capacity;
mod bus_life;
mod bus_listeners;
mod bus_metrics;
mod bus_order;
mod bus_own_events;
mod bus_panics;
#[cfg(feature = "prometheus")]
mod bus_prometheus;
mod bus_races;
mod bus_removal;
mod bus_scheduler;
#[cfg(feature = "prometheus")]
mod bus_scrape;
mod bus_stop;
mod bus_two;
mod events_accumulators;
mod events_any;
mod events_data;
mod events_defaults;
mod events_errors;
mod events_listener;
mod events_logs;
mod events_numbers;
mod events_odd;
mod events_samples;
mod events_scan;
mod events_unknown;
mod support;
