//! Why a request is not answered, as JSON.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use thiserror::Error;

/// The characters of what was asked that an answer repeats.
const REPEATED: usize = 200;
/// When somebody whom there was no room for may come again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");
const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Why a request is not answered.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(in crate::page) enum ApiError {
    #[error("unknown application {id}")]
    UnknownApplication { id: String },
    #[error("unknown application {id}, attempt {attempt}")]
    UnknownApplicationAttempt { id: String, attempt: String },
    #[error("unknown job {id}")]
    UnknownJob { id: i32 },
    #[error("unknown stage {id}")]
    UnknownStage { id: i32 },
    #[error("unknown attempt {attempt} of stage {stage}")]
    UnknownStageAttempt { stage: i32, attempt: i32 },
    #[error("no task of stage {stage}, attempt {attempt}, has told of its metrics yet")]
    NoMetrics { stage: i32, attempt: i32 },
    #[error("unknown path {path}")]
    UnknownPath { path: String },
    #[error("bad value {value:?} for {parameter}: {accepted} expected")]
    BadParameter { parameter: &'static str, value: String, accepted: &'static str },
    #[error("the path or the query is not UTF-8")]
    NotText,
    #[error("method {method} is not allowed: GET and HEAD are")]
    Method { method: String },
    #[error("the token is missing or wrong")]
    Token,
    #[error("without a token, this is served to localhost and to addresses only, not as {host:?}")]
    Host { host: String },
    #[error("{limit} readers follow already")]
    TooManyReaders { limit: usize },
    #[error("the answer could not be written")]
    Unwritten,
}

#[derive(Serialize)]
struct Body<'e> {
    error: Told<'e>,
}

#[derive(Serialize)]
struct Told<'e> {
    status: u16,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'e str>,
}

impl ApiError {
    pub(super) fn bad(parameter: &'static str, value: &str, accepted: &'static str) -> Self {
        Self::BadParameter { parameter, value: repeated(value), accepted }
    }

    pub(in crate::page) fn status(&self) -> StatusCode {
        match self {
            Self::UnknownApplication { .. }
            | Self::UnknownApplicationAttempt { .. }
            | Self::UnknownJob { .. }
            | Self::UnknownStage { .. }
            | Self::UnknownStageAttempt { .. }
            | Self::NoMetrics { .. }
            | Self::UnknownPath { .. } => StatusCode::NOT_FOUND,
            Self::BadParameter { .. } | Self::NotText => StatusCode::BAD_REQUEST,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Host { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::TooManyReaders { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unwritten => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The header that belongs to it, if one does.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Method { .. } => Some((header::ALLOW, ALLOWED)),
            Self::TooManyReaders { .. } => Some((header::RETRY_AFTER, RETRY_AFTER)),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut told = Told {
            status: status.as_u16(),
            message: self.to_string(),
            parameter: None,
            value: None,
            accepted: None,
        };
        if let Self::BadParameter { parameter, value, accepted } = &self {
            (told.parameter, told.accepted) = (Some(*parameter), Some(*accepted));
            told.value = Some(value);
        }
        let mut response = (status, axum::Json(Body { error: told })).into_response();
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// As much of what was asked as is repeated.
pub(in crate::page) fn repeated(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
