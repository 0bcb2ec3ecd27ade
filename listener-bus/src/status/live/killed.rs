//! How many task attempts were stopped, by reason.

use std::collections::BTreeMap;

use crate::events::TaskEndReason;
use crate::status::task::{error_message, shortened};

/// The reasons that are told apart; the rest share one.
const REASONS: usize = 1000;
/// The most that is kept of a reason, in bytes.
const REASON: usize = 1024;
const OTHERS: &str = "other reasons";

/// Why a task attempt was stopped, or not allowed to commit.
pub(super) fn kill_reason(reason: &TaskEndReason) -> Option<String> {
    let text = match reason {
        TaskEndReason::TaskKilled(_) | TaskEndReason::TaskCommitDenied(_) => error_message(reason)?,
        _ => return None,
    };
    Some(shortened(text, REASON))
}

pub(super) fn count(summary: &mut BTreeMap<String, i64>, reason: &str) {
    if let Some(times) = summary.get_mut(reason) {
        *times += 1;
        return;
    }
    let reason = if summary.len() < REASONS { reason } else { OTHERS };
    *summary.entry(reason.to_owned()).or_default() += 1;
}
