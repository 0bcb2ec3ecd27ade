//! A job from its beginning to its end.

use commit_coordinator::files::{AbortJobError, CommitJobError, OpenJobError, ReadManifestError, Rubbish};

use crate::scene::{
    KINDS, Kind, Scene, attempt, commit, commit_two, output_of, permit, staged, whole_job, write,
};

#[tokio::test]
async fn a_committed_job_is_the_output_and_nothing_else_is_left() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let committed = whole_job(&scene.protocol(), "first").await;
        assert_eq!(committed.rubbish, Rubbish::None);
        assert_eq!(scene.protocol().read_manifest().await.unwrap(), committed.manifest);
        let totals = committed.manifest.totals;
        assert_eq!((totals.partitions, totals.files, totals.rows, totals.bytes), (2, 2, 2, 14));
        assert_eq!(scene.output().await, output_of("first"));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn nothing_is_output_before_the_job_is_committed() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit_two(&job, "first").await;
        let unread = scene.protocol().read_manifest().await.unwrap_err();
        assert!(matches!(unread, ReadManifestError::NotThere { path } if path.as_ref() == "out/_SUCCESS"));
    }
}

#[tokio::test]
async fn a_partition_may_have_many_files_or_none() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let many = job.setup_task(attempt(0, 0));
        write(&many, "left.csv", "l").await;
        write(&many, "right.csv.gz", "r").await;
        let committed = many.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
        let names: Vec<_> = committed.files.iter().map(|file| file.written_as.as_str()).collect();
        assert_eq!(names, ["left.csv", "right.csv.gz"]);
        assert!(committed.files[1].name.ends_with(".csv.gz"), "{}", committed.files[1].name);
        let none = job.setup_task(attempt(1, 0));
        assert!(none.commit_task(permit(attempt(1, 0), 1)).await.unwrap().files.is_empty());
        job.commit_job(0..2).await.unwrap();
        let output: Vec<_> = scene.output().await.into_values().collect();
        assert_eq!(output, ["lr", ""]);
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn files_of_attempts_that_lost_are_no_output_and_go_with_the_job() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit(&job, attempt(0, 0), 1, "early").await;
        commit(&job, attempt(0, 1), 2, "late").await;
        drop(staged(&job, attempt(0, 2), "never").await);
        job.commit_job([0]).await.unwrap();
        assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), ["late"]);
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn an_aborted_task_leaves_nothing() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let before = scene.everything().await;
        let swept = staged(&job, attempt(0, 0), "given up").await.abort_task().await;
        assert_eq!((swept.removed.len(), swept.left.len()), (1, 0));
        let mut after = scene.everything().await;
        after.retain(|path| !path.ends_with("/attempts/"));
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn aborting_a_task_takes_nothing_from_its_commit() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let output = staged(&job, attempt(0, 0), "stays").await;
        output.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
        output.abort_task().await;
        job.commit_job([0]).await.unwrap();
        assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), ["stays"]);
    }
}

#[tokio::test]
async fn an_aborted_job_leaves_the_folder_as_it_was_but_for_its_decision() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        whole_job(&scene.protocol(), "first").await;
        let before = scene.everything().await;
        let job = scene.replacing().setup_job().await.unwrap();
        commit_two(&job, "second").await;
        assert!(job.abort_job().await.unwrap().left.is_empty());
        assert_eq!(scene.output().await, output_of("first"));
        let late = job.commit_job(0..2).await.unwrap_err();
        assert!(matches!(late, CommitJobError::Aborted { job: other } if other == job.id()));
        scene.assert_aborted(job.id(), &before).await;
    }
}

#[tokio::test]
async fn a_committed_job_cannot_be_aborted() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit_two(&job, "first").await;
        job.commit_job(0..2).await.unwrap();
        let refused = job.abort_job().await.unwrap_err();
        assert!(matches!(refused, AbortJobError::Committed { job: other } if other == job.id()));
        assert_eq!(scene.output().await, output_of("first"));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn workers_and_a_new_driver_open_the_job_by_its_id() {
    let scene = Scene::new(Kind::Memory);
    let id = scene.protocol().setup_job().await.unwrap().id();
    let id = id.to_string().parse().unwrap();
    let worker = scene.protocol().open_job(id).await.unwrap();
    commit_two(&worker, "first").await;
    let driver = scene.protocol().open_job(id).await.unwrap();
    let committed = driver.commit_job(0..2).await.unwrap();
    let later = scene.protocol().open_job(id).await.unwrap();
    assert_eq!(later.commit_job(0..2).await.unwrap(), committed);
    let aborted = scene.replacing().setup_job().await.unwrap();
    aborted.abort_job().await.unwrap();
    let gone = scene.protocol().open_job(aborted.id()).await.unwrap_err();
    assert!(matches!(gone, OpenJobError::NoSuchJob { job } if job == aborted.id()));
}

#[tokio::test]
async fn whether_a_lost_holder_had_committed_can_be_looked_up() {
    let scene = Scene::new(Kind::Memory);
    let job = scene.protocol().setup_job().await.unwrap();
    assert_eq!(job.committed_task(0).await.unwrap(), None);
    commit(&job, attempt(0, 0), 1, "early").await;
    let late = commit(&job, attempt(0, 1), 3, "late").await;
    assert_eq!(job.committed_task(0).await.unwrap(), Some(late));
    assert_eq!(job.committed_task(1).await.unwrap(), None);
}
