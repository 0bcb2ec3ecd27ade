//! One job and its stages.

use std::sync::Arc;

use maud::{Markup, html};

use super::error::PageError;
use super::format::count;
use super::layout::{application_header, no_application};
use super::paging::{self, Paging, ROWS};
use super::progress::{Tasks, bar, duration, job_status, unknown};
use super::stages::rows;
use super::table::when;
use super::visit::{self, Follows, Page, Section, Visit};
use crate::events::{JobId, StageId};
use crate::status::{ApplicationView, JobData, StageView};

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let id = visit.id("id", "job")?;
    let asked = paging::asked(visit)?;
    let Some(application) = visit.application()? else {
        return Ok(no_application(visit, "Job", Section::Jobs));
    };
    let job = application.jobs.get(&JobId(id)).ok_or_else(|| visit::unknown("job", &id.to_string()))?;
    let title = format!("Job {id}");
    let main = html! {
        h1 { (title) " " (job_status(job)) }
        (application_header(application))
        (unknown(job.unknown_since))
        (summary(job, application))
        (failure(job))
        h2 { "Stages" }
        (stages(visit, asked, (application, job)))
    };
    Ok(Page { title, section: Section::Jobs, follows: Follows::Status, main })
}

fn summary(job: &JobData, application: &ApplicationView) -> Markup {
    let end = job.completion_time.or(job.unknown_since);
    html! {
        @if let Some(description) = &job.description { p.lead { bdi { (description) } } }
        dl.figures {
            div.wide { dt { "Tasks" } dd { (bar(Tasks::from(job), &format!("job {}", job.job_id))) } }
            div { dt { "Duration" } dd { (duration(job.submission_time, end, application.now())) } }
            div { dt { "Submitted" } dd { (when(job.submission_time)) } }
            div { dt { "Completed" } dd { (when(job.completion_time)) } }
            div.wide { dt { "Result of" } dd { bdi { (job.name) } } }
            @if let Some(group) = &job.job_group { div { dt { "Group" } dd { bdi { (group) } } } }
            @if !job.job_tags.is_empty() {
                div { dt { "Tags" } dd { @for tag in job.job_tags.iter() { span.badge.idle { bdi { (tag) } } " " } } }
            }
        }
    }
}

fn failure(job: &JobData) -> Markup {
    html! {
        @if let Some(reason) = &job.failure_reason {
            h2 { "Why it failed" }
            pre tabindex="0" role="region" aria-label="Why it failed" { (reason) }
        }
        @for (reason, tasks) in &job.killed_tasks_summary {
            p { (super::format::counted(*tasks, "task", "tasks")) " killed: " bdi { (reason) } }
        }
    }
}

fn stages(visit: &Visit, asked: usize, (application, job): (&ApplicationView, &JobData)) -> Markup {
    let mut ids: Vec<StageId> = job.stage_ids.to_vec();
    ids.sort_unstable();
    let attempts: Vec<&Arc<StageView>> =
        ids.iter().rev().flat_map(|id| application.attempts(*id).rev()).collect();
    let paging = Paging::of(asked, (ROWS, attempts.len()));
    let attempts = paging.window().shown(attempts);
    let missing: Vec<_> = ids.iter().filter(|id| application.attempts(**id).next().is_none()).collect();
    html! {
        @if !attempts.is_empty() { (rows(&visit.links, &attempts, application.now(), ("job-stages", "Stages of the job"))) }
        (paging.pager("stages", |page| visit.links.here(&[("page", page)])))
        @if !missing.is_empty() {
            p.empty {
                "Not known, or forgotten to bound the memory: "
                @for (place, id) in missing.iter().take(ROWS).enumerate() { @if place > 0 { ", " } "stage " (id) }
                @if missing.len() > ROWS { " and " (count(missing.len() - ROWS)) " more" }
                "."
            }
        }
    }
}
