//! What the files of a log are called.

use std::path::Path;

use super::Codec;
use super::codec::without_state;

/// What the name of a rolling log's folder begins with.
pub(super) const FOLDER_PREFIX: &str = "eventlog_v2_";
const EVENTS_PREFIX: &str = "events_";
const STATUS_PREFIX: &str = "appstatus_";
pub(super) const IN_PROGRESS: &str = ".inprogress";
const COMPACT: &str = ".compact";

/// What the files of an application's log are called, as Spark calls them.
///
/// Of an id, what file systems and shells dislike is replaced: a space, `:` and `/` by `-`; `.`, `$`, `{`, `}` and quotes
/// by `_`; capitals by small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogName(String);

impl LogName {
    /// The log of the attempt `attempt_id` at the application `app_id`.
    pub fn new(app_id: &str, attempt_id: Option<&str>) -> Self {
        let attempt = attempt_id.map(|attempt| format!("_{}", sanitized(attempt))).unwrap_or_default();
        Self(sanitized(app_id) + &attempt)
    }

    /// Whether a file can be called so: of an empty id, nothing is left.
    pub(super) fn is_usable(&self) -> bool {
        Path::new(&self.0).file_name().is_some_and(|name| name == self.0.as_str())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The file of a log that is one file, once it is complete.
    pub fn single_file(&self, codec: Codec) -> String {
        with_extension(&self.0, codec)
    }

    /// The folder of a rolling log.
    pub fn folder(&self) -> String {
        format!("{FOLDER_PREFIX}{}", self.0)
    }

    /// The file number `index`, from 1, of a rolling log.
    pub fn events_file(&self, index: u64, codec: Codec) -> String {
        with_extension(&format!("{EVENTS_PREFIX}{index}_{}", self.0), codec)
    }

    /// The empty file that tells that a rolling log is complete.
    pub fn status_file(&self) -> String {
        format!("{STATUS_PREFIX}{}", self.0)
    }
}

/// The name a file has while it is written.
pub(super) fn in_progress(name: &str) -> String {
    format!("{name}{IN_PROGRESS}")
}

fn with_extension(name: &str, codec: Codec) -> String {
    codec.extension().map_or_else(|| name.to_owned(), |extension| format!("{name}.{extension}"))
}

fn sanitized(id: &str) -> String {
    let allowed = |letter| match letter {
        ' ' | ':' | '/' => '-',
        '.' | '$' | '{' | '}' | '\'' | '"' => '_',
        other => other,
    };
    id.chars().map(allowed).collect::<String>().to_lowercase()
}

/// What a file in the folder of a rolling log is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// It tells whether the log is complete.
    Status(Progress),
    /// It holds events; a compacted one stands for itself and all before it.
    Events { index: u64, kind: Kind },
}

/// Whether an application still writes its log, as far as its files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// It does, or it was killed.
    InProgress,
    /// The log was closed.
    Completed,
}

/// What a file of events holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Plain,
    Compacted,
}

impl Role {
    /// Tells the role from a name; there is none for other files.
    pub(super) fn of(name: &str) -> Option<Self> {
        if name.starts_with(STATUS_PREFIX) {
            return Some(Self::Status(Progress::of_file_name(name)));
        }
        let (index, _) = name.strip_prefix(EVENTS_PREFIX)?.split_once('_')?;
        let kind = if name.ends_with(COMPACT) { Kind::Compacted } else { Kind::Plain };
        Some(Self::Events { index: index.parse().ok()?, kind })
    }
}

impl Progress {
    /// A `.compact` at the end says nothing about it.
    pub(super) fn of_file_name(name: &str) -> Self {
        let name = name.strip_suffix(COMPACT).unwrap_or(name);
        if name.ends_with(IN_PROGRESS) { Self::InProgress } else { Self::Completed }
    }
}

/// The name of a log without what says how far and how compressed it is.
pub(super) fn stem(name: &str) -> &str {
    let name = without_state(name);
    let name = name.strip_prefix(FOLDER_PREFIX).unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, _)) if Codec::of_file_name(name).is_ok() => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_spark_makes_them() {
        let name = LogName::new("a fine:mind$dollar{bills}.1", None);
        assert_eq!(name.single_file(Codec::None), "a-fine-mind_dollar_bills__1");
        assert_eq!(name.single_file(Codec::Lz4), "a-fine-mind_dollar_bills__1.lz4");
        let name = LogName::new("App/1", Some("it's 2"));
        assert_eq!(name.folder(), "eventlog_v2_app-1_it_s-2");
        assert_eq!(name.events_file(10, Codec::Zstd), "events_10_app-1_it_s-2.zstd");
        assert_eq!(name.status_file(), "appstatus_app-1_it_s-2");
    }

    #[test]
    fn a_role_is_told_by_the_name() {
        let events = |index, kind| Some(Role::Events { index, kind });
        assert_eq!(Role::of("events_10_app-1.zstd"), events(10, Kind::Plain));
        assert_eq!(Role::of("events_2_app-1.lzf.compact"), events(2, Kind::Compacted));
        assert_eq!(Role::of("appstatus_app-1"), Some(Role::Status(Progress::Completed)));
        assert_eq!(Role::of("appstatus_app-1.inprogress"), Some(Role::Status(Progress::InProgress)));
        for other in [".appstatus_app-1.crc", "events_x_app-1", "events_1", "notes.txt"] {
            assert_eq!(Role::of(other), None, "{other}");
        }
    }

    #[test]
    fn a_stem_is_the_name_of_the_application() {
        assert_eq!(stem("local-1.zstd.inprogress"), "local-1");
        assert_eq!(stem("eventlog_v2_local-1"), "local-1");
        assert_eq!(stem("local-1.5"), "local-1.5");
    }
}
