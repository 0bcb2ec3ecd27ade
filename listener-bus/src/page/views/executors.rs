//! The executors of an application.

use std::sync::Arc;

use maud::{Markup, html};

use super::error::PageError;
use super::format::{NOTHING, bytes, count, millis};
use super::layout::{application_header, no_application};
use super::links::is_web;
use super::paging::{self, Paging, ROWS, shown_parts};
use super::stages::size_of;
use super::table::{Head, table, when};
use super::visit::{Follows, Page, Section, Visit};
use crate::status::ExecutorSummary;

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let asked = paging::asked(visit)?;
    let Some(application) = visit.application()? else {
        return Ok(no_application(visit, "Executors", Section::Executors));
    };
    let mut executors: Vec<_> = application.executors.values().collect();
    executors.sort_by_key(|executor| (executor.id.as_str().len(), executor.id.clone()));
    let paging = Paging::of(asked, (ROWS, executors.len()));
    let (there, gone): (Vec<_>, Vec<_>) = executors.into_iter().partition(|executor| executor.is_active);
    let parts = shown_parts(paging, [(("active", "Active"), there), (("gone", "Gone"), gone)]);
    let main = html! {
        h1 { "Executors" }
        (application_header(application))
        @if parts.is_empty() { p.empty { "No executor has come yet." } }
        @for (name, all, executors) in &parts { (grouped(executors, *all, *name)) }
        (paging.pager("executors", |page| visit.links.here(&[("page", page)])))
    };
    Ok(Page { title: "Executors".to_owned(), section: Section::Executors, follows: Follows::Status, main })
}

fn grouped(executors: &[&Arc<ExecutorSummary>], all: usize, (id, name): (&str, &str)) -> Markup {
    let heads = [
        Head::Text("Executor"),
        Head::Text("Address"),
        Head::Text("State"),
        Head::Text("Logs"),
        Head::Number("Cores"),
        Head::Number("Running"),
        Head::Number("Failed"),
        Head::Number("Succeeded"),
        Head::Number("Time of tasks"),
        Head::Number("GC"),
        Head::Number("Storage memory"),
        Head::Number("Input"),
        Head::Number("Shuffle read"),
        Head::Number("Shuffle write"),
        Head::Text("Came"),
    ];
    let rows = html! { @for executor in executors { (row(executor)) } };
    html! {
        section aria-labelledby={ "title-" (id) } {
            h2 id={ "title-" (id) } { (name) " " span.count { (count(all)) } }
            (table(&format!("executors-{id}"), &format!("Executors: {name}"), &heads, &rows))
        }
    }
}

fn row(executor: &ExecutorSummary) -> Markup {
    html! {
        tr id={ "executor-" (executor.id) } data-executor=(executor.id) {
            th scope="row" { bdi { (executor.id) } }
            td { bdi { (executor.host_port) } }
            td.what[!executor.is_active || executor.unknown_since.is_some()] { (state(executor)) }
            td { (logs(executor)) }
            td.n { (count(executor.total_cores)) }
            td.n { (count(executor.active_tasks)) }
            td.n.bad[executor.failed_tasks > 0] { (count(executor.failed_tasks)) }
            td.n { (count(executor.completed_tasks)) }
            td.n { (millis(executor.total_duration)) }
            td.n { (millis(executor.total_gc_time)) }
            td.n { (storage(executor)) }
            td.n { (size_of(executor.total_input_bytes)) }
            td.n { (size_of(executor.total_shuffle_read)) }
            td.n { (size_of(executor.total_shuffle_write)) }
            td { (when(Some(executor.add_time))) }
        }
    }
}

fn storage(executor: &ExecutorSummary) -> String {
    match executor.max_memory {
        0 => NOTHING.to_owned(),
        most => format!("{} of {}", bytes(executor.memory_used), bytes(most)),
    }
}

fn state(executor: &ExecutorSummary) -> Markup {
    html! {
        @match (executor.is_active, executor.unknown_since) {
            (false, _) => {
                span.badge.idle { "gone" } " " (when(executor.remove_time))
                @if let Some(reason) = &executor.remove_reason { div { bdi { (super::format::first_line(reason, 200)) } } }
            },
            (true, Some(since)) => {
                span.badge.warn { "unknown" }
                div { "Events were dropped at " (when(Some(since))) ", and nothing has been heard of it since: it may have gone." }
            },
            (true, None) => span.badge.good { "active" },
        }
        @if executor.is_active && executor.is_excluded { " " span.badge.warn { "excluded" } }
    }
}

/// Only what a browser opens and does not run becomes a link: addresses come with events.
fn logs(executor: &ExecutorSummary) -> Markup {
    html! {
        @for (place, (name, address)) in executor.executor_logs.iter().enumerate() {
            @if place > 0 { " " }
            @if is_web(address) { a href=(address) rel="noreferrer noopener" { bdi { (name) } } }
            @else { span title=(address) { bdi { (name) } } }
        }
    }
}
