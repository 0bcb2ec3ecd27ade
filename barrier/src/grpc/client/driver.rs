//! What whoever drives a stage says of its gang: calls beside the session.

use std::sync::Arc;

use tonic::Status;

use super::book::Phase;
use super::core::Core;
use super::line::NoLine;
use super::trouble::Trouble;
use crate::error::{BarrierError, Gone};
use crate::grpc::v1;
use crate::task::StageAttempt;

/// Whether the gang lived.
type Ended = Result<bool, BarrierError>;

/// How a gang is ended.
#[derive(Debug)]
pub(super) enum Ending {
    Completed,
    Aborted(Arc<str>),
}

/// Ends a gang, and tries until the server has heard of it. To do so twice changes nothing.
pub(super) async fn end(core: Arc<Core>, stage_attempt: StageAttempt, ending: Ending) -> Ended {
    let patience = core.settings.give_up_after;
    let mut trouble = Trouble::at_first();
    while let Some(pause) = trouble.rest(patience) {
        tokio::time::sleep(pause).await;
        if core.look(super::book::Book::phase) != Phase::Open {
            return Err(gone(stage_attempt));
        }
        let within = trouble.try_within(patience);
        match tokio::time::timeout(within, call(&core, stage_attempt, &ending)).await {
            Ok(Ok(was_live)) => return Ok(was_live),
            Ok(Err(status)) => match NoLine::from(status) {
                refused @ NoLine::Refused(_) => {
                    trouble.last = refused.words();
                    break;
                }
                NoLine::Unreachable(words) => trouble.last = words,
            },
            Err(_elapsed) => trouble.hung(within),
        }
    }
    let why = Gone::Unreachable { tried: trouble.lasts(), last: trouble.last };
    Err(BarrierError::CoordinatorGone { stage_attempt, why })
}

/// The client has closed, or its runtime has ended.
pub(super) fn gone(stage_attempt: StageAttempt) -> BarrierError {
    BarrierError::CoordinatorGone { stage_attempt, why: Gone::Stopped }
}

async fn call(core: &Core, stage_attempt: StageAttempt, ending: &Ending) -> Result<bool, Status> {
    let mut client = core.client();
    let stage_attempt = Some(stage_attempt.into());
    match ending {
        Ending::Completed => {
            let request = core.settings.request(v1::CompleteStageRequest { stage_attempt });
            client.complete_stage(request).await.map(|told| told.into_inner().was_live)
        }
        Ending::Aborted(reason) => {
            let reason = (**reason).to_owned();
            let request =
                core.settings.request(v1::AbortRequest { stage_attempt, partition_id: None, reason });
            client.abort(request).await.map(|told| told.into_inner().was_live)
        }
    }
}
