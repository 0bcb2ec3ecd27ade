//! All jobs of an application.

use std::sync::Arc;

use maud::{Markup, html};

use super::error::PageError;
use super::format::count;
use super::layout::{application_header, no_application};
use super::links::Links;
use super::paging::{self, Paging, ROWS, shown_parts};
use super::progress::{Tasks, bar, duration, job_status};
use super::table::{Head, table, when};
use super::timeline::timeline;
use super::visit::{Follows, Page, Section, Visit};
use crate::status::{Date, JobData, JobStatus};

/// A group of jobs: its name, the page's id for it, and what is in it.
type Group = (&'static str, &'static str, fn(JobStatus) -> bool);

const GROUPS: [Group; 4] = [
    ("Running", "running", |status| matches!(status, JobStatus::Running)),
    ("Unknown", "unknown", |status| matches!(status, JobStatus::Unknown)),
    ("Failed", "failed", |status| matches!(status, JobStatus::Failed)),
    ("Completed", "completed", |status| matches!(status, JobStatus::Succeeded)),
];

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let asked = paging::asked(visit)?;
    let Some(application) = visit.application()? else {
        return Ok(no_application(visit, "Jobs", Section::Jobs));
    };
    let paging = Paging::of(asked, (ROWS, application.jobs.len()));
    // The newest one first.
    let jobs = |belongs: fn(JobStatus) -> bool| {
        application.jobs.values().rev().filter(move |job| belongs(job.status)).collect()
    };
    let parts = shown_parts(paging, GROUPS.map(|group| (group, jobs(group.2))));
    let main = html! {
        h1 { "Jobs" }
        (application_header(application))
        @if application.jobs.is_empty() { p.empty { "No job has started yet." } }
        (timeline(application))
        @for ((name, id, _), all, jobs) in &parts {
            section aria-labelledby={ "title-" (id) } {
                h2 id={ "title-" (id) } { (name) " " span.count { (count(*all)) } }
                @if *id == "unknown" {
                    p.notice { "Events were dropped while they ran, and nothing has been heard of them since: they may be over." }
                }
                (rows(&visit.links, jobs, application.now(), (id, name)))
            }
        }
        (paging.pager("jobs", |page| visit.links.here(&[("page", page)])))
    };
    Ok(Page { title: "Jobs".to_owned(), section: Section::Jobs, follows: Follows::Status, main })
}

fn rows(links: &Links, jobs: &[&Arc<JobData>], now: Date, (id, name): (&str, &str)) -> Markup {
    let heads = [
        Head::Number("Job"),
        Head::Text("What"),
        Head::Text("Status"),
        Head::Text("Tasks"),
        Head::Text("Stages"),
        Head::Text("Submitted"),
        Head::Number("Duration"),
    ];
    let rows = html! { @for job in jobs { (row(links, job, now)) } };
    table(&format!("jobs-{id}"), &format!("Jobs: {name}"), &heads, &rows)
}

fn row(links: &Links, job: &JobData, now: Date) -> Markup {
    let end = job.completion_time.or(job.unknown_since);
    html! {
        tr id={ "job-" (job.job_id) } data-job=(job.job_id) {
            th.n scope="row" { a href=(links.to(&format!("jobs/{}", job.job_id))) { (job.job_id) } }
            td.what { (what(job)) }
            td { (job_status(job)) }
            td { (bar(Tasks::from(job), &format!("job {}", job.job_id))) }
            td { (stages_done(job)) }
            td { (when(job.submission_time)) }
            td.n { (duration(job.submission_time, end, now)) }
        }
    }
}

/// What the user says of it, or else where it comes from.
fn what(job: &JobData) -> Markup {
    html! {
        @if let Some(description) = &job.description { div { bdi { (description) } } }
        div.subtle[job.description.is_some()] { bdi { (job.name) } }
        @if let Some(reason) = &job.failure_reason {
            div.bad { bdi { (super::format::first_line(reason, 200)) } }
        }
    }
}

fn stages_done(job: &JobData) -> String {
    let all = i64::try_from(job.stage_ids.len()).unwrap_or(i64::MAX).saturating_sub(job.num_skipped_stages);
    let all = all.max(job.num_completed_stages).max(0);
    let mut text = format!("{} of {}", count(job.num_completed_stages), count(all));
    for (number, word) in [(job.num_failed_stages, "failed"), (job.num_skipped_stages, "skipped")] {
        if number > 0 {
            text = format!("{text}, {} {word}", count(number));
        }
    }
    text
}
