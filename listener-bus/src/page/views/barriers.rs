//! The barrier rounds that are waited for, and who is missing.

use maud::{Markup, html};

use super::format::{NOTHING, count, counted, millis};
use super::table::{Head, table};
use super::visit::{Follows, Page, Section, Visit};
use crate::coordination::{RoundKind, WaitingRound};

/// The rounds that the first page shows.
const SUMMARY: usize = 5;
/// The missing partitions that a row names.
const NAMED: usize = 20;

pub(super) fn page(visit: &Visit) -> Page {
    let rounds = waiting(visit);
    let main = html! {
        h1 { "Barriers" }
        p { "The rounds in which some tasks wait for others, the longest wait first." }
        @if visit.state.barriers.is_empty() { p.empty { "No barrier coordinator is watched here." } }
        @else if rounds.is_empty() { p.empty { "Nobody waits at a barrier." } }
        @else { (rows(visit, &rounds)) (missing(&rounds)) }
    };
    Page { title: "Barriers".to_owned(), section: Section::Barriers, follows: Follows::Clock, main }
}

/// What the first page says; nothing where there are no barriers.
pub(super) fn summary(visit: &Visit) -> Markup {
    let rounds = waiting(visit);
    html! {
        @if !visit.state.barriers.is_empty() {
            section aria-labelledby="barriers-title" {
                h2 #barriers-title { a href=(visit.links.to("barriers")) { "Barrier rounds waiting" } }
                @if rounds.is_empty() { p.empty { "Nobody waits at a barrier." } }
                @else { (rows(visit, rounds.get(..SUMMARY).unwrap_or(&rounds))) }
                @if rounds.len() > SUMMARY { p { (count(rounds.len() - SUMMARY)) " more wait." } }
            }
        }
    }
}

fn waiting(visit: &Visit) -> Vec<WaitingRound> {
    let mut rounds: Vec<_> =
        visit.state.barriers.iter().flat_map(|coordinator| coordinator.waiting_rounds()).collect();
    rounds.sort_by_key(|round| std::cmp::Reverse(round.waiting_millis));
    rounds
}

fn rows(visit: &Visit, rounds: &[WaitingRound]) -> Markup {
    let heads = [
        Head::Text("Stage"),
        Head::Number("Round"),
        Head::Text("Call"),
        Head::Text("Arrived"),
        Head::Text("Missing partitions"),
        Head::Number("Waiting for"),
        Head::Number("Time left"),
        Head::Text("Coordinator"),
    ];
    let rows = html! { @for round in rounds { (row(visit, round)) } };
    table("barrier-rounds", "Barrier rounds that are waited for", &heads, &rows)
}

fn row(visit: &Visit, round: &WaitingRound) -> Markup {
    let (stage, attempt) = (round.stage_id, round.stage_attempt_id);
    html! {
        tr id={ "round-" (round.coordinator) "-" (stage) "-" (attempt) "-" (round.epoch) } {
            th scope="row" { a href=(visit.links.to(&format!("stages/{stage}/{attempt}"))) { (stage) "." (attempt) } }
            td.n { (round.epoch) }
            td { (kind(round.kind)) }
            td {
                progress max=(round.tasks.max(1)) value=(round.arrived)
                    aria-label={ "Tasks of stage " (stage) " that have arrived" } {}
                div.beside { (count(round.arrived)) " of " (count(round.tasks)) }
            }
            td.what { (named(round, NAMED)) }
            td.n { (millis_of(Some(round.waiting_millis))) }
            td.n { @if round.millis_left.is_none() { "no limit" } @else { (millis_of(round.millis_left)) } }
            td { bdi { (round.coordinator) } }
        }
    }
}

fn kind(kind: RoundKind) -> &'static str {
    match kind {
        RoundKind::Barrier => "barrier",
        RoundKind::AllGather => "all-gather",
    }
}

fn millis_of(time: Option<u64>) -> String {
    time.map_or_else(|| NOTHING.to_owned(), |time| millis(i64::try_from(time).unwrap_or(i64::MAX)))
}

fn named(round: &WaitingRound, most: usize) -> String {
    let shown: Vec<_> = round.missing.iter().take(most).map(ToString::to_string).collect();
    let left = round.missing_count.saturating_sub(shown.len());
    let more = if left > 0 { format!(" and {} more", count(left)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// The long lists of who is missing.
fn missing(rounds: &[WaitingRound]) -> Markup {
    html! {
        @for round in rounds.iter().filter(|round| round.missing_count > NAMED) {
            details id={ "missing-" (round.coordinator) "-" (round.stage_id) "-" (round.stage_attempt_id) "-" (round.epoch) } {
                summary {
                    "Stage " (round.stage_id) "." (round.stage_attempt_id) ", round " (round.epoch) ": "
                    (counted(round.missing_count, "partition is", "partitions are")) " missing"
                }
                p.list { (named(round, usize::MAX)) }
            }
        }
    }
}
