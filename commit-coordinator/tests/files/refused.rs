//! What is refused, and how.

use commit_coordinator::files::{
    BadName, CommitJobError, CommitTaskError, FileFlaw, OpenFileError, SetupJobError, VerifyError,
};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::scene::{KINDS, Kind, Scene, attempt, commit, commit_two, permit, staged, whole_job, write};

#[tokio::test]
async fn output_that_exists_is_not_touched_unless_asked() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        whole_job(&scene.protocol(), "first").await;
        let refused = scene.protocol().setup_job().await.unwrap_err();
        assert_eq!(refused.to_string(), "there is output already: out/_SUCCESS exists");
        scene.assert_tidy().await;
    }
}

async fn is_refused_and_left_alone(scene: &Scene, foreign: &str) {
    scene.put(foreign, b"theirs").await;
    for protocol in [scene.protocol(), scene.replacing()] {
        let refused = protocol.setup_job().await.unwrap_err();
        assert!(matches!(refused, SetupJobError::Foreign { path } if path.as_ref() == foreign));
    }
    assert!(scene.protocol().clean().await.unwrap().removed.is_empty());
    assert_eq!(scene.read(foreign).await, b"theirs");
}

#[tokio::test]
async fn a_foreign_file_keeps_a_job_from_being_set_up() {
    for kind in KINDS {
        for foreign in ["out/data.csv", "out/sub/folder/x", "out/_temporary/0/task/part-0", "out/.crc"] {
            is_refused_and_left_alone(&Scene::new(kind), foreign).await;
        }
    }
}

#[tokio::test]
async fn a_foreign_file_beside_our_output_is_never_removed() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let first = whole_job(&scene.protocol(), "first").await.manifest;
        // As if somebody had copied a file from another output of this protocol.
        let other = first.files().next().unwrap().name.replace(&first.job.to_string(), &"ab".repeat(16));
        let foreign = format!("out/{other}");
        scene.put(&foreign, b"theirs").await;
        let refused = scene.replacing().setup_job().await.unwrap_err();
        assert!(matches!(refused, SetupJobError::Foreign { path } if path.as_ref() == foreign));
        assert!(scene.protocol().clean().await.unwrap().removed.is_empty());
        assert_eq!(scene.read(&foreign).await, b"theirs");
    }
}

#[tokio::test]
async fn names_that_others_made_of_ours_are_theirs() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let first = whole_job(&scene.protocol(), "first").await.manifest;
        let name = &first.files().next().unwrap().name;
        for theirs in [format!("{name}.bak"), format!("{name}.idx"), format!("backup-{name}")] {
            let theirs = format!("out/{theirs}");
            scene.put(&theirs, b"theirs").await;
            let refused = scene.replacing().setup_job().await.unwrap_err();
            assert!(matches!(refused, SetupJobError::Foreign { path } if path.as_ref() == theirs));
            assert!(scene.protocol().clean().await.unwrap().removed.is_empty());
            assert_eq!(scene.read(&theirs).await, b"theirs");
            scene.remove(&theirs).await;
        }
    }
}

#[tokio::test]
async fn a_neighbour_with_a_longer_name_is_not_in_the_way() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        scene.put("output/data.csv", b"theirs").await;
        let job = scene.protocol().setup_job().await.unwrap();
        commit_two(&job, "first").await;
        job.commit_job(0..2).await.unwrap();
        assert_eq!(scene.read("output/data.csv").await, b"theirs");
    }
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    let scene = Scene::new(Kind::Memory);
    let job = scene.protocol().setup_job().await.unwrap();
    let output = job.setup_task(attempt(0, 0));
    for (name, expected) in [
        ("", BadName::Empty),
        ("..", BadName::Hidden),
        ("_SUCCESS", BadName::Hidden),
        (".hidden", BadName::Hidden),
        ("../out", BadName::Hidden),
        ("a/../b", BadName::Characters),
        ("a#1", BadName::Characters),
    ] {
        let refused = output.writer(name).unwrap_err();
        assert!(
            matches!(&refused, OpenFileError::BadName { name: n, problem, .. } if n == name && *problem == expected),
            "{refused}"
        );
    }
    write(&output, "part.txt", "x").await;
    let again = output.writer("part.txt").unwrap_err();
    assert!(matches!(again, OpenFileError::OpenedBefore { name, .. } if name == "part.txt"));
    output.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
    assert!(matches!(output.writer("more"), Err(OpenFileError::Committing { .. })));
}

#[tokio::test]
async fn a_permit_of_another_attempt_commits_nothing() {
    let scene = Scene::new(Kind::Memory);
    let job = scene.protocol().setup_job().await.unwrap();
    let output = staged(&job, attempt(0, 0), "x").await;
    let before = scene.everything().await;
    let refused = output.commit_task(permit(attempt(0, 1), 1)).await.unwrap_err();
    let (ours, theirs) = (attempt(0, 0), attempt(0, 1));
    assert!(
        matches!(refused, CommitTaskError::PermitForAnother { task, permitted } if (task, permitted) == (ours, theirs))
    );
    assert_eq!(scene.everything().await, before);
}

