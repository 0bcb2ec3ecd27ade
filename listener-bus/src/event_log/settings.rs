//! What an event log is to be like.

mod choices;
mod error;
mod from_spark;
mod layout;
mod size;

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Codec, Redaction};

pub use choices::{Origin, Switch, SyncPolicy};
pub use error::{BadValue, SettingsError};
pub use from_spark::{FromSpark, UnknownKey};
pub use layout::{LogLayout, MIN_FILE_SIZE};

/// What an event log is to be like, and where.
///
/// ```
/// use listener_bus::event_log::{Codec, EventLogSettings, LogLayout, SyncPolicy};
///
/// let settings = EventLogSettings::new("/var/log/applications")
///     .codec(Codec::Lz4)
///     .layout(LogLayout::Rolling { max_file_size: 64 << 20 })
///     .sync(SyncPolicy::OnFinish);
/// settings.check()?;
/// # Ok::<(), listener_bus::event_log::SettingsError>(())
/// ```
///
/// The defaults are those of Spark 4.1.4; what Spark has no word for does nothing unless it is asked for.
#[derive(Clone, Debug)]
#[must_use]
pub struct EventLogSettings {
    pub(super) folder: PathBuf,
    pub(super) codec: Codec,
    pub(super) compression_level: i32,
    pub(super) layout: LogLayout,
    pub(super) overwrite: Switch,
    pub(super) buffer_size: usize,
    pub(super) sync: SyncPolicy,
    pub(super) max_line: usize,
    pub(super) unflushed: Unflushed,
    pub(super) retry_after: Duration,
    pub(super) events: EventSettings,
}

/// Which events are written, and what of them.
#[derive(Clone, Debug)]
pub(super) struct EventSettings {
    pub(super) origin: Origin,
    pub(super) spark_version: String,
    pub(super) excluded: Vec<String>,
    pub(super) block_updates: Switch,
    pub(super) task_metrics_accumulables: Switch,
    pub(super) stage_executor_metrics: Switch,
    pub(super) redaction: Redaction,
    pub(super) application_keys: Vec<String>,
}

/// How much may be lost if the process is killed, in events and in time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unflushed {
    pub(super) events: Option<NonZeroU64>,
    pub(super) time: Option<Duration>,
}

impl EventLogSettings {
    /// Writes logs into `folder`, which must be there.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            codec: Codec::Zstd,
            compression_level: 1,
            layout: LogLayout::default(),
            overwrite: Switch::Off,
            buffer_size: 100 * 1024,
            sync: SyncPolicy::Never,
            max_line: super::DEFAULT_MAX_LINE,
            unflushed: Unflushed::default(),
            retry_after: Duration::from_secs(1),
            events: EventSettings::default(),
        }
    }

    /// The folder that logs are written into.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sets how files are compressed. Defaults to [`Codec::Zstd`].
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Sets how hard zstd tries, from 1 to 22; the other codecs have no levels. Defaults to 1.
    pub fn compression_level(mut self, level: i32) -> Self {
        self.compression_level = level;
        self
    }

    /// Sets whether a log is one file or several. Defaults to several, of 128 MiB of text at the most.
    pub fn layout(mut self, layout: LogLayout) -> Self {
        self.layout = layout;
        self
    }

    /// Sets whether a log of the same name is replaced. Defaults to not: writing fails instead.
    pub fn overwrite(mut self, overwrite: Switch) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets how much text is collected before it is compressed and stored, in bytes. Defaults to 100 KiB.
    pub fn buffer_size(mut self, bytes: usize) -> Self {
        self.buffer_size = bytes;
        self
    }

    /// Sets when the log is forced to the disk itself. Defaults to [`SyncPolicy::Never`].
    pub fn sync(mut self, sync: SyncPolicy) -> Self {
        self.sync = sync;
        self
    }

    /// Sets the longest line that is written, in bytes. Of an event that takes more, its ids are written in its place.
    /// Defaults to 256 MiB, beyond which Spark skips a line.
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Sets how many events may wait to be flushed. Defaults to any number.
    pub fn unflushed_events(mut self, events: NonZeroU64) -> Self {
        self.unflushed.events = Some(events);
        self
    }

    /// Sets how long an event may wait to be flushed. Defaults to as long as it takes. A thread sees to it.
    pub fn unflushed_time(mut self, time: Duration) -> Self {
        self.unflushed.time = Some(time);
        self
    }

    /// Sets how long a listener that cannot write waits before it tries again; it waits twice as long with each failure
    /// in a row, up to a minute. No more often, a writer looks whether its file is still there. Defaults to one second.
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Sets where the events come from. Defaults to [`Origin::Application`].
    pub fn origin(mut self, origin: Origin) -> Self {
        self.events.origin = origin;
        self
    }

    /// Sets the version of Spark that the log start names. Defaults to "4.1.4".
    pub fn spark_version(mut self, version: impl Into<String>) -> Self {
        self.events.spark_version = version.into();
        self
    }

    /// Sets which events are left out, by the name that stands under "Event". Defaults to none.
    pub fn excluded_events<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.events.excluded = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether changes of blocks are written. Defaults to not.
    pub fn block_updates(mut self, switch: Switch) -> Self {
        self.events.block_updates = switch;
        self
    }

    /// Sets whether the accumulables of tasks, stages and jobs include those that repeat the metrics of tasks. Defaults
    /// to yes.
    pub fn task_metrics_accumulables(mut self, switch: Switch) -> Self {
        self.events.task_metrics_accumulables = switch;
        self
    }

    /// Sets whether the peaks of each executor are written as a stage attempt ends, and the driver's heartbeats with
    /// them. Defaults to not.
    pub fn stage_executor_metrics(mut self, switch: Switch) -> Self {
        self.events.stage_executor_metrics = switch;
        self
    }

    /// Sets which settings hold secrets. Defaults to those of [`Redaction::default`].
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.events.redaction = redaction;
        self
    }

    /// Sets which settings the application was started with, by name: only those are redacted in the properties of jobs
    /// and stages. Defaults to the Spark properties of the last environment update; before the first one, every setting
    /// counts as one of them.
    pub fn application_keys<T: Into<String>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        self.events.application_keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Checks what can be checked without looking at the folder.
    ///
    /// # Errors
    ///
    /// When a value is one that cannot be.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.codec == Codec::Gzip {
            return Err(SettingsError::ReadOnlyCodec { codec: self.codec });
        }
        if !(1..=22).contains(&self.compression_level) {
            return Err(SettingsError::Level { level: self.compression_level });
        }
        self.layout.check()
    }
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            origin: Origin::Application,
            spark_version: "4.1.4".to_owned(),
            excluded: Vec::new(),
            block_updates: Switch::Off,
            task_metrics_accumulables: Switch::On,
            stage_executor_metrics: Switch::Off,
            redaction: Redaction::default(),
            application_keys: Vec::new(),
        }
    }
}
