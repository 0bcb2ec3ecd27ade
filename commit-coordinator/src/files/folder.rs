//! One output folder in a store: reading, conditional writing, listing, and errors that name the object.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload, UpdateVersion};

use super::error::{StoreAction, StoreError};
use super::layout::Layout;

/// An output folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) layout: Layout,
    /// Where it lies on this machine's disk, if it does.
    pub(crate) on_disk: Option<PathBuf>,
}

/// What became of an object that must not exist yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Created {
    /// It is there now.
    Now,
    /// Another one, or the same from an earlier try, was there before.
    Before,
}

/// What became of an object that must be the one that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Updated {
    /// It is the new one now.
    Done,
    /// It had changed.
    Changed,
    /// The store cannot do this.
    Unsupported,
}

impl Folder {
    pub(crate) async fn read(&self, path: &Path) -> Result<Option<(Bytes, UpdateVersion)>, StoreError> {
        let failed = |source| StoreError::new(StoreAction::Read, path, source);
        let found = match self.store.get(path).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        Ok(Some((found.bytes().await.map_err(failed)?, version)))
    }

    pub(crate) async fn exists(&self, path: &Path) -> Result<bool, StoreError> {
        match self.store.head(path).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(StoreError::new(StoreAction::Read, path, source)),
        }
    }

    pub(crate) async fn create(&self, path: &Path, content: Vec<u8>) -> Result<Created, StoreError> {
        match self.store.put_opts(path, PutPayload::from(content), PutMode::Create.into()).await {
            Ok(_) => Ok(Created::Now),
            // Stores that compare and swap say the second.
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Created::Before),
            Err(source) => Err(StoreError::new(StoreAction::Create, path, source)),
        }
    }

    pub(crate) async fn update(
        &self,
        path: &Path,
        content: Vec<u8>,
        seen: UpdateVersion,
    ) -> Result<Updated, StoreError> {
        if seen.e_tag.is_none() && seen.version.is_none() {
            return Ok(Updated::Unsupported);
        }
        match self.store.put_opts(path, PutPayload::from(content), PutMode::Update(seen).into()).await {
            Ok(_) => Ok(Updated::Done),
            Err(Error::Precondition { .. } | Error::NotFound { .. } | Error::AlreadyExists { .. }) => {
                Ok(Updated::Changed)
            }
            Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => Ok(Updated::Unsupported),
            Err(source) => Err(StoreError::new(StoreAction::Replace, path, source)),
        }
    }

    pub(crate) async fn overwrite(&self, path: &Path, content: Vec<u8>) -> Result<(), StoreError> {
        let put = self.store.put(path, PutPayload::from(content)).await;
        put.map(drop).map_err(|source| StoreError::new(StoreAction::Replace, path, source))
    }

    /// Copies to a name that only this copy has, so that one that is there comes from an earlier try.
    pub(crate) async fn copy(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let copied = match self.store.copy_if_not_exists(from, to).await {
            Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => self.store.copy(from, to).await,
            other => other,
        };
        match copied {
            Ok(()) | Err(Error::AlreadyExists { .. }) => Ok(()),
            // The staged file of an earlier try may be gone already.
            Err(Error::NotFound { .. }) if self.exists(to).await? => Ok(()),
            Err(source) => Err(StoreError::new(StoreAction::CopyTo, to, source)),
        }
    }

    pub(crate) async fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.store.delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(StoreError::new(StoreAction::Remove, path, source)),
        }
    }

    /// All objects below `path`, in folders too.
    pub(crate) async fn list(&self, path: &Path) -> Result<Vec<ObjectMeta>, StoreError> {
        let all = self.store.list(Some(path)).try_collect().await;
        all.map_err(|source| StoreError::new(StoreAction::List, path, source))
    }

    /// The objects directly in the output folder.
    pub(crate) async fn files(&self) -> Result<Vec<ObjectMeta>, StoreError> {
        let root = self.layout.root();
        let listed = self.store.list_with_delimiter(Some(root)).await;
        Ok(listed.map_err(|source| StoreError::new(StoreAction::List, root, source))?.objects)
    }
}
