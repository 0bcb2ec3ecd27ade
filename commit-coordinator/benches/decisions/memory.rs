//! What a million partitions need: in a process of its own, whose memory the system tells.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use commit_coordinator::TaskAttempt;
use listener_bus::events::{Bare, TaskEndReason};

use crate::outcome::Outcome;
use crate::workloads::{MILLION, Metrics, coordinator};

/// What has happened to the partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Memory {
    /// All are granted.
    Granted,
    /// All are granted after the failure of another attempt.
    Failed,
}

impl Memory {
    pub(crate) const ALL: [Self; 2] = [Self::Granted, Self::Failed];

    /// As Spark's side and this program's arguments call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Failed => "failed",
        }
    }

    /// As the table calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Granted => "all granted",
            Self::Failed => "all granted after the failure of another attempt",
        }
    }

    /// Has a process of this program measure it; the time in the outcome is bytes.
    pub(crate) fn measure(self) -> Result<Outcome> {
        let output = Command::new(std::env::current_exe()?).args(["--memory", self.name()]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Outcome::parse(&String::from_utf8_lossy(&output.stdout))?.check()
    }

    /// Measures it in this process.
    pub(crate) fn here(self) -> Result<Outcome> {
        let coordinator = coordinator(Metrics::Off)?;
        let before = resident()?;
        coordinator.stage_start(0, MILLION - 1)?;
        let lost = TaskEndReason::TaskResultLost(Bare::default());
        let mut granted = 0;
        for partition in 0..MILLION {
            let task = |attempt: i64| TaskAttempt::new(0, 0, partition, attempt);
            if self == Self::Failed {
                coordinator.task_completed(task(0), &lost);
            }
            granted += u64::from(coordinator.can_commit(task(1)).is_granted());
        }
        let nanos = resident()?.saturating_sub(before);
        let asks = u64::from(MILLION.unsigned_abs());
        Ok(Outcome { asks, granted, partitions: asks, nanos, ..Outcome::default() })
    }
}

/// What this process has in memory, in bytes.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
    Ok(kib.parse::<u64>()? * 1024)
}
