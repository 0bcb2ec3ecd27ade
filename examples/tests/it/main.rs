//! What the programs promise, each run as a user runs it.

mod bad_input;
mod coordinator;
mod counts;
mod event_log;
mod lines;
mod metrics;
mod page;
mod queues;
mod support;
mod word_count;
