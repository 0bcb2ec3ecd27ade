//! What can be chosen: to do or not, when, and for what.

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// It is not.
    Off,
    /// It is.
    On,
}

impl Switch {
    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// When a log is forced to the disk itself, so that it survives the machine and not only the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncPolicy {
    /// Whenever the operating system likes to.
    #[default]
    Never,
    /// Once the log is complete: all its files, and their names.
    OnFinish,
    /// Then, and each time a rolling log goes on in a new file; the names of new files are forced with them.
    OnRoll,
    /// Then, and with each flush. Slow: a flush waits for the disk.
    OnFlush,
}

/// Where the events come from that are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An application that runs: the log begins with a log start of its own, and events are chosen, trimmed and redacted
    /// as Spark's event logger does.
    #[default]
    Application,
    /// Another log, which is written anew: its own log start comes first, and every event is written as it stands, but
    /// for those that [`EventLogSettings::excluded_events`](super::EventLogSettings::excluded_events) names. Nothing is flushed before its time.
    Log,
}
