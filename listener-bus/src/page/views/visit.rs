//! A request for a page, and its answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, NestedPath, OriginalUri, Query, RawPathParams};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::Markup;

use super::error::PageError;
use super::layout;
use super::links::Links;
use crate::page::state::PageState;
use crate::status::{ApplicationView, StatusView};

/// What asks for the changing part of a page only.
const FRAGMENT: HeaderName = HeaderName::from_static("x-fragment");
/// How long an id or a value is repeated to whoever has sent it, in characters.
const REPEATED: usize = 100;

/// How much of a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Document,
    /// `<main>`, to be put in place of the one that is shown.
    Main,
}

/// What a page changes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// With what the events tell of the application.
    Status,
    /// With the time.
    Clock,
}

/// The entries of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Bus,
    Jobs,
    Stages,
    Executors,
    Environment,
    Barriers,
    Commits,
    Applications,
}

/// A page that was made.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) section: Section,
    pub(super) follows: Follows,
    pub(super) main: Markup,
}

/// Makes a page.
pub(super) type View = fn(&Visit) -> Result<Page, PageError>;

/// A request for a page.
pub(super) struct Visit {
    pub(super) state: Arc<PageState>,
    /// What is known of applications, where anybody keeps it.
    pub(super) status: Option<Arc<StatusView>>,
    pub(super) links: Links,
    parameters: Vec<(String, String)>,
    path: Vec<(String, String)>,
    extent: Extent,
}

impl FromRequestParts<Arc<PageState>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<PageState>) -> Result<Self, Infallible> {
        let path = RawPathParams::from_request_parts(parts, state)
            .await
            .map(|path| path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        let nested = NestedPath::from_request_parts(parts, state).await.ok();
        let original = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let parameters = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(all)| all);
        let links = Links::of(original.path(), parts.uri.path(), nested.as_ref().map(NestedPath::as_str));
        let extent = if parts.headers.contains_key(FRAGMENT) { Extent::Main } else { Extent::Document };
        let mut visit = Self {
            state: Arc::clone(state),
            status: None,
            links,
            parameters: parameters.unwrap_or_default(),
            path: path.unwrap_or_default(),
            extent,
        };
        let application = visit.parameter("app").map(str::to_owned);
        visit.links = std::mem::take(&mut visit.links).with_application(application);
        Ok(visit)
    }
}

impl Visit {
    /// Makes the page away from the threads that serve: a stage may have very many tasks.
    pub(super) async fn answer(mut self, view: View) -> Response {
        let made = tokio::task::spawn_blocking(move || {
            self.status = self.state.store.as_ref().map(crate::status::AppStatusStore::view);
            if self.application().is_err() {
                // A link to an application that is not there leads nowhere.
                self.links = std::mem::take(&mut self.links).with_application(None);
            }
            let page = view(&self);
            layout::render(&self, page)
        });
        let (status, html) = made.await.unwrap_or_else(|_panicked| {
            let error = PageError::Broken;
            (error.status(), error.to_string())
        });
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (VARY, HeaderValue::from(FRAGMENT)),
        ];
        (status, headers, html).into_response()
    }

    pub(super) fn extent(&self) -> Extent {
        self.extent
    }

    /// A parameter that says something; the first one of this name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that must be one of these words.
    pub(super) fn choice<T>(
        &self,
        name: &'static str,
        wanted: &'static str,
        choose: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, PageError> {
        let Some(value) = self.parameter(name) else { return Ok(None) };
        let refused = || PageError::Parameter { name, value: repeated(value), wanted };
        choose(value).map(Some).ok_or_else(refused)
    }

    /// The application that was asked for, or else the newest one; `None` if there is none yet.
    pub(super) fn application(&self) -> Result<Option<&Arc<ApplicationView>>, PageError> {
        let status = self.status.as_ref();
        match self.parameter("app") {
            None => Ok(status.and_then(|status| status.current())),
            Some(id) => {
                let found = status.and_then(|status| status.application(id));
                found.map(Some).ok_or_else(|| unknown("application", id))
            }
        }
    }

    /// The number in the path, of a thing of this kind.
    pub(super) fn id(&self, name: &str, kind: &'static str) -> Result<i32, PageError> {
        let text = self.path.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        text.parse().map_err(|_not_a_number| unknown(kind, text))
    }
}

/// There is none of this id.
pub(super) fn unknown(kind: &'static str, id: &str) -> PageError {
    PageError::Unknown { kind, id: repeated(id) }
}

fn repeated(text: &str) -> String {
    text.chars().take(REPEATED).collect()
}
