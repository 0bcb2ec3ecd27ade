//! The status of applications, as a listener keeps it.

mod allocation;
mod console;
mod disorder;
mod gaps;
mod history_server;
mod hostile;
mod retention;
mod stats_report;
mod support;
mod views;
