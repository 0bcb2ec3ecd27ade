//! Reading an output back, to see that it is what its manifest says.

use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::{Error, ObjectStoreExt};

use super::error::{FileFlaw, StoreAction, StoreError, VerifyError};
use super::folder::Folder;
use super::manifest::Manifest;
use super::record::CommittedFile;

/// How many files are read at a time.
const AT_ONCE: usize = 4;

/// Reads all files of the manifest and compares them with it.
pub(crate) async fn verify(folder: &Folder, manifest: &Manifest) -> Result<(), VerifyError> {
    let files: Vec<&CommittedFile> = manifest.files().collect();
    let each = files.into_iter().map(|file| verify_file(folder, file));
    stream::iter(each).buffer_unordered(AT_ONCE).try_collect().await
}

async fn verify_file(folder: &Folder, file: &CommittedFile) -> Result<(), VerifyError> {
    let path = folder.layout.committed(&file.name);
    let failed = |source| StoreError::new(StoreAction::Read, &path, source);
    let mut content = match folder.store.get(&path).await {
        Ok(found) => found.into_stream(),
        Err(Error::NotFound { .. }) => return Err(VerifyError::File { path, flaw: FileFlaw::NotThere }),
        Err(source) => return Err(failed(source).into()),
    };
    let (mut checksum, mut size) = (crc32fast::Hasher::new(), 0);
    while let Some(piece) = content.next().await.transpose().map_err(failed)? {
        checksum.update(&piece);
        size += piece.len() as u64;
    }
    match difference(file, size, checksum.finalize()) {
        Some(flaw) => Err(VerifyError::File { path, flaw }),
        None => Ok(()),
    }
}

fn difference(file: &CommittedFile, size: u64, crc32: u32) -> Option<FileFlaw> {
    if size != file.bytes {
        Some(FileFlaw::Size { expected: file.bytes, found: size })
    } else if crc32 != file.crc32 {
        Some(FileFlaw::Checksum { expected: file.crc32, found: crc32 })
    } else {
        None
    }
}
