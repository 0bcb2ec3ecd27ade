//! How far jobs and stages are.

use maud::{Markup, html};

use super::format::{NOTHING, count, millis};
use crate::status::{Date, JobData, JobStatus, StageData, StageStatus};

/// Tasks by what has become of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tasks {
    pub(super) all: i64,
    pub(super) done: i64,
    pub(super) active: i64,
    pub(super) skipped: i64,
    pub(super) failed: i64,
    pub(super) killed: i64,
}

impl From<&JobData> for Tasks {
    fn from(job: &JobData) -> Self {
        // Tasks of stages that were done for an earlier job may be skipped, and never have been the job's.
        let all = job.num_tasks.saturating_sub(job.num_skipped_tasks);
        Self {
            all: all.max(job.num_completed_indices).max(0),
            done: job.num_completed_indices,
            active: job.num_active_tasks,
            skipped: job.num_skipped_tasks,
            failed: job.num_failed_tasks,
            killed: job.num_killed_tasks,
        }
    }
}

impl From<&StageData> for Tasks {
    fn from(stage: &StageData) -> Self {
        Self {
            all: i64::from(stage.num_tasks),
            done: stage.num_completed_indices,
            active: stage.num_active_tasks,
            skipped: 0,
            failed: stage.num_failed_tasks,
            killed: stage.num_killed_tasks,
        }
    }
}

/// A bar of what is done, and words on the rest.
pub(super) fn bar(tasks: Tasks, of: &str) -> Markup {
    let extra = [
        (tasks.active, "running"),
        (tasks.failed, "failed"),
        (tasks.killed, "killed"),
        (tasks.skipped, "skipped"),
    ];
    html! {
        progress max=(tasks.all.max(1)) value=(tasks.done.clamp(0, tasks.all.max(1))) aria-label={ "Tasks done of " (of) } {}
        div.beside {
            (count(tasks.done)) " of " (count(tasks.all))
            @for (number, word) in extra.into_iter().filter(|(number, _)| *number > 0) {
                ", " (count(number)) " " (word)
            }
        }
    }
}

/// How long it took, or has taken up to now or to when it was last heard of.
pub(super) fn duration(start: Option<Date>, end: Option<Date>, now: Date) -> String {
    let Some(start) = start.filter(|start| start.0 > 0) else { return NOTHING.to_owned() };
    millis(end.unwrap_or(now).0.saturating_sub(start.0).max(0))
}

pub(super) fn job_status(job: &JobData) -> Markup {
    let (word, class) = match job.status {
        JobStatus::Running => ("running", "active"),
        JobStatus::Succeeded => ("succeeded", "good"),
        JobStatus::Failed => ("failed", "bad"),
        JobStatus::Unknown => ("unknown", "warn"),
    };
    html! { span.badge.(class) { (word) } }
}

pub(super) fn stage_status(stage: &StageData) -> Markup {
    let (word, class) = match stage.status {
        StageStatus::Pending => ("pending", "idle"),
        StageStatus::Active => ("active", "active"),
        StageStatus::Complete => ("complete", "good"),
        StageStatus::Failed => ("failed", "bad"),
        StageStatus::Skipped => ("skipped", "idle"),
        StageStatus::Unknown => ("unknown", "warn"),
    };
    html! { span.badge.(class) { (word) } }
}

/// What "unknown" means, for what has been so since a time.
pub(super) fn unknown(since: Option<Date>) -> Markup {
    html! {
        @if let Some(since) = since {
            p.notice {
                "Events were dropped at " (super::format::time(since))
                ", and nothing has been heard of it since: it may be over."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_skips_more_than_it_has_does_not_have_less_than_it_did() {
        let job = |num_tasks, num_skipped_tasks, num_completed_indices| {
            Tasks::from(&JobData {
                num_tasks,
                num_skipped_tasks,
                num_completed_indices,
                ..JobData::default()
            })
            .all
        };
        assert_eq!(job(10, 4, 3), 6);
        assert_eq!(job(2, 40, 1), 1, "it did one");
        assert_eq!(job(0, 40, 0), 0);
        assert_eq!(job(i64::MIN, i64::MAX, 0), 0);
    }
}
