//! A stage attempt in a few figures.

use maud::{Markup, html};

use crate::page::views::format::{bytes, count, counted, millis};
use crate::page::views::paging::ROWS;
use crate::page::views::progress::{Tasks, bar, duration};
use crate::page::views::table::when;
use crate::page::views::visit::Visit;
use crate::status::{ApplicationView, MetricValues, StageData};

pub(super) fn summary(visit: &Visit, application: &ApplicationView, stage: &StageData) -> Markup {
    let end = stage.completion_time.or(stage.unknown_since);
    html! {
        @if let Some(description) = &stage.description { p.lead { bdi { (description) } } }
        dl.figures {
            div.wide { dt { "Tasks" } dd { (bar(Tasks::from(stage), &format!("stage {}", stage.stage_id))) } }
            div { dt { "Duration" } dd { (duration(stage.submission_time, end, application.now())) } }
            div { dt { "Submitted" } dd { (when(stage.submission_time)) } }
            div { dt { "Completed" } dd { (when(stage.completion_time)) } }
            @if !jobs(application, stage).is_empty() { div { dt { "Jobs" } dd { (job_links(visit, application, stage)) } } }
            @if attempts(application, stage) > 1 { div { dt { "Attempts" } dd { (attempt_links(visit, application, stage)) } } }
            @for (name, value) in costs(&stage.metrics) { div { dt { (name) } dd { (value) } } }
            @if stage.num_unknown_tasks > 0 { div { dt { "Unknown tasks" } dd.warn { (count(stage.num_unknown_tasks)) } } }
        }
        details #code {
            summary { bdi { (stage.name) } }
            pre { (stage.details) }
        }
    }
}

/// What all tasks cost together, as far as there was any.
fn costs(metrics: &MetricValues) -> Vec<(&'static str, String)> {
    let with_records = |size, records| {
        (size != 0).then(|| format!("{} / {}", bytes(size), counted(records, "record", "records")))
    };
    let spilled = metrics.memory_bytes_spilled != 0 || metrics.disk_bytes_spilled != 0;
    let costs = [
        ("Time of all tasks", Some(millis(metrics.executor_run_time))),
        ("Garbage collection", (metrics.jvm_gc_time != 0).then(|| millis(metrics.jvm_gc_time))),
        ("Input", with_records(metrics.input_bytes, metrics.input_records)),
        ("Output", with_records(metrics.output_bytes, metrics.output_records)),
        ("Shuffle read", with_records(metrics.shuffle_read_bytes, metrics.shuffle_read_records)),
        ("Shuffle write", with_records(metrics.shuffle_write_bytes, metrics.shuffle_write_records)),
        ("Spilled from memory", spilled.then(|| bytes(metrics.memory_bytes_spilled))),
        ("Spilled to disk", spilled.then(|| bytes(metrics.disk_bytes_spilled))),
    ];
    costs.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

fn jobs(application: &ApplicationView, stage: &StageData) -> Vec<i32> {
    let jobs = application.jobs.values().filter(|job| job.stage_ids.contains(&stage.stage_id));
    jobs.map(|job| job.job_id.0).collect()
}

fn job_links(visit: &Visit, application: &ApplicationView, stage: &StageData) -> Markup {
    let jobs = jobs(application, stage);
    html! {
        @for (place, job) in jobs.iter().take(ROWS).enumerate() {
            @if place > 0 { ", " }
            a href=(visit.links.to(&format!("jobs/{job}"))) { (job) }
        }
        @if jobs.len() > ROWS { " and " (count(jobs.len() - ROWS)) " more" }
    }
}

fn attempts(application: &ApplicationView, stage: &StageData) -> usize {
    application.attempts(stage.stage_id).count()
}

fn attempt_links(visit: &Visit, application: &ApplicationView, stage: &StageData) -> Markup {
    html! {
        @for (place, other) in application.attempts(stage.stage_id).enumerate() {
            @let attempt = other.data().attempt_id;
            @if place > 0 { ", " }
            @if attempt == stage.attempt_id { (attempt) " (this one)" }
            @else { a href=(visit.links.to(&format!("stages/{}/{attempt}", stage.stage_id))) { (attempt) } }
        }
    }
}

pub(super) fn failure(stage: &StageData) -> Markup {
    html! {
        @if let Some(reason) = &stage.failure_reason {
            h2 { "Why it failed" }
            pre tabindex="0" role="region" aria-label="Why it failed" { (reason) }
        }
    }
}
