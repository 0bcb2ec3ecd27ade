//! How a protocol is set up.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

use super::folder::Folder;
use super::layout::Layout;
use super::protocol::FileCommitProtocol;
use super::upload::Parts;

const PART_SIZE: NonZeroUsize = NonZeroUsize::new(8 * 1024 * 1024).unwrap();
const PARTS_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// What a new job does about output that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExistingOutput {
    /// It is not set up.
    #[default]
    IsError,
    /// It replaces the output, whole until the moment the new one is committed. Only output of this protocol is replaced.
    Replace,
}

/// Settings of a [`FileCommitProtocol`].
#[derive(Clone, Debug)]
pub struct FileCommitProtocolBuilder {
    store: Arc<dyn ObjectStore>,
    root: Path,
    on_disk: Option<PathBuf>,
    existing: ExistingOutput,
    parts: Parts,
}

impl FileCommitProtocolBuilder {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, root: Path) -> Self {
        let parts = Parts { size: PART_SIZE, in_flight: PARTS_IN_FLIGHT };
        Self { store, root, on_disk: None, existing: ExistingOutput::default(), parts }
    }

    /// What a new job does about output that is there. Defaults to [`ExistingOutput::IsError`].
    #[must_use]
    pub fn existing_output(self, existing: ExistingOutput) -> Self {
        Self { existing, ..self }
    }

    /// Where the output folder lies on this machine's disk, for a store that is a
    /// [`LocalFileSystem`](object_store::local::LocalFileSystem) or goes to one. Then what a killed process left half-written is
    /// removed too, and folders that have become empty. Defaults to none.
    #[must_use]
    pub fn folder_on_disk(self, folder: impl Into<PathBuf>) -> Self {
        Self { on_disk: Some(folder.into()), ..self }
    }

    /// How many bytes of a file are sent at once; a smaller file is sent whole. S3 takes no fewer than 5 MiB. Defaults to 8 MiB.
    #[must_use]
    pub fn part_size(self, bytes: NonZeroUsize) -> Self {
        Self { parts: Parts { size: bytes, ..self.parts }, ..self }
    }

    /// How many parts of a file are under way at a time; so many, and one more, are in memory. Defaults to 4.
    #[must_use]
    pub fn parts_in_flight(self, parts: NonZeroUsize) -> Self {
        Self { parts: Parts { in_flight: parts, ..self.parts }, ..self }
    }

    /// Makes the protocol. Nothing is read or written yet.
    pub fn build(self) -> FileCommitProtocol {
        let folder = Folder { store: self.store, layout: Layout::new(self.root), on_disk: self.on_disk };
        FileCommitProtocol::new(folder, self.existing, self.parts)
    }
}
