//! Settings under Spark's names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::BadValue;
use super::{EventLogSettings, LogLayout, SettingsError, Switch, size};
use crate::event_log::{Codec, Redaction};

/// What the names of all of them begin with, in small letters.
const PREFIX: &str = "spark.eventlog.";
const ENABLED: &str = "spark.eventLog.enabled";
const DIR: &str = "spark.eventLog.dir";
const COMPRESS: &str = "spark.eventLog.compress";
const CODEC: &str = "spark.eventLog.compression.codec";
const OVERWRITE: &str = "spark.eventLog.overwrite";
const BUFFER: &str = "spark.eventLog.buffer.kb";
const ROLLING: &str = "spark.eventLog.rolling.enabled";
const MAX_FILE_SIZE: &str = "spark.eventLog.rolling.maxFileSize";
const EXCLUDED: &str = "spark.eventLog.excludedPatterns";
const ACCUMULABLES: &str = "spark.eventLog.includeTaskMetricsAccumulators";
const BLOCK_UPDATES: &str = "spark.eventLog.logBlockUpdates.enabled";
const STAGE_METRICS: &str = "spark.eventLog.logStageExecutorMetrics";
const ZSTD_LEVEL: &str = "spark.io.compression.zstd.level";
const REDACTION: &str = "spark.redaction.regex";

/// The settings that mean something here.
const KNOWN: [&str; 12] = [
    ENABLED,
    DIR,
    COMPRESS,
    CODEC,
    OVERWRITE,
    BUFFER,
    ROLLING,
    MAX_FILE_SIZE,
    EXCLUDED,
    ACCUMULABLES,
    BLOCK_UPDATES,
    STAGE_METRICS,
];

/// The settings of Spark's that mean nothing here: they are about the virtual machine, about a file system of Spark's,
/// or about what is done before an event is posted.
const WITHOUT_EFFECT: [&str; 5] = [
    "spark.eventLog.erasureCoding.enabled",
    "spark.eventLog.gcMetrics.oldGenerationGarbageCollectors",
    "spark.eventLog.gcMetrics.youngGenerationGarbageCollectors",
    "spark.eventLog.longForm.enabled",
    "spark.eventLog.testing",
];

const DEFAULT_FOLDER: &str = "/tmp/spark-events";

/// What Spark's settings say of the event log.
#[derive(Debug)]
#[must_use = "the log may be switched off, and names may be wrong"]
#[non_exhaustive]
pub struct FromSpark {
    /// Whether there is to be a log. Defaults to not.
    pub enabled: Switch,
    /// What it is to be like.
    pub settings: EventLogSettings,
    /// The names that begin with `spark.eventLog.`, in capitals or not, and that Spark does not have.
    pub unknown: Vec<UnknownKey>,
    /// The names that Spark has, and that mean nothing here.
    pub without_effect: Vec<&'static str>,
}

/// A name of a setting that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no setting `{key}`: did you mean `{nearest}`?")]
#[non_exhaustive]
pub struct UnknownKey {
    /// The name.
    pub key: Box<str>,
    /// The name most like it.
    pub nearest: &'static str,
}

impl EventLogSettings {
    /// Reads what `conf`, an application's settings by name, says of the event log: `spark.eventLog.*`, and with it
    /// `spark.io.compression.zstd.level` and `spark.redaction.regex`. All other names are of no concern; as in Spark 4,
    /// `spark.io.compression.codec` is one of them.
    ///
    /// ```
    /// use listener_bus::event_log::EventLogSettings;
    ///
    /// let conf = [("spark.eventLog.enabled", "true"), ("spark.eventLog.rolling.enable", "false")];
    /// let read = EventLogSettings::from_spark(conf)?;
    /// assert!(read.enabled.is_on());
    /// assert_eq!(
    ///     read.unknown[0].to_string(),
    ///     "there is no setting `spark.eventLog.rolling.enable`: did you mean `spark.eventLog.rolling.enabled`?"
    /// );
    /// # Ok::<(), listener_bus::event_log::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a value cannot be read, naming it.
    pub fn from_spark<K, V>(conf: impl IntoIterator<Item = (K, V)>) -> Result<FromSpark, SettingsError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let conf = Conf(conf.into_iter().map(|(key, value)| (key.into(), value.into())).collect());
        Ok(FromSpark {
            enabled: conf.switch(ENABLED, Switch::Off)?,
            settings: conf.settings()?,
            unknown: conf.unknown(),
            without_effect: WITHOUT_EFFECT.into_iter().filter(|key| conf.0.contains_key(*key)).collect(),
        })
    }
}

/// Settings by name.
struct Conf(BTreeMap<String, String>);

