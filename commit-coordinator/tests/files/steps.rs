//! Two calls at once, an operation of the store at a time, in an order that the test chooses.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use commit_coordinator::files::{ExistingOutput, FileCommitProtocol};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::scene::Scene;

/// Whether the store can replace an object that it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Updates {
    Supported,
    /// As on a local disk.
    Unsupported,
}

/// A store in memory that lets the others go on before each operation.
#[derive(Debug)]
pub(crate) struct SteppingStore {
    pub(crate) inner: Arc<dyn ObjectStore>,
    pub(crate) updates: Updates,
}

/// A replacing protocol whose calls stop before each operation of the store.
pub(crate) fn stepping(scene: &Scene, updates: Updates) -> FileCommitProtocol {
    let store = SteppingStore { inner: Arc::clone(&scene.store), updates };
    FileCommitProtocol::builder(Arc::new(store), "out").existing_output(ExistingOutput::Replace).build()
}

/// Is not ready the first time it is asked.
async fn step() {
    let mut asked = false;
    poll_fn(|context| {
        if std::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl fmt::Display for SteppingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SteppingStore({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for SteppingStore {
    async fn put_opts(&self, to: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        step().await;
        if matches!(opts.mode, PutMode::Update(_)) && self.updates == Updates::Unsupported {
            return Err(Error::NotImplemented { operation: "update".into(), implementer: self.to_string() });
        }
        self.inner.put_opts(to, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        step().await;
        self.inner.put_multipart_opts(to, opts).await
    }

    async fn get_opts(&self, from: &Path, opts: GetOptions) -> Result<GetResult> {
        step().await;
        self.inner.get_opts(from, opts).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let removed = self.inner.delete_stream(paths);
        async move {
            step().await;
            removed
        }
        .flatten_stream()
        .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (inner, prefix) = (Arc::clone(&self.inner), prefix.cloned());
        async move {
            step().await;
            inner.list(prefix.as_ref())
        }
        .flatten_stream()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        step().await;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, opts: CopyOptions) -> Result<()> {
        step().await;
        self.inner.copy_opts(from, to, opts).await
    }
}

/// A call that goes on when it is its turn.
enum Call<'a, T> {
    Running(Pin<&'a mut dyn Future<Output = T>>),
    Done(T),
}

impl<T> Call<'_, T> {
    /// Goes one operation further, unless it is done.
    fn advance(&mut self) -> bool {
        let Self::Running(future) = self else { return false };
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            *self = Self::Done(output);
        }
        true
    }

    fn finish(mut self) -> T {
        loop {
            if let Self::Done(output) = self {
                return output;
            }
            self.advance();
        }
    }
}

/// Makes both calls: the first goes on where the schedule says so, the second otherwise, until both are done.
pub(crate) fn interleave<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
    mut schedule: impl FnMut() -> bool,
) -> (A, B) {
    let (first, second) = (pin!(first), pin!(second));
    let (mut first, mut second) = (Call::Running(first), Call::Running(second));
    loop {
        let advanced = if schedule() { first.advance() } else { second.advance() };
        if !advanced {
            return (first.finish(), second.finish());
        }
    }
}

/// Lets a call go on for some operations; says how it has ended, if it has.
pub(crate) fn go_on<F: Future>(call: &mut Pin<&mut F>, steps: usize) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    (0..steps).find_map(|_| match call.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Numbers that look random, the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}
