//! A page in somebody else's server.

use std::net::SocketAddr;
use std::thread;

use axum::Router;
use listener_bus::page::StatusPage;
use tokio::sync::oneshot;

use super::site::{attributes, get};
use super::told::{Task, Told};

/// Follows a link as a browser does.
fn resolve(base: &str, link: &str) -> String {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() {
        return base.to_owned();
    }
    let mut segments: Vec<_> = base.split('/').collect();
    segments.pop();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    segments.join("/")
}

fn told() -> Told {
    let mut told = Told::application("nested");
    told.job(0, "count", 2);
    told.succeed(&Task::new(0, 1));
    told
}

/// Serves a router while `read` reads it at the address it is told.
fn while_served(router: Router, read: impl FnOnce(SocketAddr)) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("it serves");
    listener.set_nonblocking(true).expect("it serves");
    let address = listener.local_addr().expect("it serves");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = thread::Builder::new().spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it serves");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it serves");
            tokio::select! {
                ended = async { axum::serve(listener, router).await } => ended.expect("it serves"),
                _ = stopped => {}
            }
        });
    });
    read(address);
    drop(stop);
    serving.expect("it serves").join().expect("it serves");
}

/// Every link of every page leads somewhere, starting at `home`.
fn crawl(address: SocketAddr, home: &str) -> usize {
    let mut seen = vec![home.to_owned()];
    let mut next = 0;
    while let Some(path) = seen.get(next).cloned() {
        next += 1;
        let answer = get(address, &path, &[]);
        assert_eq!(answer.status, 200, "{path} from {seen:?}");
        let links = attributes(&answer.body, "href").into_iter().chain(attributes(&answer.body, "src"));
        let inner = links.filter(|link| !link.starts_with('#') && !link.starts_with("data:"));
        for found in inner.map(|link| resolve(&path, link)) {
            if !seen.contains(&found) {
                seen.push(found);
            }
        }
    }
    seen.len()
}

#[test]
fn all_links_lead_somewhere_wherever_the_router_is_nested() {
    for (prefix, home) in [("", "/"), ("/status", "/status"), ("/a/b", "/a/b"), ("/status/", "/status/")] {
        let inner = StatusPage::builder().status(told().store()).build().router(None);
        let router = if prefix.is_empty() { inner } else { Router::new().nest(prefix, inner) };
        while_served(router, |address| {
            let pages = crawl(address, home);
            assert!(pages >= 11, "{prefix}: {pages}");
        });
    }
}

#[test]
fn a_chosen_application_is_kept_from_page_to_page() {
    let mut told = told();
    told.end_application();
    told.start_application("second <2>", "app&2");
    told.job(5, "later", 1);
    let site = super::site::site_of(&told);
    assert!(site.page("/jobs").contains("data-job=\"5\""), "the newest one is shown");
    let earlier = site.page("/jobs?app=app-1");
    assert!(earlier.contains("data-job=\"0\"") && !earlier.contains("data-job=\"5\""));
    assert!(attributes(&earlier, "href").contains(&"./stages?app=app-1"));
    let all = site.page("/applications");
    assert!(attributes(&all, "href").contains(&"./jobs?app=app%262"));
    assert!(site.page("/jobs?app=app%262").contains("data-job=\"5\""));
    let stage = site.page("/stages/0/0?app=app-1");
    assert!(
        stage.contains("<input type=\"hidden\" name=\"app\" value=\"app-1\">"),
        "the filter stays with it"
    );
}
