//! Who may see a page, and what browsers may do with it.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::api::{ApiError, repeated};
use super::host::is_ours;
use crate::access::Token;

/// What browsers send when somebody has typed the token in.
const BASIC: &str = "Basic ";
const ASK_FOR_TOKEN: [HeaderValue; 2] = [
    HeaderValue::from_static("Basic realm=\"status page\", charset=\"UTF-8\""),
    HeaderValue::from_static("Bearer"),
];
/// All there is comes from here; no frame of another page may hold it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Who is let in.
#[derive(Clone, Debug)]
pub(super) enum Admission {
    /// Who shows the token.
    Token(Token),
    /// Who asks for this machine by a name that nobody else can own.
    OwnHost,
    /// Whoever the server around the router lets in.
    Anybody,
}

/// Lets in who may see the page, to read only.
pub(super) fn with_access(router: Router, admission: Admission) -> Router {
    router.layer(from_fn_with_state(admission, admit)).layer(from_fn(add_headers))
}

async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    match admitted(&request, &admission) {
        Ok(()) => next.run(request).await,
        Err(error) => refused(error),
    }
}

fn admitted(request: &Request, admission: &Admission) -> Result<(), ApiError> {
    match admission {
        Admission::Token(token) if !shows(request.headers(), token) => return Err(ApiError::Token),
        Admission::Token(_) | Admission::Anybody => {}
        Admission::OwnHost => own_host(request.headers(), request.uri())?,
    }
    match *request.method() {
        Method::GET | Method::HEAD => Ok(()),
        ref other => Err(ApiError::Method { method: repeated(other.as_str()) }),
    }
}

/// As a bearer, or as the password, whoever the user is.
fn shows(headers: &HeaderMap, token: &Token) -> bool {
    let password = || password(headers.get(header::AUTHORIZATION)?);
    token.is_shown_by(headers) || password().is_some_and(|shown| token.is_same_as(&shown))
}

fn password(value: &HeaderValue) -> Option<Token> {
    let (scheme, credentials) = value.as_bytes().split_at_checked(BASIC.len())?;
    if !scheme.eq_ignore_ascii_case(BASIC.as_bytes()) {
        return None;
    }
    let credentials = String::from_utf8(BASE64_STANDARD.decode(credentials.trim_ascii()).ok()?).ok()?;
    let (_user, password) = credentials.split_once(':')?;
    Token::new(password).ok()
}

/// A page elsewhere may give its own name our address, and so read what is meant for this machine only: its requests come
/// under that name.
fn own_host(headers: &HeaderMap, uri: &Uri) -> Result<(), ApiError> {
    let named = headers.get_all(header::HOST).iter().map(HeaderValue::as_bytes);
    let hosts = named.chain(uri.authority().map(|authority| authority.as_str().as_bytes()));
    let mut others = hosts.filter(|host| !std::str::from_utf8(host).is_ok_and(is_ours));
    match others.next() {
        Some(other) => Err(ApiError::Host { host: repeated(&String::from_utf8_lossy(other)) }),
        None => Ok(()),
    }
}

fn refused(error: ApiError) -> Response {
    let mut response = error.into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        for way in ASK_FOR_TOKEN {
            response.headers_mut().append(header::WWW_AUTHENTICATE, way);
        }
    }
    response
}

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
