//! Who may ask, and how.

use std::net::SocketAddr;

use axum::Router;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use listener_bus::access::Token;
use listener_bus::page::{PageServer, ServeError, StatusPage};

use crate::support::{ask, get, serve, told};

fn guarded() -> PageServer {
    let token = Token::new("open-sesame").expect("it is one");
    StatusPage::builder().build().serve(([127, 0, 0, 1], 0).into(), Some(token)).expect("a port is free")
}

fn basic(credentials: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(credentials))
}

#[test]
fn whoever_does_not_show_the_token_sees_nothing() {
    let server = guarded();
    let version = |headers: &str| ask(server.local_addr(), "GET /api/v1/version", headers);
    for headers in [
        String::new(),
        "Authorization: Bearer open-sesam\r\n".to_owned(),
        "Authorization: Bearer\r\n".to_owned(),
        "Authorization: Basic !!!\r\n".to_owned(),
        basic("open-sesame"),
        basic("open-sesame:"),
        basic("any:open-sesame-"),
        basic("open-sesame:any"),
    ] {
        let answer = version(&headers);
        assert_eq!(answer.status, 401, "{headers}");
        assert!(
            answer.headers("www-authenticate").iter().any(|way| way.starts_with("Basic realm=")),
            "{headers}"
        );
        assert!(!answer.body.contains("spark"), "{headers}");
    }
    assert_eq!(ask(server.local_addr(), "GET /api/v1/nothing", "").status, 401, "not even what there is");
}

#[test]
fn the_token_is_taken_from_programs_and_from_browsers() {
    let server = guarded();
    for headers in [
        "Authorization: Bearer open-sesame\r\n".to_owned(),
        basic("any:open-sesame"),
        basic(":open-sesame"),
        basic("any:open-sesame").replace("Basic", "basic"),
    ] {
        let with_a_name = format!("{headers}Host: status.example.com\r\n");
        assert_eq!(ask(server.local_addr(), "GET /api/v1/version", &with_a_name).status, 200, "{headers}");
    }
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let refused = StatusPage::builder().build().serve(([0, 0, 0, 0], 0).into(), None);
    assert!(matches!(refused, Err(ServeError::TokenNeeded(_))), "{refused:?}");
}

#[test]
fn without_a_token_names_that_others_own_are_refused() {
    let server = told([]);
    for host in ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", ""] {
        let answer = ask(server.local_addr(), "GET /api/v1/version", &format!("Host: {host}\r\n"));
        assert_eq!(answer.status, 421, "{host}");
        assert!(answer.message().contains(host), "{host}");
    }
    for request in ["GET http://evil.example/api/v1/version", "GET /api/v1/version"] {
        let hosts = "Host: localhost\r\nHost: evil.example\r\n";
        assert!(matches!(ask(server.local_addr(), request, hosts).status, 400 | 421), "{request}");
    }
    for host in ["localhost", "LOCALHOST:4040", "127.0.0.1:4040", "[::1]:4040", "192.0.2.1"] {
        let answer = ask(server.local_addr(), "GET /api/v1/version", &format!("Host: {host}\r\n"));
        assert_eq!(answer.status, 200, "{host}");
    }
}

#[test]
fn only_reading_is_allowed() {
    let server = told([]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = ask(server.local_addr(), &format!("{method} /api/v1/version"), "");
        assert_eq!((answer.status, answer.headers("allow")), (405, vec!["GET, HEAD"]), "{method}");
        assert!(answer.message().contains(method), "{method}");
    }
    let head = ask(server.local_addr(), "HEAD /api/v1/version", "");
    let whole = get(&server, "/api/v1/version");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.headers("content-length"), whole.headers("content-length"));
}

#[test]
fn every_answer_tells_browsers_what_they_may_do_with_it() {
    let server = guarded();
    let token = "Authorization: Bearer open-sesame\r\n";
    for (request, headers) in [
        ("GET /api/v1/version", token),
        ("GET /api/v1/nothing", token),
        ("GET /nothing", token),
        ("POST /api/v1/version", token),
        ("GET /api/v1/version", ""),
    ] {
        let answer = ask(server.local_addr(), request, headers);
        let [policy] = answer.headers("content-security-policy")[..] else { panic!("{request}: {answer:?}") };
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers("x-content-type-options"), ["nosniff"], "{request}");
        assert_eq!(answer.headers("x-frame-options"), ["DENY"], "{request}");
        assert_eq!(answer.headers("referrer-policy"), ["no-referrer"], "{request}");
        assert_eq!(answer.headers("cache-control").len(), 1, "{request}");
        assert!(answer.headers("set-cookie").is_empty(), "{request}");
    }
    assert_eq!(ask(server.local_addr(), "GET /api/v1/version", token).headers("cache-control"), ["no-store"]);
}

#[test]
fn the_router_is_nested_where_its_user_likes() {
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    let (address, served) = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address: SocketAddr = listener.local_addr().expect("it has one");
        let app = Router::new()
            .route("/own", axum::routing::get(|| async { "own" }))
            .nest("/team/{team}/status", StatusPage::builder().build().router(None));
        (address, tokio::spawn(async { axum::serve(listener, app).await }))
    });
    let nested = ask(address, "GET /team/a/status/api/v1/applications", "");
    assert_eq!((nested.status, nested.body.as_str()), (200, "[]"));
    let named = ask(address, "GET /team/a/status/api/v1/version", "Host: engine.example.com\r\n");
    assert_eq!(named.status, 200, "who may see it is for the server to say");
    let unknown = ask(address, "GET /team/a/status/api/v1/nothing", "");
    assert_eq!(unknown.message(), "unknown path /team/a/status/api/v1/nothing");
    let own = ask(address, "GET /own", "Host: example.com\r\n");
    assert_eq!((own.status, own.body.as_str()), (200, "own"), "what is beside it is as it was");
    served.abort();
}

#[test]
fn a_server_that_is_dropped_ends_its_streams() {
    let server = serve(&StatusPage::builder().build());
    let mut stream = crate::support::connect(server.local_addr(), "GET /api/v1/events?events=tick", "");
    crate::support::head_of(&mut stream);
    drop(server);
    let mut rest = Vec::new();
    // Cut off, or ended: not left open.
    let ended = std::io::Read::read_to_end(&mut stream, &mut rest);
    assert!(!ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}
