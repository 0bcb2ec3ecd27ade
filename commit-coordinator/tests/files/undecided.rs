//! A driver that dies while it commits, and another one that wants to abort.

use commit_coordinator::files::{CommitJobError, OutputJobId};

use crate::faults::Fault;
use crate::scene::{KINDS, Kind, Scene, attempt, commit, whole_job};

/// What became of a job whose driver died when it was being committed, and another driver tried to abort it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Survived {
    /// The driver did not get as far as the commit.
    NotTried,
    /// The driver did not die.
    NotNeeded,
    Aborted,
    Refused,
}

async fn abort_after_death(kind: Kind, operation: usize) -> Survived {
    let scene = Scene::new(kind);
    whole_job(&scene.protocol(), "old").await;
    let id = scene.replacing().setup_job().await.unwrap().id();
    commit(&scene.protocol().open_job(id).await.unwrap(), attempt(0, 0), 1, "new").await;
    let (protocol, store) = scene.faulty(Fault::After(operation));
    let Ok(job) = protocol.open_job(id).await else { return Survived::NotTried };
    let committed = job.commit_job([0]).await.is_ok();
    if store.operations() <= operation {
        assert!(committed);
        return Survived::NotNeeded;
    }
    abort(&scene, id).await
}

async fn abort(scene: &Scene, id: OutputJobId) -> Survived {
    let survivor = scene.protocol().open_job(id).await.unwrap();
    if survivor.abort_job().await.is_ok() {
        scene.protocol().verify().await.unwrap();
        return Survived::Aborted;
    }
    let rows = match survivor.commit_job([0]).await {
        Ok(_) => vec!["new"],
        // The store cannot compare and swap, and the dead driver might be alive and about to write.
        Err(CommitJobError::Undecided { job }) if scene.folder().is_some() && job == id => {
            scene.protocol().clean().await.unwrap();
            scene.assert_tidy().await;
            vec!["old 0", "old 1"]
        }
        Err(error) => panic!("{error}"),
    };
    assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), rows);
    Survived::Refused
}

#[tokio::test]
async fn a_commit_that_nobody_knows_the_end_of_is_not_aborted() {
    for kind in KINDS {
        let mut seen = Vec::new();
        while seen.last() != Some(&Survived::NotNeeded) {
            seen.push(abort_after_death(kind, seen.len()).await);
        }
        let last_abort = seen.iter().rposition(|one| *one == Survived::Aborted).unwrap();
        let first_refusal = seen.iter().position(|one| *one == Survived::Refused).unwrap();
        assert!(last_abort < first_refusal, "a commit that has begun is not aborted: {seen:?}");
    }
}
