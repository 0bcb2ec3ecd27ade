//! Manifests that cannot be read.

use commit_coordinator::files::{DocumentFlaw, ReadManifestError};

use crate::scene::{Kind, Scene, whole_job};

async fn flaw_of(scene: &Scene, manifest: &[u8]) -> DocumentFlaw {
    scene.put("out/_SUCCESS", manifest).await;
    let before = scene.everything().await;
    assert!(scene.protocol().clean().await.is_err(), "nobody knows what is needed");
    assert_eq!(scene.everything().await, before);
    match scene.protocol().read_manifest().await.unwrap_err() {
        ReadManifestError::Flawed { path, flaw } if path.as_ref() == "out/_SUCCESS" => flaw,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_manifest_that_is_missing_or_empty_is_told_from_one_that_is_damaged() {
    let scene = Scene::new(Kind::Memory);
    let missing = scene.protocol().read_manifest().await.unwrap_err();
    assert!(matches!(missing, ReadManifestError::NotThere { .. }));
    scene.put("out/_SUCCESS", b"").await;
    let empty = scene.protocol().read_manifest().await.unwrap_err();
    assert!(matches!(empty, ReadManifestError::Empty { .. }));
}

#[tokio::test]
async fn a_manifest_cut_anywhere_is_not_read() {
    let scene = Scene::new(Kind::Memory);
    whole_job(&scene.protocol(), "first").await;
    let whole = scene.read("out/_SUCCESS").await;
    for length in 1..whole.len() {
        let flaw = flaw_of(&scene, &whole[..length]).await;
        assert!(matches!(flaw, DocumentFlaw::Json { .. }), "{length}: {flaw}");
    }
}

#[tokio::test]
async fn a_manifest_in_which_a_digit_has_changed_is_not_read() {
    let scene = Scene::new(Kind::Memory);
    whole_job(&scene.protocol(), "first").await;
    let whole = String::from_utf8(scene.read("out/_SUCCESS").await).unwrap();
    let changed = whole.replacen("\"bytes\":14", "\"bytes\":15", 1);
    assert_ne!(changed, whole);
    let flaw = flaw_of(&scene, changed.as_bytes()).await;
    assert!(matches!(flaw, DocumentFlaw::Checksum { .. }), "{flaw}");
}

#[tokio::test]
async fn a_manifest_of_a_later_version_is_not_guessed_at() {
    let scene = Scene::new(Kind::Memory);
    let later = br#"{"version":7,"anything":["else"]}"#;
    let flaw = flaw_of(&scene, later).await;
    assert!(matches!(flaw, DocumentFlaw::Newer { version: 7, supported: 1 }), "{flaw}");
    let flaw = flaw_of(&scene, b"{\"version\":1}").await;
    assert!(matches!(flaw, DocumentFlaw::Json { .. }), "{flaw}");
    let flaw = flaw_of(&scene, b"not json").await;
    assert!(matches!(flaw, DocumentFlaw::Json { .. }), "{flaw}");
}

#[tokio::test]
async fn a_manifest_that_names_a_file_elsewhere_is_not_followed() {
    let scene = Scene::new(Kind::Memory);
    let manifest = whole_job(&scene.protocol(), "first").await.manifest;
    for name in ["../secret", "_SUCCESS", "part.txt"] {
        let mut forged = manifest.clone();
        forged.partitions[0].files[0].name = name.to_owned();
        let body = serde_json::to_string(&forged).unwrap();
        let crc32 = crc32fast::hash(body.as_bytes());
        let document = format!("{{\"version\":1,\"crc32\":{crc32},\"body\":{body}}}");
        let flaw = flaw_of(&scene, document.as_bytes()).await;
        assert!(matches!(&flaw, DocumentFlaw::Name { name: found } if found == name), "{flaw}");
    }
}
