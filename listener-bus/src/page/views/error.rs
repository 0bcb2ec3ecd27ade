//! Why a page is not shown.

use axum::http::StatusCode;
use thiserror::Error;

/// Why a page is not shown; its words are the page's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum PageError {
    /// There is no such thing, or it was forgotten.
    #[error("there is no {kind} “{id}”: it has not been told of, or it was forgotten to bound the memory")]
    Unknown { kind: &'static str, id: String },
    /// A parameter has a value that it cannot have.
    #[error("the parameter “{name}” cannot be “{value}”: it is {wanted}")]
    Parameter { name: &'static str, value: String, wanted: &'static str },
    /// It could not be made.
    #[error("the page could not be made; this is a mistake in the program")]
    Broken,
}

impl PageError {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::Parameter { .. } => StatusCode::BAD_REQUEST,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
