//! The tasks of a stage attempt, a page at a time.

use std::cmp::Reverse;
use std::sync::Arc;

use super::answer::{Answer, json, worked_out};
use super::asked::Asked;
use super::query::{Limit, Parameter, TaskState};
use super::task::{TaskData, is_any_of};
use crate::status::{TaskRow, TaskStatus};

/// What a page has unless another length is asked for.
const PAGE: usize = 20;

/// The order of a list, as Spark's REST API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskOrder {
    Id,
    IdDescending,
    RunTime,
    RunTimeDescending,
}

impl Parameter for TaskOrder {
    const ACCEPTED: &'static str = "ID, -ID, runtime or -runtime";

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "id" => Some(Self::Id),
            "-id" => Some(Self::IdDescending),
            "runtime" | "increasing_runtime" => Some(Self::RunTime),
            "-runtime" | "decreasing_runtime" => Some(Self::RunTimeDescending),
            _ => None,
        }
    }
}

/// How long a page is.
#[derive(Clone, Copy, Debug)]
struct Length(usize);

impl Parameter for Length {
    const ACCEPTED: &'static str = "an integer from 0 to 10000";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|length| *length <= 10_000).map(Self)
    }
}

pub(super) async fn task_list(asked: Asked) -> Answer {
    let Limit(offset) = asked.query.one("offset")?.unwrap_or(Limit(0));
    let Length(length) = asked.query.one("length")?.unwrap_or(Length(PAGE));
    let order = asked.query.one("sortBy")?.unwrap_or(TaskOrder::Id);
    let states = asked.query.all::<TaskState>("status")?;
    let stage = Arc::clone(asked.attempt()?);
    worked_out(move || {
        let mut tasks: Vec<_> = stage.tasks().filter(|task| is_any_of(task, &states)).collect();
        sort(&mut tasks, order);
        let page = tasks.iter().skip(offset).take(length);
        json(&page.map(|task| TaskData::of(task, &asked.application)).collect::<Vec<_>>())
    })
    .await
}

fn sort(tasks: &mut [&TaskRow], order: TaskOrder) {
    match order {
        TaskOrder::Id => tasks.sort_by_key(|task| task.task_id),
        TaskOrder::IdDescending => tasks.sort_by_key(|task| Reverse(task.task_id)),
        TaskOrder::RunTime => tasks.sort_by_key(|task| (run_time(task), task.task_id)),
        TaskOrder::RunTimeDescending => tasks.sort_by_key(|task| (Reverse(run_time(task)), task.task_id)),
    }
}

/// What Spark sorts by: tasks that did not do their work come before those that did, the longest one first.
fn run_time(task: &TaskRow) -> i64 {
    let time = task.metrics.map_or(0, |metrics| metrics.executor_run_time);
    if task.status == TaskStatus::Success { time } else { -1 - time }
}
