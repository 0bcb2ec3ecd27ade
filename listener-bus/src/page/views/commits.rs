//! Who may commit, who was denied, and why.

use maud::{Markup, html};

use super::format::{NOTHING, count, counted};
use super::table::{Head, table, when};
use super::visit::{Follows, Page, Section, Visit};
use crate::coordination::{CommitDenial, CommitHolder, CommitStage, CommitsSnapshot};
use crate::status::Date;

/// The denials that the first page shows.
const SUMMARY: usize = 5;

pub(super) fn page(visit: &Visit) -> Page {
    let all = decided(visit);
    let main = html! {
        h1 { "Commits" }
        p { "Of all attempts at a partition, one may commit its output. These asked, and that is what they were told." }
        @if all.is_empty() { p.empty { "No commit coordinator is watched here." } }
        @for commits in &all {
            section aria-label={ "Coordinator " (commits.coordinator) } {
                h2 { "Coordinator " bdi { (commits.coordinator) } }
                (figures(commits))
                h3 { "Stages that commit" }
                (stages(visit, commits))
                h3 { "Latest denials" }
                (denials(visit, &commits.coordinator, &commits.latest_denials))
            }
        }
    };
    Page { title: "Commits".to_owned(), section: Section::Commits, follows: Follows::Clock, main }
}

/// What the first page says; nothing where nobody commits.
pub(super) fn summary(visit: &Visit) -> Markup {
    let all = decided(visit);
    html! {
        @if !all.is_empty() {
            section aria-labelledby="commits-title" {
                h2 #commits-title { a href=(visit.links.to("commits")) { "Commits denied" } }
                @for commits in &all {
                    p { (asked(commits)) }
                    (reasons(commits))
                    @if !commits.latest_denials.is_empty() {
                        (denials(visit, &commits.coordinator, first(&commits.latest_denials)))
                    }
                }
            }
        }
    }
}

fn first(denials: &[CommitDenial]) -> &[CommitDenial] {
    denials.get(..SUMMARY).unwrap_or(denials)
}

fn decided(visit: &Visit) -> Vec<CommitsSnapshot> {
    visit.state.commits.iter().map(|coordinator| coordinator.commits()).collect()
}

fn asked(commits: &CommitsSnapshot) -> Markup {
    html! {
        bdi { (commits.coordinator) } ": "
        @if commits.asked == 0 { "nobody has asked to commit yet." }
        @else if commits.denied == 0 { (counted(commits.asked, "request", "requests")) ", none denied." }
        @else { (count(commits.denied)) " of " (counted(commits.asked, "request", "requests")) " denied." }
    }
}

fn reasons(commits: &CommitsSnapshot) -> Markup {
    html! {
        @if !commits.denied_by_reason.is_empty() {
            ul.reasons {
                @for (reason, times) in &commits.denied_by_reason {
                    li { (count(*times)) " × " (words(reason)) }
                }
            }
        }
    }
}

/// What the metrics call it, in words.
fn words(reason: &str) -> String {
    match reason {
        "committed_by" => "already committed".to_owned(),
        "held_by" => "held by another attempt".to_owned(),
        other => other.replace('_', " "),
    }
}

fn figures(commits: &CommitsSnapshot) -> Markup {
    let figures = [
        ("Asked", commits.asked),
        ("Granted", commits.granted),
        ("Repeated", commits.repeated),
        ("Denied", commits.denied),
        ("Committed", commits.committed),
        ("Failed after a grant", commits.failed),
        ("Stages aborted", commits.stages_aborted),
    ];
    let now =
        [("Held now", commits.held), ("In doubt now", commits.in_doubt), ("Waiting now", commits.waiting)];
    html! {
        dl.figures {
            @for (name, value) in figures { div { dt { (name) } dd { (count(value)) } } }
            @for (name, value) in now { div { dt { (name) } dd { (count(value)) } } }
        }
        @if commits.denied > 0 { p { "Denied:" } (reasons(commits)) }
    }
}

fn stages(visit: &Visit, commits: &CommitsSnapshot) -> Markup {
    let heads = [
        Head::Text("Stage"),
        Head::Number("Partitions"),
        Head::Number("Held"),
        Head::Number("In doubt"),
        Head::Number("Waiting"),
        Head::Text("State"),
    ];
    let rows = html! { @for stage in &commits.stages { (stage_row(visit, stage)) } };
    html! {
        @if commits.stages.is_empty() { p.empty { "No stage commits now." } }
        @else { (table(&format!("committing-{}", commits.coordinator), "Stages that commit", &heads, &rows)) }
    }
}

fn stage_row(visit: &Visit, stage: &CommitStage) -> Markup {
    let link = visit.links.to(&format!("stages/{}/0", stage.stage_id));
    html! {
        tr {
            th scope="row" { a href=(link) { (stage.stage_id) } }
            td.n { (count(stage.partitions)) }
            td.n { (count(stage.held)) }
            td.n { (count(stage.in_doubt)) }
            td.n { (count(stage.waiting)) }
            td { @if stage.is_aborted { span.badge.bad { "aborted" } } @else { "open" } }
        }
    }
}

fn denials(visit: &Visit, coordinator: &str, denials: &[CommitDenial]) -> Markup {
    let heads = [
        Head::Text("When"),
        Head::Text("Stage"),
        Head::Number("Partition"),
        Head::Number("Attempt"),
        Head::Text("Why"),
        Head::Text("Held by"),
    ];
    let rows = html! { @for denial in denials { (denial_row(visit, denial)) } };
    html! {
        @if denials.is_empty() { p.empty { "Nobody was denied." } }
        @else { (table(&format!("denials-{coordinator}"), "Latest denials, the newest first", &heads, &rows)) }
    }
}

fn denial_row(visit: &Visit, denial: &CommitDenial) -> Markup {
    let (stage, attempt) = (denial.stage_id, denial.stage_attempt_id);
    html! {
        tr {
            td { (when(i64::try_from(denial.time).ok().map(Date))) }
            td { a href=(visit.links.to(&format!("stages/{stage}/{attempt}"))) { (stage) "." (attempt) } }
            td.n { (denial.partition_id) }
            td.n { (denial.attempt_number) }
            td { (words(&denial.reason)) @if !denial.message.is_empty() { ": " bdi { (denial.message) } } }
            td { (holder(denial.holder)) }
        }
    }
}

fn holder(holder: Option<CommitHolder>) -> String {
    holder.map_or_else(
        || NOTHING.to_owned(),
        |holder| format!("attempt {} of stage attempt {}", holder.attempt_number, holder.stage_attempt_id),
    )
}
