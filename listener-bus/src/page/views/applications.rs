//! All applications, where one followed the other.

use maud::{Markup, html};

use super::error::PageError;
use super::format::{count, millis};
use super::links::segment;
use super::paging::{self, Paging, ROWS};
use super::table::{Head, table, when};
use super::visit::{Follows, Page, Section, Visit};
use crate::status::ApplicationView;

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let applications = visit.status.as_ref().map(|status| status.applications.as_slice()).unwrap_or_default();
    let paging = Paging::of(paging::asked(visit)?, (ROWS, applications.len()));
    let shown = paging.window().shown(applications.iter().collect());
    let heads = [
        Head::Text("Application"),
        Head::Text("Id"),
        Head::Text("State"),
        Head::Text("Started"),
        Head::Number("Duration"),
        Head::Number("Jobs"),
        Head::Text("User"),
    ];
    let rows = html! { @for application in shown { (row(visit, application)) } };
    let main = html! {
        h1 { "Applications" }
        @if applications.is_empty() { p.empty { "No application has started yet." } }
        @else { (table("applications", "Applications, the newest first", &heads, &rows)) }
        (paging.pager("applications", |page| visit.links.here(&[("page", page)])))
    };
    Ok(Page {
        title: "Applications".to_owned(),
        section: Section::Applications,
        follows: Follows::Status,
        main,
    })
}

fn row(visit: &Visit, application: &ApplicationView) -> Markup {
    let (info, attempt) = (&application.info, application.info.attempt());
    let link = format!("{}?app={}", visit.links.file("jobs"), segment(&info.id));
    html! {
        tr data-application=(info.id) {
            th scope="row" { a href=(link) { bdi { (info.name) } } }
            td { bdi { (info.id) } }
            td { @if attempt.completed { span.badge.good { "ended" } } @else { span.badge.active { "running" } } }
            td { (when(Some(attempt.start_time))) }
            td.n { (millis(attempt.uptime())) }
            td.n { (count(application.jobs.len())) }
            td { bdi { (attempt.spark_user) } }
        }
    }
}
