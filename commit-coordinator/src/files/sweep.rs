//! Removing what is not needed, and telling what became of it.

use futures_util::{StreamExt, stream};
use object_store::path::Path;

use super::census::Census;
use super::folder::Folder;
use super::layout::Scratch;
use super::local_folder;
use super::ours::Ours;

/// How many objects are removed at a time.
const AT_ONCE: usize = 16;

/// What became of objects that were not needed any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// What was removed.
    pub removed: Vec<Path>,
    /// What could not be removed: cleaning removes it another time.
    pub left: Vec<Path>,
}

impl Swept {
    pub(crate) fn add(&mut self, more: Self) {
        self.removed.extend(more.removed);
        self.left.extend(more.left);
    }
}

/// Removes these objects, each for itself: one that stays does not keep the others.
pub(crate) async fn remove(folder: &Folder, paths: impl IntoIterator<Item = Path>) -> Swept {
    let paths: Vec<Path> = paths.into_iter().collect();
    let each = paths.into_iter().map(|path| async move { (folder.remove(&path).await, path) });
    let mut removals = stream::iter(each).buffer_unordered(AT_ONCE);
    let mut swept = Swept::default();
    while let Some((outcome, path)) = removals.next().await {
        match outcome {
            Ok(()) => swept.removed.push(path),
            Err(error) => {
                tracing::warn!(%path, error = %error.source, "an object that is not needed could not be removed");
                swept.left.push(path);
            }
        }
    }
    swept
}

/// Removes all that is in `ours`. What tells whose the rest is goes only when the rest has gone.
pub(crate) async fn sweep(folder: &Folder, census: &Census, ours: &Ours) -> Swept {
    let mut swept = Swept::default();
    for rank in [Scratch::Work, Scratch::Marker, Scratch::Decision] {
        if !swept.left.is_empty() {
            break;
        }
        let due = census.objects().filter(|(_, entry)| Ours::rank(*entry) == rank);
        let unneeded = due.filter(|(path, entry)| ours.includes(path, *entry));
        swept.add(remove(folder, unneeded.map(|(path, _)| path.clone())).await);
    }
    if swept.left.is_empty() {
        local_folder::sweep(folder, ours, &mut swept).await;
    }
    swept
}
