//! Who may call a service of this process: whoever shows a secret, or whoever is on this machine.
//!
//! ```
//! use listener_bus::access::{Token, may_serve};
//!
//! let token = Token::new("open-sesame")?;
//! let address = "192.0.2.1:7077".parse()?;
//! assert!(may_serve(address, Some(&token)).is_ok());
//! assert!(may_serve(address, None).is_err());
//! assert!(may_serve("127.0.0.1:7077".parse()?, None).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use subtle::ConstantTimeEq;
use thiserror::Error;

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

/// An address that others can reach, and no token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{address} is not a loopback address: serving there needs a token")]
#[non_exhaustive]
pub struct TokenNeeded {
    /// The address.
    pub address: SocketAddr,
}

/// Whether a service may be served at an address: on a loopback one, or with a token.
///
/// # Errors
/// [`TokenNeeded`].
pub fn may_serve(address: SocketAddr, token: Option<&Token>) -> Result<(), TokenNeeded> {
    // `::ffff:127.0.0.1` reaches no further than `127.0.0.1` does.
    if address.ip().to_canonical().is_loopback() || token.is_some() {
        return Ok(());
    }
    Err(TokenNeeded { address })
}

/// The secret that callers must show: `authorization: Bearer <token>`. A clone shares it, and it is not shown where a
/// program shows its state.
#[derive(Clone)]
pub struct Token(Arc<str>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// A token of visible ASCII characters.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn new(secret: &str) -> Result<Self, TokenError> {
        if secret.is_empty() {
            return Err(TokenError::Empty);
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::NotAscii);
        }
        Ok(Self(secret.into()))
    }

    /// Whether a request shows it, in a time that does not tell how much of it is right.
    pub fn is_shown_by(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        shown.is_some_and(|shown| shown.ct_eq(self.0.as_bytes()).into())
    }

    /// Whether both are the same secret.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// What a caller sends under `authorization`.
    ///
    /// # Errors
    /// [`TokenError::NotAscii`], which cannot be.
    pub fn header(&self) -> Result<HeaderValue, TokenError> {
        let value = HeaderValue::try_from(format!("{SCHEME}{}", self.0));
        let mut value = value.map_err(|_invalid| TokenError::NotAscii)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// What stands behind the scheme, whose letters may be of any case.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, shown) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME.as_bytes()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> HeaderMap {
        let value = HeaderValue::try_from(value).expect("it is text");
        HeaderMap::from_iter([(AUTHORIZATION, value)])
    }

    #[test]
    fn the_right_token_is_taken_whatever_the_case_of_its_scheme() {
        let token = Token::new("open-sesame").unwrap();
        assert!(token.is_shown_by(&HeaderMap::from_iter([(AUTHORIZATION, token.header().unwrap())])));
        assert!(token.is_shown_by(&shown("bearer open-sesame")));
    }

    #[test]
    fn a_wrong_or_missing_token_is_not_taken() {
        let token = Token::new("open-sesame").unwrap();
        assert!(!token.is_shown_by(&HeaderMap::new()));
        for wrong in [
            "open-sesame",
            "Bearer",
            "Bearer ",
            "Bearer open-sesam",
            "Bearer open-sesame-",
            "Basic open-sesame",
        ] {
            assert!(!token.is_shown_by(&shown(wrong)), "{wrong}");
        }
    }

    #[test]
    fn a_token_that_nobody_could_send_is_refused() {
        assert_eq!(Token::new("").unwrap_err(), TokenError::Empty);
        assert_eq!(Token::new("two words").unwrap_err(), TokenError::NotAscii);
        assert_eq!(Token::new("s\u{e9}same").unwrap_err(), TokenError::NotAscii);
    }

    #[test]
    fn a_token_is_not_shown_in_debug_texts() {
        assert_eq!(format!("{:?}", Token::new("open-sesame").unwrap()), "Token(..)");
        assert!(Token::new("s").unwrap().header().unwrap().is_sensitive());
    }

    #[test]
    fn only_a_loopback_address_is_served_without_a_token() {
        let token = Token::new("s").unwrap();
        for loopback in ["127.0.0.1:0", "127.9.9.9:1", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            assert_eq!(may_serve(loopback.parse().unwrap(), None), Ok(()), "{loopback}");
        }
        for reachable in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7077", "[::ffff:192.0.2.1]:0"] {
            let address = reachable.parse().unwrap();
            assert_eq!(may_serve(address, None), Err(TokenNeeded { address }), "{reachable}");
            assert_eq!(may_serve(address, Some(&token)), Ok(()), "{reachable}");
        }
    }
}
