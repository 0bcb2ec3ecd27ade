//! The tasks of a stage attempt over time, by executor.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::query::TaskState;
use crate::page::views::format::{clock, count, counted, millis};
use crate::page::views::lanes::{TimeScale, WIDTH, lanes, top_of};
use crate::page::views::timeline::axis;
use crate::status::{Date, StageView, TaskRow};

/// The tasks that are drawn: the latest.
const TASKS: usize = 1_000;
/// The lanes that are drawn.
const LANES: usize = 160;
const LANE: f64 = 9.0;
/// The room for the names of executors, at the left.
const NAMES: f64 = 90.0;
const TOP: f64 = 20.0;
const GAP: f64 = 8.0;

/// The tasks of an executor, each in its lane.
struct Group<'s> {
    executor: &'s str,
    tasks: Vec<(usize, &'s TaskRow)>,
    lanes: usize,
}

pub(super) fn drawing(stage: &StageView, now: Date) -> Markup {
    let mut tasks: Vec<&TaskRow> = stage.tasks().filter(|task| task.launch_time.0 > 0).collect();
    tasks.sort_by_key(|task| (task.launch_time, task.task_id));
    let left_out = tasks.len().saturating_sub(TASKS);
    tasks.drain(..left_out);
    let groups = groups(&tasks, now);
    let drawn = fitting(&groups);
    html! {
        details #task-timeline open {
            summary { "Tasks over time, by executor" }
            (legend())
            (picture(&drawn, &tasks, now))
            @if left_out > 0 { p { "The " (count(TASKS)) " latest tasks are drawn, " (count(left_out)) " earlier ones are not." } }
            @if drawn.len() < groups.len() {
                p { (count(groups.len() - drawn.len())) " of " (count(groups.len())) " executors are not drawn." }
            }
        }
    }
}

fn end_of(task: &TaskRow, now: Date) -> Date {
    Date(task.launch_time.0.saturating_add(task.duration(now)))
}

fn groups<'s>(tasks: &[&'s TaskRow], now: Date) -> Vec<Group<'s>> {
    let mut by_executor: BTreeMap<(usize, &str), Vec<&'s TaskRow>> = BTreeMap::new();
    for task in tasks {
        let executor = task.executor_id.as_str();
        // 2 comes before 10.
        by_executor.entry((executor.len(), executor)).or_default().push(task);
    }
    let grouped = by_executor.into_iter().map(|((_, executor), tasks)| {
        let placed = lanes(tasks.iter().map(|task| (task.launch_time, end_of(task, now))));
        let lanes = placed.iter().max().map_or(0, |lane| lane + 1);
        Group { executor, tasks: placed.into_iter().zip(tasks).collect(), lanes }
    });
    grouped.collect()
}

/// As many executors as there is room for, but one at least.
fn fitting<'g, 's>(groups: &'g [Group<'s>]) -> Vec<&'g Group<'s>> {
    let mut used = 0;
    groups
        .iter()
        .enumerate()
        .take_while(|(place, group)| {
            used += group.lanes;
            *place == 0 || used <= LANES
        })
        .map(|(_, group)| group)
        .collect()
}

fn legend() -> Markup {
    html! {
        p.legend {
            @for state in [TaskState::Success, TaskState::Running, TaskState::Failed, TaskState::Killed, TaskState::Unknown] {
                span.key {
                    svg.swatch viewBox="0 0 12 12" aria-hidden="true" { rect.bar.(state.class()) width="12" height="12" {} }
                    (state.words())
                }
            }
        }
    }
}

fn picture(groups: &[&Group<'_>], tasks: &[&TaskRow], now: Date) -> Markup {
    let from = tasks.first().map_or(now, |task| task.launch_time);
    let to = tasks.iter().map(|task| end_of(task, now)).max().unwrap_or(now);
    let scale = TimeScale::new(from, to, NAMES);
    let mut tops = Vec::with_capacity(groups.len());
    let mut y = TOP;
    for group in groups {
        tops.push(y);
        y += (top_of(group.lanes.min(LANES), LANE)).max(14.0) + GAP;
    }
    let height = y + 16.0;
    let words = format!(
        "{} on {} over {}",
        counted(tasks.len(), "task", "tasks"),
        counted(groups.len(), "executor", "executors"),
        millis(to.0.saturating_sub(from.0))
    );
    html! {
        div.scroll tabindex="0" role="region" aria-label="Tasks over time" {
            svg.timeline viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(words) {
                (axis(scale, height))
                @for (group, top) in groups.iter().zip(tops) { (group_bars(group, (scale, top), now)) }
            }
        }
    }
}

fn group_bars(group: &Group<'_>, (scale, top): (TimeScale, f64), now: Date) -> Markup {
    let name: String = group.executor.chars().take(12).collect();
    html! {
        line.axis x1="0" x2=(WIDTH) y1=(top - GAP / 2.0) y2=(top - GAP / 2.0) {}
        text x="0" y=(top + 10.0) { title { (group.executor) } (name) }
        @for (lane, task) in group.tasks.iter().filter(|(lane, _)| *lane < LANES) {
            (bar(task, (scale, top + top_of(*lane, LANE)), now))
        }
    }
}

fn bar(task: &TaskRow, (scale, y): (TimeScale, f64), now: Date) -> Markup {
    let (x, width) = scale.bar(task.launch_time, end_of(task, now));
    let state = TaskState::of(task.status);
    html! {
        rect.bar.(state.class()) x=(format_args!("{x:.1}")) y=(y) width=(format_args!("{width:.1}")) height=(LANE - 2.0) {
            title {
                "Task " (task.task_id) ", index " (task.index) ": " (state.words()) ", "
                (millis(task.duration(now))) " from " (clock(task.launch_time))
            }
        }
    }
}
