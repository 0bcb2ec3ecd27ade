//! What a request is about: an application, and what of it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use super::error::{ApiError, repeated};
use super::query::{Parameters, parse};
use crate::events::{JobId, StageAttemptId, StageId};
use crate::page::state::PageState;
use crate::status::{AppStatusStore, ApplicationView, JobData, StageView};

/// The names that the routes have for the parts of a path.
pub(super) const APPLICATION: &str = "application";
pub(super) const APPLICATION_ATTEMPT: &str = "application_attempt";
pub(super) const JOB: &str = "job";
pub(super) const STAGE: &str = "stage";
pub(super) const STAGE_ATTEMPT: &str = "stage_attempt";

/// The application that a request is about, and the rest of the request.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) application: Arc<ApplicationView>,
    pub(super) query: Parameters,
    ids: Vec<(String, String)>,
}

impl FromRequestParts<Arc<PageState>> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<PageState>) -> Result<Self, ApiError> {
        let path =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_rejected| ApiError::NotText)?;
        let ids: Vec<_> = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let application = application(state, &ids)?;
        Ok(Self { application, query: Parameters::from_request_parts(parts, state).await?, ids })
    }
}

fn application(state: &PageState, ids: &[(String, String)]) -> Result<Arc<ApplicationView>, ApiError> {
    let id = id_of(ids, APPLICATION).unwrap_or_default();
    let view = state.store.as_ref().map(AppStatusStore::view);
    let found = view.as_ref().and_then(|view| view.application(id));
    let found = found.ok_or_else(|| ApiError::UnknownApplication { id: repeated(id) })?;
    match id_of(ids, APPLICATION_ATTEMPT) {
        Some(attempt) if found.info.attempt().attempt_id.as_deref() != Some(attempt) => {
            Err(ApiError::UnknownApplicationAttempt { id: repeated(id), attempt: repeated(attempt) })
        }
        _ => Ok(Arc::clone(found)),
    }
}

fn id_of<'i>(ids: &'i [(String, String)], name: &str) -> Option<&'i str> {
    ids.iter().find(|(key, _)| key == name).map(|(_, id)| id.as_str())
}

impl Asked {
    fn number(&self, name: &'static str) -> Result<i32, ApiError> {
        parse(name, id_of(&self.ids, name).unwrap_or_default())
    }

    pub(super) fn job(&self) -> Result<&Arc<JobData>, ApiError> {
        let id = self.number(JOB)?;
        self.application.jobs.get(&JobId(id)).ok_or(ApiError::UnknownJob { id })
    }

    /// The attempts at a stage, the first one first.
    pub(super) fn stage(&self) -> Result<Vec<&Arc<StageView>>, ApiError> {
        let id = self.number(STAGE)?;
        let attempts: Vec<_> = self.application.attempts(StageId(id)).collect();
        if attempts.is_empty() { Err(ApiError::UnknownStage { id }) } else { Ok(attempts) }
    }

    pub(super) fn attempt(&self) -> Result<&Arc<StageView>, ApiError> {
        let (stage, attempt) = (self.number(STAGE)?, self.number(STAGE_ATTEMPT)?);
        self.stage()?;
        let found = self.application.stages.get(&(StageId(stage), StageAttemptId(attempt)));
        found.ok_or(ApiError::UnknownStageAttempt { stage, attempt })
    }
}
