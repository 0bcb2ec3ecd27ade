//! The name of a job, which no other job has.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::Uuid;

/// One job that writes an output folder, told from every other job anywhere. Ids of later jobs are greater, as far as the
/// clocks that made them agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputJobId(Uuid);

/// A text that is no job id: 32 hexadecimal digits in lower case.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is not the id of a job that writes files")]
pub struct OutputJobIdError {
    text: String,
}

impl OutputJobId {
    pub(crate) fn unique() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for OutputJobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_simple().fmt(f)
    }
}

impl fmt::Debug for OutputJobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for OutputJobId {
    type Err = OutputJobIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Other spellings of the same number would be other names of the same folder.
        let only_digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match Uuid::try_parse(text) {
            Ok(id) if only_digits => Ok(Self(id)),
            _ => Err(OutputJobIdError { text: text.to_owned() }),
        }
    }
}

impl Serialize for OutputJobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OutputJobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written_and_in_no_other_spelling() {
        let id = OutputJobId::unique();
        assert_eq!(id.to_string().parse(), Ok(id));
        let hyphenated = id.0.as_hyphenated().to_string();
        assert!(hyphenated.parse::<OutputJobId>().is_err());
        assert!(id.to_string().to_uppercase().parse::<OutputJobId>().is_err());
        assert!("".parse::<OutputJobId>().is_err());
    }
}
