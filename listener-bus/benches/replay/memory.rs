//! What memory a read takes: in a process of its own, whose peak the system tells.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Has a process of this program read the log at `path`; answers the most it had in memory, in bytes.
pub(crate) fn peak_of_read(path: &Path, threads: usize) -> Result<u64> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args(["--memory", &threads.to_string(), "--log"]).arg(path).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// The most this process has had in memory, in bytes.
pub(crate) fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    Ok(kib.parse::<u64>()? * 1024)
}
