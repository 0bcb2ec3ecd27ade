//! Output folders for tests, and what lies in them.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use commit_coordinator::files::{
    CommittedJob, CommittedTask, ExistingOutput, FileCommitProtocol, FileCommitProtocolBuilder, OutputJob,
    OutputJobId, TaskOutput,
};
use commit_coordinator::{CommitPermit, FencingToken, TaskAttempt};
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::TempDir;

use crate::faults::{Fault, FaultyStore};

/// Where the output lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Disk,
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Memory, Kind::Disk];

/// A store with one output folder, `out`.
pub(crate) struct Scene {
    pub(crate) store: Arc<dyn ObjectStore>,
    disk: Option<TempDir>,
}

impl Scene {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Memory => Self { store: Arc::new(InMemory::new()), disk: None },
            Kind::Disk => {
                let disk = TempDir::new().unwrap();
                let store = LocalFileSystem::new_with_prefix(disk.path()).unwrap();
                Self { store: Arc::new(store), disk: Some(disk) }
            }
        }
    }

    fn builder(&self, store: Arc<dyn ObjectStore>) -> FileCommitProtocolBuilder {
        let builder = FileCommitProtocol::builder(store, "out");
        match self.folder() {
            Some(folder) => builder.folder_on_disk(folder),
            None => builder,
        }
        .part_size(NonZeroUsize::new(64).unwrap())
    }

    /// Where the output folder is on this disk.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        self.disk.as_ref().map(|disk| disk.path().join("out"))
    }

    /// Refuses to touch output that exists.
    pub(crate) fn protocol(&self) -> FileCommitProtocol {
        self.builder(Arc::clone(&self.store)).build()
    }

    pub(crate) fn replacing(&self) -> FileCommitProtocol {
        self.builder(Arc::clone(&self.store)).existing_output(ExistingOutput::Replace).build()
    }

    /// A replacing protocol of a process that something happens to.
    pub(crate) fn faulty(&self, fault: Fault) -> (FileCommitProtocol, Arc<FaultyStore>) {
        let store = Arc::new(FaultyStore::new(Arc::clone(&self.store), fault));
        let protocol = self.builder(Arc::clone(&store) as _).existing_output(ExistingOutput::Replace).build();
        (protocol, store)
    }

    /// Every object in the store; on a disk every file and folder, whatever the store makes of it.
    pub(crate) async fn everything(&self) -> Vec<String> {
        let mut all = match self.folder() {
            Some(folder) => on_disk(&folder, "out"),
            None => self.objects().await,
        };
        all.sort();
        all
    }

    async fn objects(&self) -> Vec<String> {
        let all: Vec<_> = self.store.list(None).try_collect().await.unwrap();
        all.into_iter().map(|object| object.location.to_string()).collect()
    }

    pub(crate) async fn read(&self, path: &str) -> Vec<u8> {
        self.store.get(&Path::from(path)).await.unwrap().bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn put(&self, path: &str, content: &[u8]) {
        self.store.put(&Path::from(path), content.to_vec().into()).await.unwrap();
    }

    pub(crate) async fn remove(&self, path: &str) {
        self.store.delete(&Path::from(path)).await.unwrap();
    }

    /// The content of each partition according to the manifest, which all files agree with.
    pub(crate) async fn output(&self) -> BTreeMap<i32, String> {
        let manifest = self.protocol().verify().await.unwrap();
        let mut output = BTreeMap::new();
        for partition in &manifest.partitions {
            let mut content = String::new();
            for file in &partition.files {
                content += &String::from_utf8(self.read(&format!("out/{}", file.name)).await).unwrap();
            }
            let before = output.insert(partition.task.partition_id.0, content);
            assert_eq!(before, None, "a partition is there once");
        }
        output
    }

    /// Sees that nothing lies in the folder but what the manifest names.
    pub(crate) async fn assert_tidy(&self) {
        let manifest = self.protocol().read_manifest().await.unwrap();
        let mut expected: Vec<_> = manifest.files().map(|file| format!("out/{}", file.name)).collect();
        expected.push("out/_SUCCESS".to_owned());
        expected.sort();
        assert_eq!(self.everything().await, expected);
    }

    /// Sees that an aborted job has left its decision and nothing else, and that cleaning removes it.
    pub(crate) async fn assert_aborted(&self, job: OutputJobId, before: &[String]) {
        let mut left = self.everything().await;
        left.retain(|path| !path.ends_with('/') && !before.contains(path));
        assert_eq!(left, [format!("out/_temporary/{job}/decision")]);
        self.protocol().clean().await.unwrap();
        assert_eq!(self.everything().await, before);
    }
}

fn on_disk(folder: &std::path::Path, name: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            all.extend(on_disk(&entry.path(), &name));
            all.push(name + "/");
        } else {
            all.push(name);
        }
    }
    all
}

pub(crate) fn attempt(partition: i32, attempt: i64) -> TaskAttempt {
    TaskAttempt::new(0, 0, partition, attempt)
}

pub(crate) fn permit(task: TaskAttempt, token: u64) -> CommitPermit {
    CommitPermit::without_coordinator(task, FencingToken::new(token))
}

/// Writes one file of one row.
pub(crate) async fn write(output: &TaskOutput, name: &str, row: &str) {
    let mut file = output.writer(name).unwrap();
    file.write(row.as_bytes()).await.unwrap();
    file.add_rows(1);
    file.close().await.unwrap();
}

/// An attempt that has written its file, `part`.
pub(crate) async fn staged(job: &OutputJob, task: TaskAttempt, row: &str) -> TaskOutput {
    let output = job.setup_task(task);
    write(&output, "part.txt", row).await;
    output
}

/// Commits one attempt at a partition.
pub(crate) async fn commit(job: &OutputJob, task: TaskAttempt, token: u64, row: &str) -> CommittedTask {
    staged(job, task, row).await.commit_task(permit(task, token)).await.unwrap()
}

/// A whole job of two partitions, whose rows begin with `run`.
pub(crate) async fn whole_job(protocol: &FileCommitProtocol, run: &str) -> CommittedJob {
    let job = protocol.setup_job().await.unwrap();
    commit_two(&job, run).await;
    job.commit_job(0..2).await.unwrap()
}

pub(crate) async fn commit_two(job: &OutputJob, run: &str) {
    for partition in 0..2 {
        commit(job, attempt(partition, 0), 1, &format!("{run} {partition}")).await;
    }
}

/// What [`whole_job`] leads to.
pub(crate) fn output_of(run: &str) -> BTreeMap<i32, String> {
    (0..2).map(|partition| (partition, format!("{run} {partition}"))).collect()
}
