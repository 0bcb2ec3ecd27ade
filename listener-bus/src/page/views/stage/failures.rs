//! Why tasks failed, each reason once.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::query::TaskState;
use crate::page::views::format::{count, telling_line};
use crate::page::views::table::{Head, shortened, table};
use crate::page::views::visit::Visit;
use crate::status::{StageView, TaskRow};

/// The reasons that are shown.
const SHOWN: usize = 20;
/// So much of a message tells one reason from another, in characters.
const TELLING: usize = 200;
/// The executors that a reason names.
const EXECUTORS: usize = 5;

/// Tasks that failed, or were killed, for the same reason.
struct Group<'s> {
    became: TaskState,
    /// The message of the first of them.
    message: &'s str,
    tasks: usize,
    executors: BTreeSet<&'s str>,
}

pub(super) fn grouped(visit: &Visit, stage: &StageView) -> Markup {
    let reasons = groups(stage);
    let heads = [Head::Number("Tasks"), Head::Text("State"), Head::Text("Why"), Head::Text("On executors")];
    let rows = html! {
        @for (place, group) in reasons.iter().take(SHOWN).enumerate() { (row(visit, place, group)) }
    };
    html! {
        @if !reasons.is_empty() {
            h2 { "Failures by reason" }
            (table("failures", "Failed and killed tasks by reason, the most frequent first", &heads, &rows))
            @if reasons.len() > SHOWN {
                p { "Less frequent reasons, not shown: " (count(reasons.len() - SHOWN)) "." }
            }
        }
    }
}

/// The most frequent one first.
fn groups(stage: &StageView) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(TaskState, String), Group<'_>> = BTreeMap::new();
    for task in stage.tasks() {
        let became = TaskState::of(task.status);
        if matches!(became, TaskState::Failed | TaskState::Killed) {
            let message = task.error_message.as_deref().unwrap_or_default();
            let new = || Group { became, message, tasks: 0, executors: BTreeSet::new() };
            add(groups.entry((became, reason(message))).or_insert_with(new), task);
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.tasks));
    groups
}

fn add<'s>(group: &mut Group<'s>, task: &'s TaskRow) {
    group.tasks += 1;
    group.executors.insert(task.executor_id.as_str());
}

/// What messages of one reason share: the first line, where numbers may differ.
fn reason(message: &str) -> String {
    let line = telling_line(message, TELLING);
    let mut reason = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '0'..='9' if reason.ends_with('#') => {}
            '0'..='9' => reason.push('#'),
            other => reason.push(other),
        }
    }
    reason
}

/// What messages of one reason begin with.
fn beginning(message: &str) -> String {
    let line = telling_line(message, TELLING);
    let common = line.split(|character: char| character.is_ascii_digit() || character == '…').next();
    common.unwrap_or_default().trim().to_owned()
}

fn row(visit: &Visit, place: usize, group: &Group<'_>) -> Markup {
    let text = beginning(group.message);
    let link = format!("{}#tasks", visit.links.here(&[("status", group.became.name()), ("text", &text)]));
    html! {
        tr {
            td.n { a href=(link) { (count(group.tasks)) } }
            td { (group.became.badge()) }
            td.what {
                @if group.message.is_empty() { "no reason was given" }
                @else { (shortened(&format!("failure-{place}"), group.message, TELLING)) }
            }
            td { (named(&group.executors)) }
        }
    }
}

fn named(executors: &BTreeSet<&str>) -> Markup {
    let left = executors.len().saturating_sub(EXECUTORS);
    html! {
        @for (place, executor) in executors.iter().take(EXECUTORS).enumerate() {
            @if place > 0 { ", " }
            bdi { (executor) }
        }
        @if left > 0 { " and " (count(left)) " more" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_differ_in_numbers_only_have_one_reason() {
        let one = "TaskCommitDenied for job: 1, partition: 37, attemptNumber: 0\n at x";
        let other = "TaskCommitDenied for job: 1, partition: 4, attemptNumber: 12";
        assert_eq!(reason(one), reason(other));
        assert_ne!(reason(one), reason("ExecutorLostFailure (executor 3)"));
        assert_eq!(beginning(one), "TaskCommitDenied for job:");
        assert_eq!(beginning("no number"), "no number");
    }
}
