//! One attempt at a stage, and its tasks.

mod columns;
mod executors;
mod failures;
mod quantiles;
mod query;
mod skew;
mod summary;
mod task_timeline;
mod tasks;

use maud::html;

use super::error::PageError;
use super::layout::{application_header, no_application};
use super::progress::{stage_status, unknown};
use super::visit::{self, Follows, Page, Section, Visit};
use crate::events::{StageAttemptId, StageId};
use query::TaskQuery;
use skew::Skew;

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let (id, attempt) = (visit.id("id", "stage")?, visit.id("attempt", "stage attempt")?);
    let query = TaskQuery::of(visit)?;
    let Some(application) = visit.application()? else {
        return Ok(no_application(visit, "Stage", Section::Stages));
    };
    let stage = application.stages.get(&(StageId(id), StageAttemptId(attempt)));
    let stage = stage.ok_or_else(|| visit::unknown("stage", &format!("{id}.{attempt}")))?;
    let (data, now) = (stage.data(), application.now());
    let skew = Skew::of(stage, now);
    let title = format!("Stage {id}.{attempt}");
    let main = html! {
        h1 { (title) " " (stage_status(data)) }
        (application_header(application))
        (unknown(data.unknown_since))
        (summary::summary(visit, application, data))
        (summary::failure(data))
        (skew::words(&skew))
        (quantiles::table_of(stage))
        (failures::grouped(visit, stage))
        @if stage.task_count() > 0 { (task_timeline::drawing(stage, now)) }
        (executors::table_of(stage))
        (tasks::section(visit, stage, (&query, &skew, now)))
    };
    Ok(Page { title, section: Section::Stages, follows: Follows::Status, main })
}
