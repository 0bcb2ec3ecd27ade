//! All stages of an application.

use std::sync::Arc;

use maud::{Markup, html};

use super::error::PageError;
use super::format::{NOTHING, bytes, count, first_line};
use super::layout::{application_header, no_application};
use super::links::Links;
use super::paging::{self, Paging, ROWS, shown_parts};
use super::progress::{Tasks, bar, duration, stage_status};
use super::table::{Head, table, when};
use super::visit::{Follows, Page, Section, Visit};
use crate::status::{Date, StageData, StageStatus, StageView};

const GROUPS: [(&str, StageStatus); 6] = [
    ("Active", StageStatus::Active),
    ("Unknown", StageStatus::Unknown),
    ("Pending", StageStatus::Pending),
    ("Failed", StageStatus::Failed),
    ("Completed", StageStatus::Complete),
    ("Skipped", StageStatus::Skipped),
];

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let asked = paging::asked(visit)?;
    let Some(application) = visit.application()? else {
        return Ok(no_application(visit, "Stages", Section::Stages));
    };
    let paging = Paging::of(asked, (ROWS, application.stages.len()));
    // The newest one first.
    let stages = |status: StageStatus| {
        application.stages.values().rev().filter(move |stage| stage.data().status == status).collect()
    };
    let parts = shown_parts(paging, GROUPS.map(|group| (group, stages(group.1))));
    let main = html! {
        h1 { "Stages" }
        (application_header(application))
        @if application.stages.is_empty() { p.empty { "No stage is known yet." } }
        @for ((name, status), all, stages) in &parts {
            @let id = name.to_lowercase();
            section aria-labelledby={ "title-" (id) } {
                h2 id={ "title-" (id) } { (name) " " span.count { (count(*all)) } }
                @if *status == StageStatus::Unknown {
                    p.notice { "Events were dropped while they ran, and none of their tasks has started since: they may be over." }
                }
                (rows(&visit.links, stages, application.now(), (&format!("stages-{id}"), &format!("Stages: {name}"))))
            }
        }
        (paging.pager("stages", |page| visit.links.here(&[("page", page)])))
    };
    Ok(Page { title: "Stages".to_owned(), section: Section::Stages, follows: Follows::Status, main })
}

/// A table of stages, under an id and a caption.
pub(super) fn rows(
    links: &Links,
    stages: &[&Arc<StageView>],
    now: Date,
    (id, caption): (&str, &str),
) -> Markup {
    let heads = [
        Head::Text("Stage"),
        Head::Text("What"),
        Head::Text("Status"),
        Head::Text("Tasks"),
        Head::Text("Submitted"),
        Head::Number("Duration"),
        Head::Number("Input"),
        Head::Number("Output"),
        Head::Number("Shuffle read"),
        Head::Number("Shuffle write"),
    ];
    let rows = html! { @for stage in stages { (row(links, stage.data(), now)) } };
    table(id, caption, &heads, &rows)
}

fn row(links: &Links, stage: &StageData, now: Date) -> Markup {
    let (id, attempt) = (stage.stage_id, stage.attempt_id);
    let end = stage.completion_time.or(stage.unknown_since);
    let metrics = &stage.metrics;
    html! {
        tr id={ "stage-" (id) "-" (attempt) } data-stage={ (id) "." (attempt) } {
            th scope="row" {
                a href=(links.to(&format!("stages/{id}/{attempt}"))) {
                    span.unseen { "Stage " } (id) "." (attempt)
                }
            }
            td.what {
                @if let Some(description) = &stage.description { div { bdi { (description) } } }
                div.subtle[stage.description.is_some()] { bdi { (stage.name) } }
                @if let Some(reason) = &stage.failure_reason { div.bad { bdi { (first_line(reason, 200)) } } }
            }
            td { (stage_status(stage)) }
            td { (bar(Tasks::from(stage), &format!("stage {id}"))) }
            td { (when(stage.submission_time)) }
            td.n { (duration(stage.submission_time, end, now)) }
            @for size in [metrics.input_bytes, metrics.output_bytes, metrics.shuffle_read_bytes, metrics.shuffle_write_bytes] {
                td.n { (size_of(size)) }
            }
        }
    }
}

/// A size; nothing where there was nothing.
pub(super) fn size_of(size: i64) -> String {
    if size == 0 { NOTHING.to_owned() } else { bytes(size) }
}
