//! Files that are longer than memory should hold.

use std::num::NonZeroUsize;
use std::sync::Arc;

use commit_coordinator::files::{FileCommitProtocol, WriteError};
use object_store::memory::InMemory;

use crate::faults::Fault;
use crate::scene::{KINDS, Scene, attempt, permit, staged};

async fn arrives_in_pieces(scene: &Scene, piece: usize) {
    let job = scene.protocol().setup_job().await.unwrap();
    let output = job.setup_task(attempt(0, 0));
    let mut file = output.writer("part.txt").unwrap();
    let content = (0..500).map(|number| format!("{number}\n")).collect::<Vec<_>>().concat();
    for bytes in content.as_bytes().chunks(piece) {
        file.write(bytes).await.unwrap();
    }
    file.add_rows(500);
    file.close().await.unwrap();
    let committed = output.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
    assert_eq!((committed.files[0].rows, committed.files[0].bytes), (500, content.len() as u64));
    job.commit_job([0]).await.unwrap();
    assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), [content]);
    scene.assert_tidy().await;
}

#[tokio::test]
async fn pieces_of_any_size_arrive_in_order() {
    for kind in KINDS {
        for piece in [1, 7, 63, 64, 65, 128, 1000] {
            arrives_in_pieces(&Scene::new(kind), piece).await;
        }
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let output = staged(&job, attempt(0, 0), "").await;
        output.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
        assert_eq!(job.commit_job([0]).await.unwrap().manifest.totals.files, 1);
        scene.assert_tidy().await;
    }
}

/// Whether a write failed; if so, the file is lost.
async fn is_torn(protocol: &FileCommitProtocol) -> bool {
    let Ok(job) = protocol.setup_job().await else { return false };
    let output = job.setup_task(attempt(0, 0));
    let mut file = output.writer("part.txt").unwrap();
    let Err(error) = file.write(&[b'x'; 300]).await else { return false };
    assert!(matches!(error, WriteError::Store(_)));
    let again = file.write(b"more").await.unwrap_err();
    assert!(matches!(again, WriteError::Torn { name, .. } if name == "part.txt"));
    assert!(file.close().await.is_err());
    assert!(output.commit_task(permit(attempt(0, 0), 1)).await.is_err());
    true
}

#[tokio::test]
async fn a_file_whose_write_failed_takes_no_more() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let mut torn = 0;
        for operation in 0..12 {
            torn += usize::from(is_torn(&scene.faulty(Fault::Once(operation)).0).await);
            scene.protocol().clean().await.unwrap();
        }
        assert!(torn > 1, "writes have failed");
        assert_eq!(scene.everything().await.into_iter().filter(|path| path != "out/").count(), 0);
    }
}

#[tokio::test]
async fn parts_under_way_are_bounded() {
    let store = Arc::new(InMemory::new());
    let one = NonZeroUsize::new(1).unwrap();
    let protocol = FileCommitProtocol::builder(store, "out").part_size(one).parts_in_flight(one).build();
    let job = protocol.setup_job().await.unwrap();
    let output = staged(&job, attempt(0, 0), "byte by byte").await;
    output.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
    job.commit_job([0]).await.unwrap();
    assert_eq!(protocol.verify().await.unwrap().totals.bytes, 12);
}
