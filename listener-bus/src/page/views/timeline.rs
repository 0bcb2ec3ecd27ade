//! Jobs and executors over the time of an application.

use std::sync::Arc;

use maud::{Markup, html};

use super::format::{clock, count, counted, millis};
use super::lanes::{TimeScale, WIDTH, lanes, top_of};
use crate::status::{ApplicationView, Date, ExecutorSummary, JobData, JobStatus};

/// The jobs that are drawn: the latest.
const JOBS: usize = 300;
/// The lanes for jobs that ran at once.
const LANES: usize = 12;
const LANE: f64 = 16.0;
/// The height of the curve of executors.
const EXECUTORS: f64 = 48.0;
/// Between the parts of the drawing, with room for a label.
const GAP: f64 = 22.0;

pub(super) fn timeline(application: &ApplicationView) -> Markup {
    let begun = |job: &&Arc<JobData>| job.submission_time.is_some_and(|time| time.0 > 0);
    let mut jobs: Vec<_> = application.jobs.values().filter(begun).collect();
    jobs.sort_by_key(|job| job.submission_time);
    let left_out = jobs.len().saturating_sub(JOBS);
    jobs.drain(..left_out);
    let executors: Vec<_> = application.executors.values().filter(|one| one.add_time.0 > 0).collect();
    html! {
        @if !jobs.is_empty() {
            details #timeline open {
                summary { "Event timeline" }
                (drawing(application, &jobs, &executors))
                @if left_out > 0 { p { "The " (count(JOBS)) " latest jobs are drawn, " (count(left_out)) " earlier ones are not." } }
            }
        }
    }
}

fn drawing(
    application: &ApplicationView,
    jobs: &[&Arc<JobData>],
    executors: &[&Arc<ExecutorSummary>],
) -> Markup {
    let now = application.now();
    let starts = jobs.iter().filter_map(|job| job.submission_time);
    let from = starts.chain(Some(application.info.attempt().start_time).filter(|start| start.0 > 0)).min();
    let scale = TimeScale::new(from.unwrap_or(now), now, 0.0);
    let placed = lanes(jobs.iter().map(|job| span(job, now)));
    let used = placed.iter().max().map_or(0, |lane| (lane + 1).min(LANES));
    let base = GAP + top_of(used, LANE) + GAP;
    let height = base + EXECUTORS + GAP;
    let words = format!(
        "Timeline: {} and {} over {}",
        counted(jobs.len(), "job", "jobs"),
        counted(executors.len(), "executor", "executors"),
        millis(now.0.saturating_sub(from.unwrap_or(now).0))
    );
    html! {
        div.scroll tabindex="0" role="region" aria-label="Event timeline" {
            svg.timeline viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(words) {
                text x="0" y="14" { "Jobs" }
                @for (job, lane) in jobs.iter().zip(&placed).filter(|(_, lane)| **lane < LANES) {
                    (job_bar(job, scale, (GAP + top_of(*lane, LANE), now)))
                }
                (executor_curve(executors, scale, (base, now)))
                (axis(scale, height))
            }
        }
        @if placed.iter().any(|lane| *lane >= LANES) {
            p { "More than " (count(LANES)) " jobs ran at once; not all are drawn." }
        }
    }
}

/// The times below a drawing.
pub(super) fn axis(scale: TimeScale, height: f64) -> Markup {
    html! {
        @for (place, (x, after)) in scale.marks().enumerate() {
            line.grid x1=(x) x2=(x) y1="18" y2=(height - 16.0) {}
            text class=(if place == 0 { "start" } else if place == 4 { "end" } else { "middle" }) x=(x) y=(height - 3.0) {
                "+" (millis(after))
            }
        }
    }
}

fn span(job: &JobData, now: Date) -> (Date, Date) {
    let start = job.submission_time.unwrap_or_default();
    (start, job.completion_time.or(job.unknown_since).unwrap_or(now))
}

fn job_bar(job: &JobData, scale: TimeScale, (y, now): (f64, Date)) -> Markup {
    let (start, end) = span(job, now);
    let (x, width) = scale.bar(start, end);
    let class = match job.status {
        JobStatus::Running => "active",
        JobStatus::Succeeded => "good",
        JobStatus::Failed => "bad",
        JobStatus::Unknown => "warn",
    };
    html! {
        g {
            title { "Job " (job.job_id) ", " (millis(end.0.saturating_sub(start.0))) ", from " (clock(start)) ": " (job.name) }
            rect.bar.(class) x={ (format_args!("{x:.1}")) } y=(y) width={ (format_args!("{width:.1}")) } height=(LANE - 3.0) {}
            @if width > 24.0 { text.inside x={ (format_args!("{:.1}", x + 3.0)) } y=(y + 10.5) { (job.job_id) } }
        }
    }
}

/// How many executors there were: it rises when one comes and falls when one goes.
fn executor_curve(executors: &[&Arc<ExecutorSummary>], scale: TimeScale, (top, now): (f64, Date)) -> Markup {
    let mut changes: Vec<(Date, i64)> = Vec::new();
    for executor in executors {
        changes.push((executor.add_time, 1));
        changes.extend(executor.remove_time.map(|time| (time, -1)));
    }
    changes.sort_unstable();
    let mut there = 0_i64;
    let steps: Vec<(f64, i64)> = changes
        .iter()
        .map(|(time, change)| {
            there += change;
            (scale.x(*time), there)
        })
        .collect();
    let most = steps.iter().map(|(_, there)| *there).max().unwrap_or(0);
    let y = |there: i64| {
        top + EXECUTORS * (1.0 - super::format::float(there) / super::format::float(most.max(1)))
    };
    let mut points = format!("{:.1},{:.1}", scale.x(Date(i64::MIN)), y(0));
    let mut before = 0;
    for (x, there) in &steps {
        points = format!("{points} {x:.1},{:.1} {x:.1},{:.1}", y(before), y(*there));
        before = *there;
    }
    let end = format!("{:.1},{:.1} {:.1},{:.1}", scale.x(now), y(before), scale.x(now), y(0));
    let gone = executors.iter().filter(|executor| executor.remove_time.is_some());
    html! {
        text x="0" y=(top - 8.0) { "Executors, the driver included: " (count(before)) " now, at most " (count(most)) }
        polygon.area.waiting points={ (points) " " (end) } {}
        @for executor in gone.take(JOBS) { (departure(executor, scale, top)) }
    }
}

fn departure(executor: &ExecutorSummary, scale: TimeScale, top: f64) -> Markup {
    let time = executor.remove_time.unwrap_or_default();
    let x = scale.x(time);
    html! {
        g {
            title { "Executor " (executor.id) " went at " (clock(time)) ": " (executor.remove_reason.as_deref().unwrap_or("")) }
            line.gone x1=(format_args!("{x:.1}")) x2=(format_args!("{x:.1}")) y1=(top) y2=(top + EXECUTORS) {}
        }
    }
}
