//! The secret that lets a caller in.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;
use thiserror::Error;
use tonic::metadata::{Ascii, MetadataValue};

const SCHEME: &str = "Bearer ";

/// A token that nobody can use.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// It has no characters.
    #[error("the token is empty")]
    Empty,
    /// A header cannot carry it.
    #[error("the token has other characters than visible ASCII ones")]
    NotAscii,
}

/// What callers must show.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    pub(crate) fn new(secret: &str) -> Result<Self, TokenError> {
        if secret.is_empty() {
            return Err(TokenError::Empty);
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::NotAscii);
        }
        Ok(Self(secret.into()))
    }

    /// Whether a request shows it, in a time that does not tell how much of it is right.
    pub(crate) fn is_shown_by(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        shown.is_some_and(|shown| shown.ct_eq(self.0.as_bytes()).into())
    }

    /// What a client sends.
    pub(crate) fn header(&self) -> Result<MetadataValue<Ascii>, TokenError> {
        let mut value: MetadataValue<Ascii> =
            format!("{SCHEME}{}", self.0).parse().map_err(|_invalid| TokenError::NotAscii)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// What stands behind the scheme, whose letters may be of any case.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, shown) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME.as_bytes()).then_some(shown)
}
