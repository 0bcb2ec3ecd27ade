//! Names of files: which a task may choose, and which they are given.

use std::str::FromStr;

use object_store::path::PathPart;
use uuid::Uuid;

use super::error::BadName;
use super::job_id::OutputJobId;
use crate::permit::FencingToken;

/// The longest name a task may choose, in bytes: with what is added to it, it fits any file system.
const LONGEST: usize = 160;

/// Tells what one process wrote for an attempt from what another one wrote for the same attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nonce(u32);

impl Nonce {
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().as_fields().0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        eight_digits(text).map(Self)
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// A name that a task chose, and that leads nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChosenName(String);

impl ChosenName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name under which the file becomes part of the output: no two commits give the same. A checksum tells it from names
    /// that others make of it, such as those of backups.
    pub(crate) fn committed(&self, job: OutputJobId, token: FencingToken, nonce: Nonce) -> String {
        let (stem, extension) = split(&self.0);
        let stem = format!("{stem}-{job}-{token}-{nonce}");
        format!("{stem}{:08x}{extension}", checksum(&stem, extension))
    }
}

impl FromStr for ChosenName {
    type Err = BadName;

    fn from_str(name: &str) -> Result<Self, BadName> {
        if name.is_empty() {
            Err(BadName::Empty)
        } else if name.starts_with(['.', '_']) {
            Err(BadName::Hidden)
        } else if name.len() > LONGEST {
            Err(BadName::TooLong { bytes: name.len(), limit: LONGEST })
        } else if PathPart::from(name).as_ref() != name {
            // A store would spell it differently, and nobody would find it by the name in the manifest.
            Err(BadName::Characters)
        } else {
            Ok(Self(name.to_owned()))
        }
    }
}

/// The job that gave a file this name, if the name is one that is given.
pub(crate) fn job_of(committed: &str) -> Option<OutputJobId> {
    let (stem, extension) = split(committed);
    let (stem, check) = stem.split_at_checked(stem.len().checked_sub(8)?)?;
    if eight_digits(check)? != checksum(stem, extension) {
        return None;
    }
    let mut parts = stem.rsplitn(4, '-');
    let (nonce, token, job, chosen) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_nonce = eight_digits(nonce).is_some();
    let is_token = token.parse::<u64>().is_ok_and(|number| number.to_string() == token);
    let is_chosen = chosen.parse::<ChosenName>().is_ok();
    if is_nonce && is_token && is_chosen { job.parse().ok() } else { None }
}

fn checksum(stem: &str, extension: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(stem.as_bytes());
    hasher.update(extension.as_bytes());
    hasher.finalize()
}

fn eight_digits(text: &str) -> Option<u32> {
    let are_digits = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if are_digits { u32::from_str_radix(text, 16).ok() } else { None }
}

/// Parts a name before its first dot, so that `.txt.gz` stays in one piece and at the end.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.find('.').unwrap_or(name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_committed_name_keeps_the_extension_and_tells_its_job() {
        let job = OutputJobId::unique();
        let name = "part-00000.txt.gz".parse::<ChosenName>().unwrap();
        let committed = name.committed(job, FencingToken::new(7), Nonce(0xab));
        let check = checksum(&format!("part-00000-{job}-7-000000ab"), ".txt.gz");
        assert_eq!(committed, format!("part-00000-{job}-7-000000ab{check:08x}.txt.gz"));
        assert_eq!(job_of(&committed), Some(job));
        for theirs in [format!("{committed}.bak"), format!("backup-{committed}")] {
            assert_eq!(job_of(&theirs), None, "{theirs}");
        }
    }

    #[test]
    fn a_name_that_was_not_given_by_a_commit_has_no_job() {
        let job = OutputJobId::unique();
        for stem in [
            "part-00000".to_owned(),
            format!("part-{job}"),
            format!("part-{job}-7"),
            format!("part-{job}-07-000000ab"),
            format!("part-{job}-7-ab"),
            format!("-{job}-7-000000ab"),
            "part-00000-0b4e3a5c-7f0a-4c59-8c5a-0a5d5b6f8e11-c000".to_owned(),
        ] {
            let checked = format!("{stem}{:08x}.parquet", checksum(&stem, ".parquet"));
            for name in [format!(".{checked}.crc"), format!("{stem}.parquet"), stem, checked] {
                assert_eq!(job_of(&name), None, "{name}");
            }
        }
        assert_eq!(job_of(&format!("part-{job}-7-000000abé1234567")), None);
    }

    #[test]
    fn names_that_lead_elsewhere_or_hide_are_refused() {
        for (name, problem) in [
            ("", BadName::Empty),
            (".", BadName::Hidden),
            ("..", BadName::Hidden),
            (".part", BadName::Hidden),
            ("_SUCCESS", BadName::Hidden),
            ("a/b", BadName::Characters),
            ("/a", BadName::Characters),
            ("a\\b", BadName::Characters),
            ("a#1", BadName::Characters),
            ("a\n", BadName::Characters),
            ("ä", BadName::Characters),
        ] {
            assert_eq!(name.parse::<ChosenName>(), Err(problem), "{name:?}");
        }
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(long.parse::<ChosenName>(), Err(BadName::TooLong { bytes: LONGEST + 1, limit: LONGEST }));
        assert!("part-00000 of 7.csv".parse::<ChosenName>().is_ok());
    }
}
