//! An object, range by range.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use object_store::{GetOptions, ObjectMeta, ObjectStore};

use super::ahead::Source;
use crate::event_log::interruption::Interruption;

/// The bytes that are asked for at a time: enough to be worth a request, and two of them do not weigh.
const RANGE: u64 = 4 * 1024 * 1024;

/// An object, range by range.
pub(super) struct Object {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    read: u64,
}

impl Object {
    pub(super) fn new(store: Arc<dyn ObjectStore>, meta: ObjectMeta) -> Self {
        Self { store, meta, read: 0 }
    }

    async fn range(&self) -> Result<Bytes, Interruption> {
        let end = self.meta.size.min(self.read.saturating_add(RANGE));
        if self.read >= end {
            return Ok(Bytes::new());
        }
        // Whatever takes the place of the object meanwhile is not mixed with it.
        let options = GetOptions {
            if_match: self.meta.e_tag.clone(),
            range: Some((self.read..end).into()),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&self.meta.location, options).await.map_err(Interruption::Store)?;
        let bytes = found.bytes().await.map_err(Interruption::Store)?;
        if bytes.is_empty() {
            return Err(Interruption::Shrunk { read: self.read, size: self.read });
        }
        Ok(bytes)
    }
}

impl Source for Object {
    async fn next(&mut self) -> io::Result<Bytes> {
        let bytes = self.range().await?;
        self.read += bytes.len() as u64;
        Ok(bytes)
    }
}
