//! Reports of what the tasks of a finished stage took.

mod display;
mod listener;
mod quantiles;
mod report;
mod samples;

pub use listener::StatsReportListener;
pub use quantiles::{PERCENTILES, Quantiles};
pub use report::{StageOutcome, StageReport, TaskDistributions, TimeShares};
