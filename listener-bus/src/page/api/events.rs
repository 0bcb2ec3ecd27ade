//! The event stream: server-sent events.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use http::{HeaderValue, StatusCode, header};

use super::answer::Answer;
use super::error::ApiError;
use super::event_reader::EventReader;
use super::query::Parameters;
use super::wanted_events::WantedEvents;
use crate::page::state::PageState;
use crate::page::stream::READERS;

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// Asks proxies not to collect what is meant to come at once.
const NOT_BUFFERED: HeaderValue = HeaderValue::from_static("no");

pub(super) async fn events(State(state): State<Arc<PageState>>, query: Parameters) -> Answer {
    let wanted = query.one("events")?.unwrap_or_else(WantedEvents::default);
    let seat = state.seats.take().ok_or(ApiError::TooManyReaders { limit: READERS })?;
    let reader = EventReader::new(state, wanted, seat);
    if reader.is_over() {
        // Which tells a browser not to come again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let frames = unfold(reader, |mut reader| async move {
        reader.next().await.map(|frame| (Ok::<_, std::convert::Infallible>(frame), reader))
    });
    let mut response = Response::new(Body::from_stream(frames));
    response.headers_mut().insert(header::CONTENT_TYPE, EVENT_STREAM);
    response.headers_mut().insert("x-accel-buffering", NOT_BUFFERED);
    Ok(response)
}
