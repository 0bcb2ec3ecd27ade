//! The style sheet and the scripts, which are part of the program.

use std::hash::{DefaultHasher, Hasher};

use axum::extract::{Path, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset { name: "page.css", kind: "text/css; charset=utf-8", text: include_str!("../assets/page.css") },
    Asset { name: "page.js", kind: JAVA_SCRIPT, text: include_str!("../assets/page.js") },
    Asset {
        name: "idiomorph.js",
        kind: JAVA_SCRIPT,
        text: include_str!("../assets/vendor/idiomorph.min.js"),
    },
];

const JAVA_SCRIPT: &str = "text/javascript; charset=utf-8";

/// A browser asks each time whether it still has the right one, and mostly hears that it has.
pub(super) async fn serve(Path(name): Path<String>, request: Request) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => asset.answer(request.headers()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Asset {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.text.as_bytes());
        let tag = format!("\"{:016x}\"", hasher.finish());
        let known = asked.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let is_known =
            known.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
        let caching = [(CACHE_CONTROL, "no-cache".to_owned()), (ETAG, tag)];
        if is_known {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let kind = [(CONTENT_TYPE, HeaderValue::from_static(self.kind))];
        (caching, kind, self.text).into_response()
    }
}
