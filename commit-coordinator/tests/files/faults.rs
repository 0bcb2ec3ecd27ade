//! A store for a process that dies: from one operation on, nothing works any more.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// When an operation goes wrong, counted from 0, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The process dies before the operation.
    Before(usize),
    /// The operation takes effect, and the process dies before it hears of it.
    After(usize),
    /// The operation takes effect, and the process, which lives on, hears that it failed.
    AnswerLost(usize),
    /// The operation fails, and the next ones do not.
    Once(usize),
}

/// Where a store stands: counts operations, and says which of them go wrong.
#[derive(Debug)]
struct Fate {
    fault: Fault,
    operations: AtomicUsize,
    dead: AtomicBool,
}

enum Sentence {
    Works,
    FailsBefore,
    FailsAfter,
}

impl Fate {
    fn next(&self) -> Sentence {
        if self.dead.load(Ordering::SeqCst) {
            return Sentence::FailsBefore;
        }
        let this = self.operations.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::Before(n) if n == this => {
                self.dead.store(true, Ordering::SeqCst);
                Sentence::FailsBefore
            }
            Fault::After(n) if n == this => {
                self.dead.store(true, Ordering::SeqCst);
                Sentence::FailsAfter
            }
            Fault::AnswerLost(n) if n == this => Sentence::FailsAfter,
            Fault::Once(n) if n == this => Sentence::FailsBefore,
            _ => Sentence::Works,
        }
    }

    async fn apply<T>(&self, operation: impl Future<Output = Result<T>>) -> Result<T> {
        match self.next() {
            Sentence::Works => operation.await,
            Sentence::FailsBefore => Err(broken()),
            Sentence::FailsAfter => operation.await.and_then(|_| Err(broken())),
        }
    }
}

fn broken() -> Error {
    Error::Generic { store: "FaultyStore", source: "the process has died".into() }
}

/// A store whose process something happens to.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    fate: Arc<Fate>,
}

impl FaultyStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, fault: Fault) -> Self {
        let (operations, dead) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { inner, fate: Arc::new(Fate { fault, operations, dead }) }
    }

    pub(crate) fn operations(&self) -> usize {
        self.fate.operations.load(Ordering::SeqCst)
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyStore({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, to: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.fate.apply(self.inner.put_opts(to, payload, opts)).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.fate.apply(self.inner.put_multipart_opts(to, opts)).await?;
        Ok(Box::new(FaultyUpload { inner, fate: Arc::clone(&self.fate) }))
    }

    async fn get_opts(&self, from: &Path, opts: GetOptions) -> Result<GetResult> {
        self.fate.apply(self.inner.get_opts(from, opts)).await
    }

    async fn get_ranges(&self, from: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.fate.apply(self.inner.get_ranges(from, ranges)).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.fate.next() {
            Sentence::Works => self.inner.delete_stream(paths),
            Sentence::FailsBefore => stream::iter([Err(broken())]).boxed(),
            Sentence::FailsAfter => self.inner.delete_stream(paths).map(|_| Err(broken())).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.fate.next() {
            Sentence::Works => self.inner.list(prefix),
            Sentence::FailsBefore | Sentence::FailsAfter => stream::iter([Err(broken())]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.fate.apply(self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, opts: CopyOptions) -> Result<()> {
        self.fate.apply(self.inner.copy_opts(from, to, opts)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, opts: RenameOptions) -> Result<()> {
        self.fate.apply(self.inner.rename_opts(from, to, opts)).await
    }
}

#[derive(Debug)]
struct FaultyUpload {
    inner: Box<dyn MultipartUpload>,
    fate: Arc<Fate>,
}

#[async_trait]
impl MultipartUpload for FaultyUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (part, fate): (BoxFuture<'static, _>, _) = (self.inner.put_part(data), Arc::clone(&self.fate));
        async move { fate.apply(part).await }.boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.fate.apply(self.inner.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.fate.apply(self.inner.abort()).await
    }
}
