//! What a commit needs: the right to commit, and a token that tells a later right from an earlier one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::task::TaskAttempt;

/// Orders the permits of a partition: a later one has a greater token. A destination that remembers the greatest token it
/// has seen can refuse whoever comes too late with a smaller one.
///
/// The first token of a coordinator is 1, unless it was told to begin higher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FencingToken(u64);

impl FencingToken {
    /// A token with this number, as one that was written down somewhere.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for FencingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The right of one task attempt to commit its partition's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommitPermit {
    #[serde(flatten)]
    task: TaskAttempt,
    #[serde(rename = "Token")]
    token: FencingToken,
}

impl CommitPermit {
    pub(crate) fn granted(task: TaskAttempt, token: FencingToken) -> Self {
        Self { task, token }
    }

    /// A permit that no coordinator has granted, for a destination that is atomic by itself and lets only one attempt win.
    /// Whoever makes it sees to it that tokens rise.
    pub fn without_coordinator(task: TaskAttempt, token: FencingToken) -> Self {
        Self { task, token }
    }

    /// Who may commit.
    pub fn task(&self) -> TaskAttempt {
        self.task
    }

    /// Greater than that of any permit granted for the partition before.
    pub fn token(&self) -> FencingToken {
        self.token
    }
}
