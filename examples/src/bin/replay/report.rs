//! The summary for people.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use examples::progress::per_second;
use examples::units::{count, duration, shortened};
use indicatif::HumanCount;
use listener_bus::{APP_STATUS, EXECUTOR_MANAGEMENT};

use crate::status::Application;
use crate::summary::{ExecutorCountSummary, QueueSummary, StageSummary, StatusSummary, Summary};

/// The width of the names on the left.
const LABEL: usize = 15;
/// The width of a stage's name.
const STAGE_NAME: usize = 60;

/// The summary as text.
pub(crate) struct Report<'a>(pub(crate) &'a Summary);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        if let Some(status) = &summary.status {
            status_lines(f, status)?;
        }
        if let Some(executors) = &summary.executor_count {
            line(f, "Executor count", &executor_count(executors))?;
        }
        for (index, stage) in summary.slowest_stages.iter().flatten().enumerate() {
            line(f, if index == 0 { "Slowest stages" } else { "" }, &slow_stage(stage))?;
        }
        if let Some(lines) = summary.event_log_lines {
            line(f, "Event log", &count(lines, "line"))?;
        }
        line(f, "Replay", &replay(summary))?;
        queue_table(f, summary)
    }
}

fn line(f: &mut Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    writeln!(f, "{label:LABEL$} {text}")
}

fn status_lines(f: &mut Formatter<'_>, status: &StatusSummary) -> fmt::Result {
    for one in &status.applications {
        line(f, "Application", &application(one))?;
        line(f, "Spark version", one.spark_version.as_deref().unwrap_or("unknown"))?;
        line(f, "Duration", &lifetime(one))?;
    }
    let (jobs, stages, executors) = (status.jobs, status.stages, &status.executors);
    let jobs = [(jobs.succeeded, "succeeded"), (jobs.failed, "failed"), (jobs.running, "still running")];
    line(f, "Jobs", &outcomes(&jobs))?;
    let attempts = [
        (stages.completed, "completed"),
        (stages.failed, "failed"),
        (stages.skipped, "skipped"),
        (stages.running, "still running"),
    ];
    line(f, "Stages", &outcomes(&attempts))?;
    let reasons = status.tasks_by_end_reason.iter().map(|(reason, tasks)| (*tasks, reason.as_str()));
    let mut reasons: Vec<_> = reasons.collect();
    reasons.sort_by(|left, right| right.cmp(left));
    line(f, "Task ends", &outcomes(&reasons))?;
    let (added, removed) = (HumanCount(executors.added), HumanCount(executors.removed));
    let peak = HumanCount(executors.peak as u64);
    line(f, "Executors", &format!("{added} added, {removed} removed, at most {peak} at once"))
}

fn application(application: &Application) -> String {
    let name = application.name.as_deref().unwrap_or("of unknown name");
    let id = application.id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
    let user = application.user.as_deref().map(|user| format!(", run by {user}")).unwrap_or_default();
    format!("{name}{id}{user}")
}

fn lifetime(application: &Application) -> String {
    match application.duration_ms.map(u64::try_from) {
        Some(Ok(millis)) => duration(Duration::from_millis(millis)),
        Some(Err(_)) => "ends before it starts".to_owned(),
        None => "unknown: its end is not in the log".to_owned(),
    }
}

/// How many there are, and how many of which kind; kinds there are none of are left out.
fn outcomes(kinds: &[(u64, &str)]) -> String {
    let total: u64 = kinds.iter().map(|(number, _)| number).sum();
    let present = kinds.iter().filter(|(number, _)| *number > 0);
    let kinds: Vec<_> = present.map(|(number, kind)| format!("{} {kind}", HumanCount(*number))).collect();
    let colon = if kinds.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", HumanCount(total), kinds.join(", "))
}

fn executor_count(executors: &ExecutorCountSummary) -> String {
    let now = format!("{} at the end, at most {}", executors.alive, executors.peak);
    if executors.gaps == 0 {
        return now;
    }
    let (gaps, missed) = (count(executors.gaps, "gap"), count(executors.events_missed, "event"));
    let doubt = match (executors.doubtful, executors.found) {
        (0, 0) => "certain again".to_owned(),
        (0, found) => format!("certain again, {found} found by what they did"),
        (doubtful, _) => format!("{doubtful} not heard of since the last"),
    };
    format!("{now}; {gaps} ({missed} missed), {doubt}")
}

fn slow_stage(stage: &StageSummary) -> String {
    let took = duration(Duration::try_from_secs_f64(stage.seconds).unwrap_or_default());
    let id = format!("{}.{}", stage.stage, stage.attempt);
    format!("{took:<11} stage {id:<6} {}", shortened(&stage.name, STAGE_NAME))
}

fn replay(summary: &Summary) -> String {
    let took = Duration::try_from_secs_f64(summary.seconds).unwrap_or_default();
    let rate = HumanCount(per_second(summary.events_read, took));
    let skipped = match summary.lines_skipped {
        0 => String::new(),
        lines => format!(", {} skipped", count(lines, "line")),
    };
    format!("{}{skipped} in {} ({rate} events/s)", count(summary.events_read, "event"), duration(took))
}

fn queue_table(f: &mut Formatter<'_>, summary: &Summary) -> fmt::Result {
    let width = EXECUTOR_MANAGEMENT.len();
    writeln!(f, "\n{:width$} {:>12} {:>12} {:>12}", "Queue", "posted", "delivered", "dropped")?;
    for queue in &summary.queues {
        let [posted, delivered, dropped] =
            [queue.posted, queue.delivered, queue.dropped()].map(|events| HumanCount(events).to_string());
        let reasons = drop_reasons(queue);
        writeln!(f, "{:width$} {posted:>12} {delivered:>12} {dropped:>12}{reasons}", queue.name)?;
    }
    let is_incomplete = |queue: &QueueSummary| queue.name == APP_STATUS && queue.dropped() > 0;
    if summary.queues.iter().any(is_incomplete) {
        writeln!(f, "\nWhat {APP_STATUS} dropped is missing from jobs, stages, tasks and executors.")?;
    }
    Ok(())
}

fn drop_reasons(queue: &QueueSummary) -> String {
    let reasons: Vec<_> =
        queue.dropped.iter().map(|(reason, events)| format!("{reason} {}", HumanCount(*events))).collect();
    if reasons.is_empty() { String::new() } else { format!("  {}", reasons.join(", ")) }
}
