//! Jobs and executors over the time of an application.

use std::fmt::Write as _;
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
/// The steps of that curve that are drawn, about.
const STEPS: usize = 500;
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
    let drawn = thinned(&steps);
    let y = |there: i64| {
        top + EXECUTORS * (1.0 - super::format::float(there) / super::format::float(most.max(1)))
    };
    let mut points = format!("{:.1},{:.1}", scale.x(Date(i64::MIN)), y(0));
    let mut before = 0;
    for (x, there) in drawn {
        // A string takes whatever is written.
        let _written = write!(points, " {x:.1},{:.1} {x:.1},{:.1}", y(before), y(there));
        before = there;
    }
    let end = scale.x(now);
    let _written = write!(points, " {end:.1},{:.1} {end:.1},{:.1}", y(before), y(0));
    let gone = executors.iter().filter(|executor| executor.remove_time.is_some());
    html! {
        text x="0" y=(top - 8.0) { "Executors, the driver included: " (count(before)) " now, at most " (count(most)) }
        polygon.area.waiting points=(points) {}
        @for executor in gone.take(JOBS) { (departure(executor, scale, top)) }
    }
}

/// Steps, by rising place, of which the drawing can show no more: of each part of it the highest one and the last.
fn thinned(steps: &[(f64, i64)]) -> Vec<(f64, i64)> {
    if steps.len() <= STEPS {
        return steps.to_vec();
    }
    let parts = super::format::float_of(STEPS / 2);
    let part = |x: f64| super::format::whole((x / WIDTH * parts).floor());
    let mut thinned = Vec::with_capacity(STEPS + 2);
    for chunk in steps.chunk_by(|(one, _), (other, _)| part(*one) == part(*other)) {
        let last = chunk.iter().enumerate().next_back();
        let highest = chunk.iter().enumerate().max_by_key(|(_, (_, there))| *there);
        thinned.extend(
            highest.filter(|highest| Some(highest.0) != last.map(|last| last.0)).map(|(_, step)| *step),
        );
        thinned.extend(last.map(|(_, step)| *step));
    }
    thinned
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_steps_are_thinned_out_and_keep_the_highest_and_the_last() {
        let few = [(0.0, 1), (0.0, 2), (500.0, 1)];
        assert_eq!(thinned(&few), few);
        let at = |step: i64| super::super::format::float(step) / 100.0;
        let many: Vec<_> =
            (0..=100_000).map(|step| (at(step), if step == 54_321 { 99 } else { step % 7 })).collect();
        let thinned = thinned(&many);
        assert!(thinned.len() <= STEPS + 2, "{}", thinned.len());
        assert!(thinned.contains(&(543.21, 99)), "a peak stays");
        assert_eq!(thinned.last(), many.last());
        assert!(thinned.is_sorted_by(|one, other| one.0 <= other.0));
    }

    #[test]
    fn a_curve_of_many_executors_is_drawn_in_few_points() {
        let executors: Vec<_> = (0..20_000)
            .map(|id| Arc::new(ExecutorSummary { add_time: Date(id + 1), ..ExecutorSummary::default() }))
            .collect();
        let all: Vec<_> = executors.iter().collect();
        let drawn = executor_curve(&all, TimeScale::new(Date(0), Date(20_000), 0.0), (0.0, Date(20_000)));
        let html = drawn.into_string();
        assert!(html.len() < 20_000, "{}", html.len());
        assert!(html.contains("20\u{202f}000 now, at most 20\u{202f}000"), "the words tell all");
    }
}