impl Conf {
    fn settings(&self) -> Result<EventLogSettings, SettingsError> {
        let settings = EventLogSettings::new(self.read(DIR, PathBuf::from(DEFAULT_FOLDER), folder)?)
            .codec(self.codec()?)
            .compression_level(self.read(ZSTD_LEVEL, 1, level)?)
            .layout(self.layout()?)
            .overwrite(self.switch(OVERWRITE, Switch::Off)?)
            .buffer_size(self.read(BUFFER, 100 << 10, buffer_size)?)
            .block_updates(self.switch(BLOCK_UPDATES, Switch::Off)?)
            .task_metrics_accumulables(self.switch(ACCUMULABLES, Switch::On)?)
            .stage_executor_metrics(self.switch(STAGE_METRICS, Switch::Off)?)
            .redaction(self.read(REDACTION, Redaction::default(), redaction)?)
            .application_keys(self.0.keys().cloned());
        let excluded = self.0.get(EXCLUDED).map(String::as_str).unwrap_or_default();
        Ok(settings.excluded_events(excluded.split(',').map(str::trim).filter(|name| !name.is_empty())))
    }

    fn codec(&self) -> Result<Codec, SettingsError> {
        let codec = self.read(CODEC, Codec::Zstd, codec)?;
        Ok(if self.switch(COMPRESS, Switch::On)?.is_on() { codec } else { Codec::None })
    }

    fn layout(&self) -> Result<LogLayout, SettingsError> {
        let rolling = self.read(MAX_FILE_SIZE, LogLayout::default(), rolling)?;
        Ok(if self.switch(ROLLING, Switch::On)?.is_on() { rolling } else { LogLayout::Single })
    }

    fn switch(&self, key: &str, default: Switch) -> Result<Switch, SettingsError> {
        self.read(key, default, switch)
    }

    fn read<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(&str) -> Result<T, BadValue>,
    ) -> Result<T, SettingsError> {
        let Some(value) = self.0.get(key) else { return Ok(default) };
        let named = |source| SettingsError::Value { key: key.into(), value: value.as_str().into(), source };
        read(value).map_err(named)
    }

    fn unknown(&self) -> Vec<UnknownKey> {
        let of_log = self.0.keys().filter(|key| key.to_ascii_lowercase().starts_with(PREFIX));
        let unknown = of_log.filter(|key| !all_keys().any(|known| known == key.as_str()));
        unknown.map(|key| UnknownKey { key: key.as_str().into(), nearest: nearest(key) }).collect()
    }
}

fn all_keys() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter().chain(WITHOUT_EFFECT)
}

/// The name that takes the fewest changes to get to.
fn nearest(key: &str) -> &'static str {
    all_keys().min_by_key(|known| distance(key, known)).unwrap_or(ENABLED)
}

/// How many letters must be put in, taken out or replaced to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for column in 0..other.len() {
            let replaced = diagonal + usize::from(letter != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

fn switch(value: &str) -> Result<Switch, BadValue> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(Switch::On),
        "false" => Ok(Switch::Off),
        _ => Err(BadValue::NotBoolean),
    }
}

/// A path, or a URI of scheme `file`; Spark takes the part behind the machine's name.
fn folder(value: &str) -> Result<PathBuf, BadValue> {
    let Some(rest) = value.strip_prefix("file:") else {
        return if value.contains("://") { Err(BadValue::NotLocal) } else { Ok(PathBuf::from(value)) };
    };
    let path = rest.strip_prefix("//").map_or(rest, |rest| rest.strip_prefix("localhost").unwrap_or(rest));
    if path.starts_with('/') { Ok(PathBuf::from(path)) } else { Err(BadValue::NotLocal) }
}

/// A short name, or the name of Spark's class.
fn codec(value: &str) -> Result<Codec, BadValue> {
    let name = value.trim();
    let short = match name.strip_prefix("org.apache.spark.io.") {
        Some(class) => class.strip_suffix("CompressionCodec").unwrap_or(name),
        None => name,
    };
    match Codec::by_name(short).map_err(BadValue::Codec)? {
        codec @ Codec::Gzip => Err(out_of_range(SettingsError::ReadOnlyCodec { codec })),
        codec => Ok(codec),
    }
}

fn level(value: &str) -> Result<i32, BadValue> {
    let level = value.trim().parse().map_err(|_not| BadValue::NotNumber)?;
    let known = (1..=22).contains(&level);
    if known { Ok(level) } else { Err(out_of_range(SettingsError::Level { level })) }
}

fn rolling(value: &str) -> Result<LogLayout, BadValue> {
    let layout = LogLayout::Rolling { max_file_size: size::bytes(value, 1).ok_or(BadValue::NotSize)? };
    layout.check().map_err(out_of_range)?;
    Ok(layout)
}

fn buffer_size(value: &str) -> Result<usize, BadValue> {
    let bytes = size::bytes(value, 1 << 10).ok_or(BadValue::NotSize)?;
    usize::try_from(bytes).map_err(|_beyond| BadValue::NotSize)
}

fn redaction(value: &str) -> Result<Redaction, BadValue> {
    Redaction::new(value).map_err(BadValue::Pattern)
}

fn out_of_range(error: SettingsError) -> BadValue {
    BadValue::Range(Box::new(error))
}
