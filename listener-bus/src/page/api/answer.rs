//! Answers in JSON.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;

use super::error::ApiError;

/// What a handler gives.
pub(super) type Answer = Result<Response, ApiError>;

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Answers with the JSON of a value.
pub(super) fn json(value: &impl Serialize) -> Answer {
    let text = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        ApiError::Unwritten
    })?;
    Ok(([(header::CONTENT_TYPE, JSON)], text).into_response())
}

/// Works an answer out that may take long, where it does not hold other requests up.
pub(super) async fn worked_out(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(ApiError::Unwritten))
}