#[tokio::test]
async fn a_file_that_is_not_closed_keeps_its_task_from_being_committed() {
    let scene = Scene::new(Kind::Memory);
    let job = scene.protocol().setup_job().await.unwrap();
    let output = job.setup_task(attempt(0, 0));
    let open = output.writer("open.txt").unwrap();
    write(&output, "closed.txt", "x").await;
    let mut dropped = output.writer("dropped.txt").unwrap();
    dropped.write(b"half").await.unwrap();
    drop(dropped);
    let refused = output.commit_task(permit(attempt(0, 0), 1)).await.unwrap_err();
    assert!(matches!(refused, CommitTaskError::NotClosed { name, .. } if name == "open.txt"));
    open.discard().await;
    let refused = output.commit_task(permit(attempt(0, 0), 1)).await.unwrap_err();
    assert!(matches!(refused, CommitTaskError::NotClosed { name, .. } if name == "dropped.txt"));
    assert_eq!(job.committed_task(0).await.unwrap(), None);
}

#[tokio::test]
async fn a_stale_token_makes_nothing_visible() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let late = staged(&job, attempt(0, 0), "late").await;
        commit(&job, attempt(0, 1), 2, "newer").await;
        let before = scene.everything().await;
        let refused = late.commit_task(permit(attempt(0, 0), 1)).await.unwrap_err();
        assert!(
            matches!(refused, CommitTaskError::StaleToken { ours, newest, .. } if (ours.get(), newest.get()) == (1, 2))
        );
        assert_eq!(scene.everything().await, before);
        job.commit_job([0]).await.unwrap();
        assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), ["newer"]);
    }
}

#[tokio::test]
async fn two_attempts_with_the_same_token_do_not_mix() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit(&job, attempt(0, 0), 1, "first").await;
        let second = staged(&job, attempt(0, 1), "second").await;
        let refused = second.commit_task(permit(attempt(0, 1), 1)).await.unwrap_err();
        assert!(matches!(refused, CommitTaskError::TokenTaken { by, .. } if by == attempt(0, 0)));
        job.commit_job([0]).await.unwrap();
        assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), ["first"]);
    }
}

#[tokio::test]
async fn a_task_that_comes_after_the_end_of_its_job_is_told_so() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let zombie = staged(&job, attempt(0, 0), "zombie").await;
        commit(&job, attempt(0, 1), 2, "newer").await;
        job.commit_job([0]).await.unwrap();
        let refused = zombie.commit_task(permit(attempt(0, 0), 1)).await.unwrap_err();
        assert!(matches!(refused, CommitTaskError::JobEnded { job: id, .. } if id == job.id()));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn a_job_needs_every_partition_and_no_other() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit_two(&job, "first").await;
        let missing = job.commit_job(0..20).await.unwrap_err();
        assert_eq!(
            missing.to_string(),
            format!(
                "job {} lacks the output of the partitions 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more",
                job.id()
            )
        );
        let unexpected = job.commit_job([1]).await.unwrap_err();
        assert!(
            matches!(unexpected, CommitJobError::Unexpected { partitions, .. } if partitions.to_string() == "0")
        );
        job.commit_job(0..2).await.unwrap();
    }
}

#[tokio::test]
async fn a_committed_file_that_was_lost_or_cut_fails_the_job() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let file = format!("out/{}", commit(&job, attempt(0, 0), 1, "whole").await.files[0].name);
        scene.remove(&file).await;
        let lost = job.commit_job([0]).await.unwrap_err();
        assert!(
            matches!(lost, CommitJobError::File { path, flaw: FileFlaw::NotThere } if path.as_ref() == file)
        );
        scene.put(&file, b"cut").await;
        let cut = job.commit_job([0]).await.unwrap_err();
        let flaw = FileFlaw::Size { expected: 5, found: 3 };
        assert!(matches!(cut, CommitJobError::File { flaw: found, .. } if found == flaw));
        scene.put(&file, b"whole").await;
        job.commit_job([0]).await.unwrap();
    }
}

#[tokio::test]
async fn verifying_finds_every_kind_of_damage() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let manifest = whole_job(&scene.protocol(), "first").await.manifest;
        let file = format!("out/{}", manifest.partitions[1].files[0].name);
        let damage = async |content: Option<&[u8]>| {
            match content {
                Some(content) => scene.put(&file, content).await,
                None => scene.store.delete(&Path::from(file.as_str())).await.unwrap(),
            }
            match scene.protocol().verify().await.unwrap_err() {
                VerifyError::File { path, flaw } if path.as_ref() == file => flaw,
                other => panic!("{other}"),
            }
        };
        let changed = damage(Some(b"tsrif 1")).await;
        assert!(matches!(changed, FileFlaw::Checksum { .. }));
        assert_eq!(damage(Some(b"first")).await, FileFlaw::Size { expected: 7, found: 5 });
        assert_eq!(damage(None).await, FileFlaw::NotThere);
    }
}
