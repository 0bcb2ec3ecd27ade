//! The table of tasks, a page of it.

use maud::{Markup, html};

use super::columns::Column;
use super::query::{Order, PAGE, TaskQuery, TaskState};
use super::skew::Skew;
use crate::page::views::format::{count, counted};
use crate::page::views::paging::{Paging, ROWS};
use crate::page::views::table::with_heads;
use crate::page::views::visit::Visit;
use crate::status::{Date, StageView, TaskRow};

pub(super) fn section(
    visit: &Visit,
    stage: &StageView,
    (query, skew, now): (&TaskQuery, &Skew, Date),
) -> Markup {
    let wanted = query.select(stage.tasks(), now);
    let (all, paging) = (wanted.len(), Paging::of(query.page, (PAGE, wanted.len())));
    let rows = paging.window().shown(wanted);
    html! {
        section aria-labelledby="tasks-title" {
            h2 #tasks-title { "Tasks " span.count { (count(all)) @if query.is_filtered() { " of " (count(stage.task_count())) } } }
            @if stage.evicted_tasks() > 0 {
                p { (counted(stage.evicted_tasks(), "older task attempt was", "older task attempts were")) " forgotten to bound the memory." }
            }
            (filter(visit, stage, query))
            @if rows.is_empty() { p.empty { (nothing(stage)) } } @else {
                (with_heads("tasks", "Tasks", &heads(visit, stage, query), &body(stage, &rows, (skew, now))))
            }
            (pager(visit, query, paging))
        }
    }
}

fn nothing(stage: &StageView) -> &'static str {
    if stage.task_count() == 0 { "No task has started yet." } else { "No task is like that." }
}

fn shown(stage: &StageView) -> impl Iterator<Item = Column> {
    Column::ALL.into_iter().filter(|column| column.is_shown(stage.data()))
}

fn heads(visit: &Visit, stage: &StageView, query: &TaskQuery) -> Markup {
    html! { @for column in shown(stage) { (head(visit, query, column)) } }
}

/// A link that sorts by this column or, if it is the one already, turns the order.
fn head(visit: &Visit, query: &TaskQuery, column: Column) -> Markup {
    let is_sorted = query.sort == column;
    let first = if column.is_measure() { Order::Falling } else { Order::Rising };
    let order = if is_sorted { query.order.turned() } else { first };
    let next = TaskQuery { sort: column, order, ..query.clone() };
    let sorted = match (is_sorted, query.order) {
        (false, _) => None,
        (true, Order::Rising) => Some("ascending"),
        (true, Order::Falling) => Some("descending"),
    };
    html! {
        th.n[column.is_number()] scope="col" data-sort=(column.name()) aria-sort=[sorted] {
            a href={ (visit.links.here(&next.parameters())) "#tasks" } {
                (column.title())
                @if let Some(sorted) = sorted { span aria-hidden="true" { (if sorted == "ascending" { " ▲" } else { " ▼" }) } }
            }
        }
    }
}

fn body(stage: &StageView, rows: &[&TaskRow], (skew, now): (&Skew, Date)) -> Markup {
    let columns: Vec<_> = shown(stage).collect();
    html! {
        @for task in rows {
            tr id={ "task-" (task.task_id) } data-task=(task.task_id) {
                @for column in &columns {
                    td.n[column.is_number()].what[*column == Column::Error] { (column.cell(task, skew, now)) }
                }
            }
        }
    }
}

fn filter(visit: &Visit, stage: &StageView, query: &TaskQuery) -> Markup {
    let mut executors: Vec<_> =
        stage.executor_summary().keys().map(crate::events::ExecutorId::as_str).collect();
    executors.sort_by_key(|executor| (executor.len(), *executor));
    let all = executors.len();
    executors.truncate(ROWS);
    let is = |executor: &str| query.executor.as_deref() == Some(executor);
    let clear = format!("{}#tasks", visit.links.here(&[]));
    html! {
        form #task-filter.filter method="get" action="#tasks" {
            @if let Some(application) = visit.parameter("app") { input type="hidden" name="app" value=(application); }
            input type="hidden" name="sort" value=(query.sort.name());
            input type="hidden" name="desc" value=(query.order.desc());
            label { "Status "
                select name="status" {
                    option value="all" { "all" }
                    @for state in TaskState::ALL {
                        option value=(state.name()) selected[query.state == Some(state)] { (state.words()) }
                    }
                }
            }
            label { "Executor "
                select name="executor" {
                    option value="" { "all" }
                    @for executor in &executors { option value=(executor) selected[is(executor)] { (executor) } }
                    @if let Some(other) = query.executor.as_deref().filter(|other| !executors.contains(other)) {
                        option value=(other) selected { (other) }
                    }
                }
            }
            label { "Text in error " input type="search" name="text" value=(query.text.as_deref().unwrap_or_default()); }
            button type="submit" { "Filter" }
            @if query.is_filtered() { a href=(clear) { "Show all" } }
            @if all > ROWS {
                p { "To choose from are the first " (count(ROWS)) " of " (count(all)) " executors; “executor=” in the address takes any." }
            }
        }
    }
}

fn pager(visit: &Visit, query: &TaskQuery, paging: Paging) -> Markup {
    paging.pager("tasks", |page| {
        let mut parameters = query.parameters();
        parameters.push(("page", page));
        format!("{}#tasks", visit.links.here(&parameters))
    })
}
