//! Staying after the end, until somebody has seen enough.

use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

use crate::signals::Signals;
use crate::units;

/// How long a program goes on serving after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// For so long, or until a signal.
    AtMost(Duration),
    /// Until a signal.
    UntilSignal,
}

impl std::fmt::Display for Stay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(time) => write!(f, "for {}", units::duration(*time)),
            Self::UntilSignal => f.write_str("until SIGTERM or SIGINT"),
        }
    }
}

/// Takes SIGTERM and SIGINT from the moment it is made; before, they end the program.
#[derive(Debug)]
pub struct Linger {
    runtime: Runtime,
    signals: Signals,
}

impl Linger {
    /// Begins to take signals.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn begin() -> anyhow::Result<Self> {
        let runtime =
            Builder::new_current_thread().enable_all().build().context("cannot wait for signals")?;
        let signals = runtime.block_on(async { Signals::listen() }).context("cannot take signals")?;
        Ok(Self { runtime, signals })
    }

    /// Waits until the time is over, or a signal comes.
    pub fn wait(mut self, stay: Stay) {
        self.runtime.block_on(async {
            match stay {
                Stay::AtMost(time) => drop(tokio::time::timeout(time, self.signals.next()).await),
                Stay::UntilSignal => drop(self.signals.next().await),
            }
        });
    }
}
