//! Errors, to the wire and back without loss.

mod decode;
mod encode;

use std::sync::Arc;
use std::time::Duration;

use super::v1;
use crate::error::{BarrierError, Gone};
use crate::task::StageAttempt;

impl From<&BarrierError> for v1::Failure {
    fn from(error: &BarrierError) -> Self {
        Self {
            message: error.to_string(),
            reason: error.reason().to_owned(),
            is_fatal: error.is_fatal(),
            cause: Some(encode::cause(error.clone())),
        }
    }
}

/// What a failure says. One that this version does not know becomes a coordinator that gave no answer.
pub(crate) fn error(failure: Option<v1::Failure>, stage_attempt: StageAttempt) -> BarrierError {
    let failure = failure.unwrap_or_default();
    let last = Arc::from(format!("an answer that is not understood: {} {}", failure.reason, failure.message));
    decode::error(failure).unwrap_or_else(|_malformed| {
        let why = Gone::Unreachable { tried: Duration::ZERO, last };
        BarrierError::CoordinatorGone { stage_attempt, why }
    })
}

#[cfg(test)]
mod tests;
