//! The style sheet and the scripts.

use listener_bus::page::StatusPage;

use super::site::{attributes, serve};

#[test]
fn every_asset_that_a_page_names_is_there() {
    let site = serve(StatusPage::builder());
    let page = site.page("/");
    let sources = attributes(&page, "src");
    let all: Vec<_> = sources.into_iter().chain(["./assets/page.css"]).collect();
    assert_eq!(all.len(), 3, "{all:?}");
    for asset in all {
        let answer = site.get(&format!("/{}", asset.trim_start_matches("./")));
        assert_eq!(answer.status, 200, "{asset}");
        assert!(!answer.body.is_empty(), "{asset}");
        let kind = answer.headers("content-type")[0];
        assert!(kind.starts_with("text/css") || kind.starts_with("text/javascript"), "{asset}: {kind}");
    }
    assert_eq!(site.get("/assets/other.js").status, 404);
    assert_eq!(site.get("/assets/..%2Fpage.css").status, 404);
}

#[test]
fn who_has_an_asset_does_not_get_it_again() {
    let site = serve(StatusPage::builder());
    for name in ["page.css", "page.js", "idiomorph.js"] {
        let path = format!("/assets/{name}");
        let first = site.get(&path);
        let tag = first.headers("etag")[0].to_owned();
        assert_eq!(first.headers("cache-control")[0], "no-cache");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let again = site.get_with(&path, &[("if-none-match", &known)]);
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{name} {known}");
            assert_eq!(again.headers("etag")[0], tag);
        }
        assert_eq!(site.get_with(&path, &[("if-none-match", "\"other\"")]).status, 200);
    }
}
