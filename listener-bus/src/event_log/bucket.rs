//! Logs in a bucket, and whatever else is read asynchronously.

mod ahead;
mod async_read;
mod error;
mod object;

use std::sync::Arc;

use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use self::ahead::Ahead;
pub use self::error::FindLogError;
use self::object::Object;
use super::error::ReadError;
use super::layout::{Flaw, Listing, Part, missing_name};
use super::name::{FOLDER_PREFIX, Progress, stem};
use super::segment::Segment;
use super::{EventLogReader, LogLines, ReadOptions};

/// A log of one application in a bucket, found and not yet read.
///
/// It is one object, or the objects of a rolling log below one prefix. It is read as it was when it was found: an object
/// that is replaced meanwhile is an error, as far as the store tells versions apart.
///
/// ```
/// use std::sync::Arc;
/// use listener_bus::event_log::{BucketLog, EventLogReader, ReadOptions};
/// use object_store::{ObjectStoreExt, memory::InMemory, path::Path};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let store = Arc::new(InMemory::new());
/// let line = r#"{"Event":"SparkListenerLogStart","Spark Version":"4.1.4"}"#;
/// store.put(&Path::from("logs/app-1"), line.into()).await?;
///
/// let log = BucketLog::find(store, Path::from("logs/app-1")).await?;
/// let runtime = tokio::runtime::Handle::current();
/// let read = move || EventLogReader::open_bucket(&log, &runtime, &ReadOptions::new())?.read();
/// assert!(tokio::task::spawn_blocking(read).await??.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BucketLog {
    store: Arc<dyn ObjectStore>,
    path: Path,
    progress: Progress,
    parts: Vec<Part<ObjectMeta>>,
}

impl BucketLog {
    /// Finds the log at `path`: an object, or a prefix whose last part begins with `eventlog_v2_`.
    ///
    /// # Errors
    ///
    /// When the store fails, or what is there is no log.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is changed.
    pub async fn find(store: Arc<dyn ObjectStore>, path: Path) -> Result<Self, FindLogError> {
        if name_of(&path).starts_with('.') {
            return Err(FindLogError::Hidden { path });
        }
        // Some stores have objects for folders.
        if name_of(&path).starts_with(FOLDER_PREFIX) {
            return Self::rolling(store, path).await;
        }
        match store.head(&path).await {
            Ok(object) => Ok(Self::single(store, object)),
            Err(Error::NotFound { .. }) => Self::rolling(store, path).await,
            Err(source) => Err(FindLogError::Store { path, source }),
        }
    }

    /// Finds every log right below the prefix `folder`, in the order of their names; what is no log is left out.
    ///
    /// # Errors
    ///
    /// When the store fails.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is changed.
    pub async fn in_folder(store: Arc<dyn ObjectStore>, folder: &Path) -> Result<Vec<Self>, FindLogError> {
        let found = store.list_with_delimiter(Some(folder)).await;
        let found = found.map_err(|source| FindLogError::Store { path: folder.clone(), source })?;
        // Some stores have objects for folders, and list them.
        let is_folder = |object: &ObjectMeta| {
            object.location == *folder || found.common_prefixes.contains(&object.location)
        };
        let is_file = |object: &ObjectMeta| !name_of(&object.location).starts_with('.') && !is_folder(object);
        let objects = found.objects.into_iter().filter(is_file);
        let mut logs: Vec<_> = objects.map(|object| Self::single(Arc::clone(&store), object)).collect();
        for path in found.common_prefixes {
            match Self::rolling(Arc::clone(&store), path).await {
                Ok(log) => logs.push(log),
                Err(error @ FindLogError::Store { .. }) => return Err(error),
                Err(_) => {}
            }
        }
        logs.sort_by(|log, other| log.path.cmp(&other.path));
        Ok(logs)
    }

    fn single(store: Arc<dyn ObjectStore>, object: ObjectMeta) -> Self {
        let path = object.location.clone();
        Self {
            store,
            progress: Progress::of_file_name(name_of(&path)),
            path,
            parts: vec![Part::File(object)],
        }
    }

    async fn rolling(store: Arc<dyn ObjectStore>, path: Path) -> Result<Self, FindLogError> {
        let found = match store.list_with_delimiter(Some(&path)).await {
            Ok(found) => found,
            Err(source) => return Err(FindLogError::Store { path, source }),
        };
        if found.objects.is_empty() && found.common_prefixes.is_empty() {
            return Err(FindLogError::NotThere { path });
        }
        if !name_of(&path).starts_with(FOLDER_PREFIX) {
            return Err(FindLogError::NotALog { path });
        }
        let named = found.objects.into_iter().map(|object| (name_of(&object.location).to_owned(), object));
        match Listing::of(named).rolling() {
            Ok(rolling) => Ok(Self { store, path, progress: rolling.progress, parts: rolling.parts() }),
            Err(Flaw::Status) => Err(FindLogError::NoStatus { path }),
            Err(Flaw::Events) => Err(FindLogError::NoEvents { path }),
            Err(Flaw::Twice(index)) => Err(FindLogError::TwoOfANumber { path, index }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its application still writes it, as far as its names tell.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What names its application and the attempt: the last part of the path, without what says how far and how compressed
    /// it is.
    pub fn name(&self) -> &str {
        stem(name_of(&self.path))
    }

    /// The objects to read, in order.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectMeta> {
        self.parts.iter().filter_map(|part| match part {
            Part::File(object) => Some(object),
            Part::Missing(_) => None,
        })
    }

    /// The size of those objects as they are stored, in bytes.
    pub fn size(&self) -> u64 {
        self.objects().map(|object| object.size).sum()
    }

    fn segments(&self, runtime: &Handle) -> Vec<Segment> {
        let segment = |part: &Part<ObjectMeta>| match part {
            Part::Missing(absent) => Segment::missing(missing_name(&self.path, absent)),
            Part::File(object) => {
                let (name, runtime) = (object.location.as_ref(), runtime.clone());
                let object = Object::new(Arc::clone(&self.store), object.clone());
                Segment::new(name, || Ok(Box::new(Ahead::new(runtime, object))))
            }
        };
        self.parts.iter().map(segment).collect()
    }
}

impl LogLines {
    /// Reads the lines of `log`; see [`EventLogReader::open_bucket`].
    pub fn of_bucket(log: &BucketLog, runtime: &Handle) -> Self {
        Self::of_segments(log.segments(runtime))
    }
}

impl EventLogReader {
    /// Reads `log`, some MiB at a time, and the next few MiB ahead; whether a request is made again is up to the store.
    ///
    /// An object that cannot be read, or is not there any more, is a [`ReadError::Store`].
    ///
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    ///
    /// # Blocking
    ///
    /// [`Self::read`] waits for `runtime`, which has to run meanwhile: from a task, call it in
    /// [`spawn_blocking`](tokio::task::spawn_blocking).
    pub fn open_bucket(log: &BucketLog, runtime: &Handle, options: &ReadOptions) -> Result<Self, ReadError> {
        Self::of_lines(LogLines::of_bucket(log, runtime), options)
    }
}

fn name_of(path: &Path) -> &str {
    path.filename().unwrap_or_default()
}
