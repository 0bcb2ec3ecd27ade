//! The columns of the table of tasks.

use maud::{Markup, html};

use super::query::TaskState;
use super::skew::Skew;
use crate::events::Locality;
use crate::page::views::format::{NOTHING, bytes, clock, machine_time, millis, time};
use crate::page::views::table::shortened;
use crate::status::{Date, MetricValues, StageData, TaskRow};

/// So much of an error message stands in the table, in characters.
const MESSAGE: usize = 120;

/// A column of the table of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Index,
    Task,
    Attempt,
    Status,
    Duration,
    Delay,
    Gc,
    Input,
    Output,
    ShuffleRead,
    ShuffleWrite,
    Spill,
    Memory,
    Executor,
    Locality,
    Launch,
    Error,
}

/// What a column is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'t> {
    Number(i64),
    Word(&'static str),
    Text(&'t str),
}

impl Column {
    pub(super) const ALL: [Self; 17] = [
        Self::Index,
        Self::Task,
        Self::Attempt,
        Self::Status,
        Self::Duration,
        Self::Delay,
        Self::Gc,
        Self::Input,
        Self::Output,
        Self::ShuffleRead,
        Self::ShuffleWrite,
        Self::Spill,
        Self::Memory,
        Self::Executor,
        Self::Locality,
        Self::Launch,
        Self::Error,
    ];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// In parameters.
    pub(super) fn name(self) -> &'static str {
        self.names().0
    }

    /// In the head of the table.
    pub(super) fn title(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Index => ("index", "Index"),
            Self::Task => ("task", "Task"),
            Self::Attempt => ("attempt", "Attempt"),
            Self::Status => ("status", "Status"),
            Self::Duration => ("duration", "Duration"),
            Self::Delay => ("delay", "Scheduler delay"),
            Self::Gc => ("gc", "GC"),
            Self::Input => ("input", "Input"),
            Self::Output => ("output", "Output"),
            Self::ShuffleRead => ("shuffle-read", "Shuffle read"),
            Self::ShuffleWrite => ("shuffle-write", "Shuffle write"),
            Self::Spill => ("spill", "Spilled"),
            Self::Memory => ("memory", "Peak memory"),
            Self::Executor => ("executor", "Executor"),
            Self::Locality => ("locality", "Locality"),
            Self::Launch => ("launch", "Launched (UTC)"),
            Self::Error => ("error", "Error"),
        }
    }

    /// Whether its numbers stand at the right.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Index | Self::Task | Self::Attempt) || self.is_measure()
    }

    /// Whether the largest is of more interest than the smallest.
    pub(super) fn is_measure(self) -> bool {
        let sizes =
            [Self::Input, Self::Output, Self::ShuffleRead, Self::ShuffleWrite, Self::Spill, Self::Memory];
        matches!(self, Self::Duration | Self::Delay | Self::Gc) || sizes.contains(&self)
    }

    /// Whether any task of the stage may have something there.
    pub(super) fn is_shown(self, stage: &StageData) -> bool {
        match self {
            Self::Error => stage.num_failed_tasks.saturating_add(stage.num_killed_tasks) > 0,
            _ => self.metric(&stage.metrics).is_none_or(|total| total != 0) || self == Self::Gc,
        }
    }

    fn metric(self, metrics: &MetricValues) -> Option<i64> {
        Some(match self {
            Self::Gc => metrics.jvm_gc_time,
            Self::Input => metrics.input_bytes,
            Self::Output => metrics.output_bytes,
            Self::ShuffleRead => metrics.shuffle_read_bytes,
            Self::ShuffleWrite => metrics.shuffle_write_bytes,
            Self::Spill => metrics.memory_bytes_spilled,
            Self::Memory => metrics.peak_execution_memory,
            _ => return None,
        })
    }

    pub(super) fn key(self, task: &TaskRow, now: Date) -> Key<'_> {
        let of_metrics = || task.metrics.as_ref().and_then(|metrics| self.metric(metrics)).unwrap_or(-1);
        match self {
            Self::Index => Key::Number(i64::from(task.index)),
            Self::Task => Key::Number(task.task_id.0),
            Self::Attempt => Key::Number(i64::from(task.attempt)),
            Self::Status => Key::Word(TaskState::of(task.status).name()),
            Self::Duration => Key::Number(task.duration(now)),
            Self::Delay => Key::Number(task.scheduler_delay()),
            Self::Executor => Key::Text(task.executor_id.as_str()),
            Self::Locality => Key::Text(locality(&task.task_locality)),
            Self::Launch => Key::Number(task.launch_time.0),
            Self::Error => Key::Text(task.error_message.as_deref().unwrap_or_default()),
            _ => Key::Number(of_metrics()),
        }
    }

    /// What stands in a row.
    pub(super) fn cell(self, task: &TaskRow, skew: &Skew, now: Date) -> Markup {
        html! {
            @match self {
                Self::Index => (task.index),
                Self::Task => (task.task_id),
                Self::Attempt => { (task.attempt) @if task.speculative { " (speculative)" } },
                Self::Status => (TaskState::of(task.status).badge()),
                Self::Duration => {
                    @if skew.is_slow(task) { span.badge.warn { "slow" } " " }
                    (millis(task.duration(now)))
                },
                Self::Delay => (millis(task.scheduler_delay())),
                Self::Gc => (self.measured(task, millis)),
                Self::Executor => { bdi { (task.executor_id) } span.subtle { " " bdi { (task.host) } } },
                Self::Locality => (locality(&task.task_locality).to_lowercase().replace('_', " ")),
                Self::Launch => (launched(task.launch_time)),
                Self::Error => (error(task)),
                _ => (self.measured(task, bytes)),
            }
        }
    }

    fn measured(self, task: &TaskRow, unit: fn(i64) -> String) -> String {
        let value = task.metrics.as_ref().and_then(|metrics| self.metric(metrics));
        value.map_or_else(|| NOTHING.to_owned(), unit)
    }
}

/// The day is that of the stage, mostly; it is told to who asks.
fn launched(date: Date) -> Markup {
    html! { time datetime=(machine_time(date)) title=(time(date)) { (clock(date)) } }
}

fn error(task: &TaskRow) -> Markup {
    let message = task.error_message.as_deref().unwrap_or_default();
    html! { @if !message.is_empty() { (shortened(&format!("error-{}", task.task_id), message, MESSAGE)) } }
}

fn locality(locality: &Locality) -> &str {
    locality.as_str()
}
