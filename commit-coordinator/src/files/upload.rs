//! One object on its way into the store, in parts, with a bounded part of it in memory.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::task::Poll;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, UploadPart};

/// How much of a file is in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// Bytes that are sent at once.
    pub(crate) size: NonZeroUsize,
    /// How many such are under way at a time.
    pub(crate) in_flight: NonZeroUsize,
}

/// How the object is being sent.
#[derive(Debug)]
enum Sending {
    /// Not at all so far: what there is fits one part.
    Nothing,
    /// In parts.
    Parts { upload: Box<dyn MultipartUpload>, in_flight: FuturesUnordered<UploadPart> },
}

/// An object that becomes visible when it is finished.
#[derive(Debug)]
pub(crate) struct Upload {
    parts: Parts,
    buffer: Vec<u8>,
    sending: Sending,
}

impl Upload {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, buffer: Vec::new(), sending: Sending::Nothing }
    }

    pub(crate) async fn write(
        &mut self,
        store: &dyn ObjectStore,
        path: &Path,
        mut content: &[u8],
    ) -> object_store::Result<()> {
        while !content.is_empty() {
            let room = self.parts.size.get() - self.buffer.len();
            let (now, later) = content.split_at(room.min(content.len()));
            self.buffer.extend_from_slice(now);
            content = later;
            if self.buffer.len() == self.parts.size.get() {
                self.send_part(store, path).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self, store: &dyn ObjectStore, path: &Path) -> object_store::Result<()> {
        match &mut self.sending {
            Sending::Nothing => {
                store.put(path, PutPayload::from(self.buffer)).await?;
            }
            Sending::Parts { upload, in_flight } => {
                if !self.buffer.is_empty() {
                    in_flight.push(upload.put_part(PutPayload::from(self.buffer)));
                }
                below(in_flight, 1).await?;
                upload.complete().await?;
            }
        }
        Ok(())
    }

    /// Tells the store that nothing more comes, so that it need not keep the parts.
    pub(crate) async fn give_up(mut self) -> object_store::Result<()> {
        match &mut self.sending {
            Sending::Nothing => Ok(()),
            Sending::Parts { upload, in_flight } => {
                in_flight.clear();
                upload.abort().await
            }
        }
    }

    async fn send_part(&mut self, store: &dyn ObjectStore, path: &Path) -> object_store::Result<()> {
        if matches!(self.sending, Sending::Nothing) {
            let upload = store.put_multipart(path).await?;
            self.sending = Sending::Parts { upload, in_flight: FuturesUnordered::new() };
        }
        let Sending::Parts { upload, in_flight } = &mut self.sending else { return Ok(()) };
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        in_flight.push(upload.put_part(PutPayload::from(part)));
        below(in_flight, self.parts.in_flight.get()).await
    }
}

/// Waits until fewer parts than `limit` are under way. All of them are set going, those that need not be waited for too.
async fn below(in_flight: &mut FuturesUnordered<UploadPart>, limit: usize) -> object_store::Result<()> {
    poll_fn(|context| {
        loop {
            match in_flight.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(()))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending if in_flight.len() < limit => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}
