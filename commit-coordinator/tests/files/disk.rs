//! What a killed process leaves on a local disk, where the store does not show it.

use std::fs;
use std::path::Path;

use crate::scene::{Kind, Scene, attempt, commit_two, output_of, staged, whole_job};

fn touch(folder: &Path, name: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, b"half").unwrap();
}

#[tokio::test]
async fn half_written_files_of_ours_are_cleaned_and_those_of_others_are_not() {
    let scene = Scene::new(Kind::Disk);
    let folder = scene.folder().unwrap();
    let manifest = whole_job(&scene.protocol(), "first").await.manifest;
    let dead = scene.replacing().setup_job().await.unwrap().id();
    let ours = [
        "_SUCCESS#1".to_owned(),
        "_SUCCESS#23".to_owned(),
        format!("_temporary/replaces-{}#1", manifest.job),
        format!("_temporary/{dead}/job#1"),
        format!("_temporary/{dead}/decision#1"),
        format!("_temporary/{dead}/attempts/0_0_0_0_00000000_part.txt#2"),
        format!("_temporary/{dead}/commits/0/0_00000000000000000001#1"),
        format!("{}#1", manifest.partitions[0].files[0].name),
    ];
    let theirs = ["data.csv#1".to_owned(), "_SUCCESS#a".to_owned(), "_temporary/0/task#1".to_owned()];
    for name in ours.iter().chain(&theirs) {
        touch(&folder, name);
    }
    let swept = scene.protocol().clean().await.unwrap();
    for name in &ours {
        assert!(!folder.join(name).exists(), "{name}");
        assert!(swept.removed.iter().any(|path| path.as_ref() == format!("out/{name}")), "{name}");
    }
    for name in &theirs {
        assert!(folder.join(name).exists(), "{name}");
    }
    assert!(!folder.join("_temporary").join(dead.to_string()).exists());
    assert_eq!(scene.output().await, output_of("first"));
}

#[tokio::test]
async fn a_job_removes_what_its_killed_workers_were_writing() {
    let scene = Scene::new(Kind::Disk);
    let folder = scene.folder().unwrap();
    let job = scene.protocol().setup_job().await.unwrap();
    commit_two(&job, "first").await;
    touch(&folder, &format!("_temporary/{}/attempts/0_0_0_9_00000000_part.txt#1", job.id()));
    job.commit_job(0..2).await.unwrap();
    scene.assert_tidy().await;
}

#[tokio::test]
async fn an_aborted_task_removes_what_it_was_writing_and_nothing_of_others() {
    let scene = Scene::new(Kind::Disk);
    let job = scene.protocol().setup_job().await.unwrap();
    let output = staged(&job, attempt(0, 0), "x").await;
    let mut torn = output.writer("torn.txt").unwrap();
    torn.write(&[b'x'; 100]).await.unwrap();
    let half = |path: &String| path.ends_with("torn.txt#1");
    assert!(scene.everything().await.iter().any(half));
    drop(staged(&job, attempt(1, 0), "another's").await);
    // As when the process is killed: nobody tells the store.
    let _never_dropped = std::mem::ManuallyDrop::new(torn);
    output.abort_task().await;
    let left = scene.everything().await;
    assert!(left.iter().all(|path| !path.contains("/attempts/0_")), "{left:?}");
    assert!(left.iter().any(|path| path.contains("/attempts/1_")), "{left:?}");
}

#[tokio::test]
async fn links_do_not_lead_out_of_the_folder() {
    let scene = Scene::new(Kind::Disk);
    let folder = scene.folder().unwrap();
    let dead = scene.protocol().setup_job().await.unwrap().id();
    let outside = folder.parent().unwrap().join("outside");
    touch(&outside, "part.txt#1");
    let job = folder.join(format!("_temporary/{dead}"));
    std::os::unix::fs::symlink(&outside, job.join("attempts")).unwrap();
    scene.protocol().clean().await.unwrap();
    assert!(outside.join("part.txt#1").exists());
}

#[tokio::test]
async fn folders_of_jobs_that_hold_nothing_whole_are_cleaned_and_those_of_others_are_not() {
    let scene = Scene::new(Kind::Disk);
    let folder = scene.folder().unwrap();
    whole_job(&scene.protocol(), "first").await;
    let job = |digit: &str| format!("_temporary/0190163d8694739b8c7b0f0d5e2a{}", digit.repeat(4));
    touch(&folder, &format!("{}/job#1", job("1")));
    touch(&folder, &format!("{}/attempts/0_0_0_0_00000000_part.txt#1", job("2")));
    fs::create_dir_all(folder.join(job("3"))).unwrap();
    touch(&folder, &format!("{}/job#1", job("4")));
    let at_work = job("4").trim_start_matches("_temporary/").parse().unwrap();
    let swept = scene.protocol().clean_but_for([at_work]).await.unwrap();
    assert_eq!(swept.removed.len(), 2, "{swept:?}");
    for (digit, stays) in [("1", false), ("2", false), ("3", false), ("4", true)] {
        assert_eq!(folder.join(job(digit)).exists(), stays, "{digit}");
    }
    assert!(folder.join(job("4")).join("job#1").exists());
    scene.protocol().clean().await.unwrap();
    scene.assert_tidy().await;
    touch(&folder, "_temporary/theirs/job#1");
    scene.protocol().clean().await.unwrap();
    assert!(folder.join("_temporary/theirs/job#1").exists());
}

#[tokio::test]
async fn folders_of_jobs_that_are_links_are_not_followed() {
    let id = "0190163d8694739b8c7b0f0d5e2a1111";
    for link in [format!("_temporary/{id}"), "_temporary".to_owned()] {
        let scene = Scene::new(Kind::Disk);
        let folder = scene.folder().unwrap();
        let outside = folder.parent().unwrap().join("outside");
        let half = if link.ends_with(id) { "job#1".to_owned() } else { format!("{id}/job#1") };
        touch(&outside, &half);
        let link = folder.join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&outside, &link).unwrap();
        scene.protocol().clean().await.unwrap();
        assert!(outside.join(half).exists());
    }
}
