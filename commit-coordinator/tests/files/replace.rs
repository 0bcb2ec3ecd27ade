//! Replacing output: the old one is whole until the new one is.

use commit_coordinator::files::{ExistingOutput, FileCommitProtocol, SetupJobError};
use std::sync::Arc;

use crate::scene::{KINDS, Scene, commit_two, output_of, whole_job};

#[tokio::test]
async fn the_old_output_is_whole_until_the_new_one_is_committed() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        whole_job(&scene.protocol(), "first").await;
        let job = scene.replacing().setup_job().await.unwrap();
        commit_two(&job, "second").await;
        assert_eq!(scene.output().await, output_of("first"));
        let old = scene.protocol().read_manifest().await.unwrap();
        let new = job.commit_job(0..2).await.unwrap().manifest;
        assert_eq!((new.job, new.replaces), (job.id(), Some(old.job)));
        assert_eq!(scene.output().await, output_of("second"));
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn output_may_be_replaced_over_and_over() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        for run in ["first", "second", "third", "fourth"] {
            whole_job(&scene.replacing(), run).await;
            assert_eq!(scene.output().await, output_of(run));
            scene.assert_tidy().await;
        }
    }
}

#[tokio::test]
async fn what_a_replaced_job_did_not_remove_goes_with_the_next_one() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let old = whole_job(&scene.protocol(), "first").await.manifest;
        let file = format!("out/{}", old.partitions[0].files[0].name);
        whole_job(&scene.replacing(), "second").await;
        scene.put(&file, b"as if it could not be removed").await;
        scene.replacing().setup_job().await.unwrap();
        let removed = scene.protocol().clean().await.unwrap().removed;
        assert!(removed.iter().any(|path| path.as_ref() == file), "{removed:?}");
        scene.assert_tidy().await;
    }
}

#[tokio::test]
async fn the_root_of_a_store_can_be_the_output_folder() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        let root = FileCommitProtocol::builder(Arc::clone(&scene.store), "")
            .existing_output(ExistingOutput::Replace)
            .build();
        whole_job(&root, "first").await;
        whole_job(&root, "second").await;
        assert_eq!(root.verify().await.unwrap().totals.files, 2);
        assert!(root.clean().await.unwrap().removed.is_empty());
    }
}

#[tokio::test]
async fn a_marker_of_spark_is_not_replaced() {
    for kind in KINDS {
        let scene = Scene::new(kind);
        scene.put("out/_SUCCESS", b"").await;
        let refused = scene.replacing().setup_job().await.unwrap_err();
        assert!(matches!(refused, SetupJobError::Manifest(_)), "{refused}");
        let refused = scene.protocol().setup_job().await.unwrap_err();
        assert!(matches!(refused, SetupJobError::OutputExists { .. }), "{refused}");
        assert!(scene.protocol().clean().await.is_err());
        assert_eq!(scene.read("out/_SUCCESS").await, b"");
    }
}
