//! Every call may be repeated.

use crate::scene::{KINDS, Scene, attempt, commit_two, output_of, permit, staged};

#[tokio::test]
async fn a_task_that_commits_again_gets_the_same_answer() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let output = staged(&job, attempt(0, 0), "once").await;
        let first = output.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
        let before = scene.everything().await;
        assert_eq!(output.commit_task(permit(attempt(0, 0), 1)).await.unwrap(), first);
        let elsewhere = job.setup_task(attempt(0, 0));
        assert_eq!(elsewhere.commit_task(permit(attempt(0, 0), 1)).await.unwrap(), first);
        assert_eq!(scene.everything().await, before);
        job.commit_job([0]).await.unwrap();
        assert_eq!(output.commit_task(permit(attempt(0, 0), 1)).await.unwrap(), first);
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn a_task_that_was_started_again_with_the_same_permit_commits_once() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        let before = staged(&job, attempt(0, 0), "before").await;
        let after = staged(&job, attempt(0, 0), "after").await;
        let first = after.commit_task(permit(attempt(0, 0), 1)).await.unwrap();
        assert_eq!(before.commit_task(permit(attempt(0, 0), 1)).await.unwrap(), first);
        job.commit_job([0]).await.unwrap();
        assert_eq!(scene.output().await.into_values().collect::<Vec<_>>(), ["after"]);
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn a_job_that_commits_again_gets_the_same_answer() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit_two(&job, "first").await;
        let first = job.commit_job(0..2).await.unwrap();
        assert_eq!(job.commit_job(0..2).await.unwrap(), first);
        assert_eq!(scene.output().await, output_of("first"));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn aborting_and_cleaning_may_be_repeated() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let job = scene.protocol().setup_job().await.unwrap();
        commit_two(&job, "first").await;
        assert!(!job.abort_job().await.unwrap().removed.is_empty());
        assert!(job.abort_job().await.unwrap().removed.is_empty());
        scene.assert_aborted(job.id(), &[]).await;
        assert!(scene.protocol().clean().await.unwrap().removed.is_empty());
    }
}
