//! Event logs: what an application's scheduler did, as Spark writes it to files.
//!
//! ```
//! use listener_bus::event_log::{EventLog, EventLogReader, EventLogSettings, EventLoggingListener, Outcome, ReadOptions};
//! use listener_bus::events::{ApplicationEnd, ApplicationStart};
//! use listener_bus::{LiveListenerBus, SchedulerEvent};
//! use std::time::Duration;
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let listener = EventLoggingListener::start(&EventLogSettings::new(folder), "app-1", None)?;
//! let bus = LiveListenerBus::scheduler().build()?;
//! bus.add_to_event_log_queue(listener)?;
//! bus.start()?;
//! bus.post(ApplicationStart { app_name: "count".to_owned(), ..Default::default() });
//! bus.post(ApplicationEnd::default());
//! bus.stop(Duration::from_secs(10))?;
//!
//! let log = EventLog::open(folder.join("eventlog_v2_app-1"))?;
//! let mut reader = EventLogReader::open(&log, &ReadOptions::new())?;
//! let mut lines = 0;
//! while let Some(_entry) = reader.read()? {
//!     lines += 1;
//! }
//! assert_eq!((lines, reader.finish().outcome), (3, Outcome::Complete));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | there is |
//! |---|---|
//! | find logs | [`EventLog`]: a file, the folder of a rolling log, or all logs of a folder |
//! | read events | [`EventLogReader`], in this thread or ahead in others |
//! | read lines as they stand | [`LogLines`] |
//! | replay into listeners, or through a bus | [`ReplayListenerBus`] |
//! | read what is still being written | [`EventLogReader::follow`] |
//! | read from a bucket, or any `AsyncRead` | `BucketLog` and `EventLogReader::of_async_read`, feature `object-store` |
//! | write the log of an application | [`EventLoggingListener`], with [`EventLogSettings`] |
//! | write lines | [`EventLogWriter`] |
//!
//! # Guarantees
//!
//! * Every layout and codec of Spark's is read and written: one file or a rolling folder, compacted or not, complete or in
//!   progress; plain, zstd, lz4, snappy, lzf, and gzip for reading. How a file is compressed is told by its first bytes,
//!   then by its name.
//! * Memory does not grow with the log. A line beyond the limit is passed over and counted.
//! * A log that ends anywhere, also in the middle of a line or of a compressed block, gives every event before, and
//!   [`Outcome::Truncated`] says where it ends. A file that is damaged, or missing, costs no other file anything. A line
//!   that is no event is told with its file, line and byte, and skipped or fatal, as asked for.
//! * What was flushed can be read whatever becomes of the process that wrote it, by this crate and by Spark. But where a
//!   process dies in the midst of writing a block, Spark's readers of Snappy and LZF fail at that block, as they do with
//!   Spark's own logs, and that of Snappy gives up to some kilobytes before it away: `event-log convert` mends such a log.
//!   Spark's readers of plain text, Zstandard and LZ4 end quietly there.
//! * A disk that fails costs the events that it does not take, which are counted, and nothing else: not the bus, not the
//!   application. The log says where they are missing.
//!
//! # What is not guaranteed
//!
//! * A log that is cut exactly between two lines (if it is plain), frames (zstd) or blocks (snappy, lzf) cannot be told from
//!   a whole one, and a file without a byte in it is one without lines. As a flush ends a frame, the log of a killed
//!   application often is such a one: [`EventLog::progress`] tells, and that there is no end of the application in it.
//! * Events of gzip archives that stand shortly before damage in the middle of the stream may be lost with it.
//! * Levels of zstd beyond 19 take up to 128 MiB to read.
//! * What is not flushed yet is lost with the process; [`EventLogSettings::unflushed_events`] and
//!   [`EventLogSettings::unflushed_time`] bound it. That a flush survives the machine takes a [`SyncPolicy`].
//!
//! # Where it differs from Spark's
//!
//! | | Spark 4.1.4 | here |
//! |---|---|---|
//! | how a replay ends | true, false, or an exception; false hides a malformed line | [`Outcome`], with counts and places |
//! | `{}`, an empty line, a missing field | the replay stops without a word | the line is skipped and told, or fatal |
//! | corrupt JSON in the middle | an exception | the same, as [`OnCorrupt`] says |
//! | bytes that are not UTF-8, even in a line that is skipped | an exception | that line is skipped and told |
//! | a rolling log with a file missing | cannot be listed | is read; the gap is told |
//! | unknown events | dropped with a warning | kept as they are |
//! | a disk that is full | each event is an error in the log of the driver | told once, counted, and gone on with |
//! | which codecs are told by the name alone | all | none: the first bytes count |

mod bad_line;
#[cfg(feature = "object-store")]
mod bucket;
mod codec;
mod error;
mod follow;
mod interruption;
mod layout;
mod lines;
mod listener;
mod log;
mod log_line;
mod log_lines;
mod name;
mod place;
mod reader;
mod replay;
mod report;
mod segment;
mod settings;
mod stage_metrics;
mod stored;
mod writer;

pub use crate::redaction::{REDACTED, Redaction};
pub use bad_line::{BadLine, Fault};
#[cfg(feature = "object-store")]
pub use bucket::{BucketLog, FindLogError};
pub use codec::Codec;
pub use error::{OpenLogError, ReadError, UnknownCodec};
pub use follow::{FollowEnd, FollowOptions, FollowStop};
pub use listener::{EVENT_STUB, EVENTS_LOST, EventLogHandle, EventLogReport, EventLoggingListener, LogState};
pub use log::{EventLog, Layout};
pub use log_line::{LogLine, RawLine};
pub use log_lines::{DEFAULT_MAX_LINE, LogLines};
pub use name::{LogName, Progress};
pub use place::Place;
pub use reader::{Entry, EventLogReader, OnCorrupt, ReadOptions};
pub use replay::{ReplayError, ReplayListenerBus, ReplayReport, ReplayStop};
pub use report::{Cause, Counts, Damage, Outcome, ReadReport};
pub use settings::{
    BadValue, EventLogSettings, FromSpark, LogLayout, MIN_FILE_SIZE, Origin, SettingsError, Switch,
    SyncPolicy, UnknownKey,
};
pub use writer::{Doing, EventLogWriter, Flush, Resumed, WriteError, WrittenLog};
