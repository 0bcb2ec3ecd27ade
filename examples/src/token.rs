//! The secret that callers must show: where it comes from.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Who shows a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Tasks, and the processes that run them.
    Worker,
    /// Whoever starts and ends stages of commits.
    Driver,
    /// Whoever looks at the status page.
    Reader,
}

impl Caller {
    /// Where the token is, unless a file is named.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Worker => "BARRIER_TOKEN",
            Self::Driver => "COMMIT_DRIVER_TOKEN",
            Self::Reader => "STATUS_PAGE_TOKEN",
        }
    }
}

/// A token and its origin.
#[expect(missing_debug_implementations, reason = "nobody is to see the secret")]
pub struct Token {
    secret: String,
    origin: Origin,
}

/// Where a token was found.
#[derive(Clone, Debug)]
pub enum Origin {
    /// In this file.
    File(PathBuf),
    /// In this caller's variable.
    Environment(Caller),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Environment(caller) => write!(f, "the environment variable {}", caller.variable()),
        }
    }
}

impl Token {
    /// The token of the file or, if none is named, of the environment. An empty one is an error, and not the same as
    /// none: whoever sets it means to have one.
    ///
    /// # Errors
    /// It cannot be read, is empty, or is no text.
    pub fn find(caller: Caller, file: Option<&Path>) -> anyhow::Result<Option<Self>> {
        let found = match file {
            Some(path) => Some(Self::read(path)?),
            None => {
                env::var_os(caller.variable()).map(|value| Self::of_environment(caller, value)).transpose()?
            }
        };
        if let Some(Self { secret, origin }) = &found
            && secret.is_empty()
        {
            bail!("the token in {origin} is empty");
        }
        Ok(found)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let origin = Origin::File(path.to_owned());
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the token in {origin}"))?;
        Ok(Self { secret: text.trim_ascii_end().to_owned(), origin })
    }

    fn of_environment(caller: Caller, value: OsString) -> anyhow::Result<Self> {
        let origin = Origin::Environment(caller);
        match value.into_string() {
            Ok(secret) => Ok(Self { secret, origin }),
            Err(_) => bail!("the token in {origin} is no text"),
        }
    }

    /// The secret itself.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Where it was found.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
