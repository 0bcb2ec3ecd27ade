//! What each executor did for a stage attempt.

use maud::{Markup, html};

use crate::events::ExecutorId;
use crate::page::views::format::{count, counted, millis};
use crate::page::views::paging::{ROWS, left_out};
use crate::page::views::stages::size_of;
use crate::page::views::table::{Head, table};
use crate::status::{ExecutorStageSummary, StageView};

/// With more executors, the table is closed at first.
const OPEN: usize = 10;

pub(super) fn table_of(stage: &StageView) -> Markup {
    let mut executors: Vec<_> = stage.executor_summary().iter().collect();
    executors.sort_by_key(|(id, _)| (id.as_str().len(), id.as_str()));
    let all = executors.len();
    executors.truncate(ROWS);
    let heads = [
        Head::Text("Executor"),
        Head::Number("Time of tasks"),
        Head::Number("Succeeded"),
        Head::Number("Failed"),
        Head::Number("Killed"),
        Head::Number("Input"),
        Head::Number("Output"),
        Head::Number("Shuffle read"),
        Head::Number("Shuffle write"),
        Head::Number("Spilled"),
    ];
    let rows = html! { @for (id, summary) in &executors { (row(id, summary)) } };
    html! {
        @if !executors.is_empty() {
            details #stage-executors open[all <= OPEN] {
                summary { (counted(all, "executor", "executors")) " worked on it" }
                (table("executor-summary", "Executors of the stage", &heads, &rows))
                (left_out(all, executors.len(), ("executor", "executors")))
            }
        }
    }
}

fn row(id: &ExecutorId, summary: &ExecutorStageSummary) -> Markup {
    html! {
        tr {
            th scope="row" { bdi { (id) } @if summary.is_excluded_for_stage { " " span.badge.warn { "excluded" } } }
            td.n { (millis(summary.task_time)) }
            td.n { (count(summary.succeeded_tasks)) }
            td.n.bad[summary.failed_tasks > 0] { (count(summary.failed_tasks)) }
            td.n { (count(summary.killed_tasks)) }
            td.n { (size_of(summary.input_bytes)) }
            td.n { (size_of(summary.output_bytes)) }
            td.n { (size_of(summary.shuffle_read)) }
            td.n { (size_of(summary.shuffle_write)) }
            td.n { (size_of(summary.memory_bytes_spilled)) }
        }
    }
}
