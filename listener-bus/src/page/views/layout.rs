//! What all pages have: the head, the navigation, and where the changing part is.

use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::error::PageError;
use super::format::{counted, time};
use super::visit::{Extent, Follows, Page, Section, Visit};
use crate::status::ApplicationView;

/// Lower case begins an error; a page begins with a capital letter.
fn sentence(error: &PageError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}

/// The whole answer.
pub(super) fn render(visit: &Visit, page: Result<Page, PageError>) -> (StatusCode, String) {
    let (status, page) = match page {
        Ok(page) => (StatusCode::OK, page),
        Err(error) => (error.status(), refusal(visit, &error)),
    };
    let main = main_part(visit, &page);
    let html = match visit.extent() {
        Extent::Main => main,
        Extent::Document => document(visit, &page, &main),
    };
    (status, html.into_string())
}

fn refusal(visit: &Visit, error: &PageError) -> Page {
    let status = error.status();
    let title = status.canonical_reason().unwrap_or("Error").to_owned();
    let main = html! {
        h1 { (title) }
        p.empty { (sentence(error)) }
        p { a href=(visit.links.home()) { "To the first page" } }
    };
    Page { title, section: Section::Bus, follows: Follows::Status, main }
}

/// Whoever follows the versions sees here which one it is: a view may be a moment older than the newest.
fn main_part(visit: &Visit, page: &Page) -> Markup {
    let version = visit.status.as_ref().map_or(0, |status| status.version);
    let follows = match page.follows {
        Follows::Status => "status",
        Follows::Clock => "clock",
    };
    html! { main id="main" tabindex="-1" data-follows=(follows) data-version=(version) { (page.main) } }
}

fn document(visit: &Visit, page: &Page, main: &Markup) -> Markup {
    let links = &visit.links;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (page.title) " – " (name(visit)) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(links.file("assets/page.css"));
                script src=(links.file("assets/idiomorph.js")) defer {}
                script src=(links.file("assets/page.js")) defer {}
            }
            body data-ticks=(links.file("api/v1/events?events=tick")) {
                a.skip href="#main" { "Skip to the content" }
                header {
                    (navigation(visit, page.section))
                    div.live {
                        p #connection role="status" { "Not live: reload to see what is new" }
                        button #pause type="button" aria-pressed="false" hidden { "Pause" }
                    }
                }
                (main)
            }
        }
    }
}

/// What the page is about: the bus has a name, and if there is none, the application has.
fn name(visit: &Visit) -> String {
    let bus = visit.state.sampler.as_ref().map(|sampler| sampler.latest().name.to_string());
    let application = || Some(visit.status.as_ref()?.current()?.info.name.to_string());
    bus.or_else(application).unwrap_or_else(|| "Status".to_owned())
}

fn navigation(visit: &Visit, here: Section) -> Markup {
    let entries = [
        (Section::Bus, "Bus", visit.links.home()),
        (Section::Jobs, "Jobs", visit.links.to("jobs")),
        (Section::Stages, "Stages", visit.links.to("stages")),
        (Section::Executors, "Executors", visit.links.to("executors")),
        (Section::Environment, "Environment", visit.links.to("environment")),
        (Section::Barriers, "Barriers", visit.links.to("barriers")),
        (Section::Commits, "Commits", visit.links.to("commits")),
        (Section::Applications, "Applications", visit.links.to("applications")),
    ];
    let has_choice = visit.status.as_ref().is_some_and(|status| status.applications.len() > 1);
    let shown = |section| section != Section::Applications || has_choice || here == Section::Applications;
    html! {
        nav aria-label="Pages" {
            ul {
                @for (section, text, link) in entries.iter().filter(|(section, ..)| shown(*section)) {
                    li { a href=(link) aria-current=[(*section == here).then_some("page")] { (text) } }
                }
            }
        }
    }
}

/// What stands above all that the events tell of an application.
pub(super) fn application_header(application: &ApplicationView) -> Markup {
    let attempt = application.info.attempt();
    let state = if attempt.completed { "ended" } else { "running" };
    html! {
        p.about {
            strong { bdi { (application.info.name) } }
            span { bdi { (application.info.id) } }
            @if !attempt.spark_user.is_empty() { span { "by " bdi { (attempt.spark_user) } } }
            span { (state) }
            @if attempt.start_time.0 > 0 { span { "since " (time(attempt.start_time)) } }
        }
        @if application.dropped_events > 0 { (dropped(application)) }
    }
}

fn dropped(application: &ApplicationView) -> Markup {
    html! {
        p.notice {
            (counted(application.dropped_events, "event was", "events were"))
            " dropped on the way here"
            @if let Some(last) = application.last_gap { ", the last at " (time(last)) }
            ". What is shown may lack what they told; what ran then is “unknown” until it gives a sign of life or ends."
        }
    }
}

/// A page about an application that is not there.
pub(super) fn no_application(visit: &Visit, title: &str, section: Section) -> Page {
    let words = match visit.status {
        Some(_) => "No application has started yet.",
        None => "No scheduler's events are followed here, so nothing is known of applications.",
    };
    let main = html! {
        h1 { (title) }
        p.empty { (words) }
    };
    Page { title: title.to_owned(), section, follows: Follows::Status, main }
}
