//! The first page: is the bus keeping up?

use maud::{Markup, html};

use super::chart::{Chart, Curve, chart, counts};
use super::format::{NOTHING, count, counted, percent, rate, seconds, time, whole};
use super::health::{Health, QueueHealth, by_share, fullness, why_dropped};
use super::visit::{Follows, Page, Section, Visit};
use super::{barriers, commits};
use crate::page::bus_view::{BusLife, BusView, ListenerView, QueueView};

pub(super) fn page(visit: &Visit) -> Page {
    let bus = visit.state.sampler.as_ref().map(crate::page::samples::Sampler::latest);
    let main = html! {
        h1 { "Is the bus keeping up?" }
        @match &bus {
            None => p.empty { "No bus is watched here." },
            Some(bus) => {
                (answer(bus))
                @if bus.queues.is_empty() { p.empty { "The bus has no queue yet." } }
                div.queues { @for queue in &bus.queues { (card(queue, bus.life)) } }
            },
        }
        (gaps(visit))
        (barriers::summary(visit))
        (commits::summary(visit))
    };
    Page { title: "Bus".to_owned(), section: Section::Bus, follows: Follows::Clock, main }
}

fn answer(bus: &BusView) -> Markup {
    let health = Health::of(bus);
    let lost: u64 = bus.queues.iter().map(|queue| queue.dropped).sum();
    html! {
        div.answer.(health.class()) {
            p #state role="status" aria-live="polite" { (health.sentence()) }
            p.detail { (detail(health, lost)) }
            p.detail {
                "Bus " bdi { (bus.name) } ": " (counted(bus.posted, "event", "events")) " posted, " (rate(bus.posted_per_second)) " of late."
            }
        }
    }
}

/// What was dropped on the way to the pages about the application.
fn gaps(visit: &Visit) -> Markup {
    let current = visit.status.as_ref().and_then(|status| status.current());
    html! {
        @if let Some(application) = current.filter(|application| application.dropped_events > 0) {
            p.notice #gaps {
                "The pages about jobs, stages and executors lack what "
                (counted(application.dropped_events, "event", "events")) " told: dropped on the way there"
                @if let Some(last) = application.last_gap { ", the last at " (time(last)) }
                "."
            }
        }
    }
}

fn detail(health: Health<'_>, lost: u64) -> String {
    match health {
        Health::Not(_, QueueHealth::IsStuck(stuck)) => {
            let time = seconds(stuck.for_at_least_seconds);
            format!("It has been inside one call for {time} or longer; what comes after waits.")
        }
        Health::Not(queue, QueueHealth::Drops { .. }) => format!(
            "{} were dropped of late, {} in all; {} come in, {} are handled.{}",
            rate(queue.dropped_per_second),
            count(queue.dropped),
            rate(queue.posted_per_second),
            rate(queue.delivered_per_second),
            slowest_words(queue)
        ),
        Health::Not(queue, _) => format!(
            "{} of {} wait; {} come in, {} are handled.{}",
            count(queue.size),
            count(queue.capacity),
            rate(queue.posted_per_second),
            rate(queue.delivered_per_second),
            slowest_words(queue)
        ),
        Health::KeepsUp | Health::Stopped | Health::Gone if lost > 0 => {
            format!(
                "But {} earlier: see the queues.",
                counted(lost, "event was dropped", "events were dropped")
            )
        }
        Health::KeepsUp | Health::Stopped | Health::Gone => "No event was dropped.".to_owned(),
    }
}

fn slowest_words(queue: &QueueView) -> String {
    queue.slowest().map_or_else(String::new, |listener| {
        format!(
            " The slowest listener is {}, at work {} of the time.",
            listener.name,
            percent(listener.share)
        )
    })
}

/// How a queue is, in a word and its class; one that is stuck is so also when the bus stops.
fn state(queue: &QueueView, life: BusLife) -> (&'static str, &'static str) {
    match (life, QueueHealth::of(queue)) {
        (BusLife::Alive, health) | (BusLife::Stopped, health @ QueueHealth::IsStuck(_)) => {
            (health.word(), health.class())
        }
        (BusLife::Stopped, _) if queue.size > 0 => ("stopping", "idle"),
        (BusLife::Stopped, _) => ("stopped", "idle"),
        (BusLife::Gone, _) => ("ended", "idle"),
    }
}

fn card(queue: &QueueView, life: BusLife) -> Markup {
    let (word, class) = state(queue, life);
    html! {
        section.card id={ "queue-" (queue.name) } data-queue=(queue.name) aria-label={ "Queue " (queue.name) } {
            h2 { bdi { (queue.name) } span.badge.(class) { (word) } }
            (depth(queue))
            dl.figures {
                (figure("In", "posted-rate", queue.posted_per_second))
                (figure("Out", "delivered-rate", queue.delivered_per_second))
                div {
                    dt { "Dropped" }
                    dd class=[(queue.dropped > 0).then_some("bad")] {
                        span data-field="dropped" data-value=(queue.dropped) { (count(queue.dropped)) }
                    }
                }
                div.wide { dt { "Slowest listener" } dd { (slowest(queue)) } }
            }
            @if queue.dropped > 0 { (reasons(queue)) }
            (charts(queue))
            (listeners(queue))
        }
    }
}

fn depth(queue: &QueueView) -> Markup {
    let filled = fullness(queue);
    html! {
        div.depth {
            meter min="0" max=(queue.capacity.max(1)) low=(queue.capacity / 2) high=(queue.capacity - queue.capacity / 5) optimum="0"
                value=(queue.size) aria-label={ "Events waiting in " (queue.name) } { (percent(filled)) }
            span {
                strong data-field="size" data-value=(queue.size) { (count(queue.size)) }
                " of "
                span data-field="capacity" data-value=(queue.capacity) { (count(queue.capacity)) }
                " waiting (" (percent(filled)) ")"
            }
        }
    }
}

fn figure(name: &str, field: &str, per_second: f64) -> Markup {
    html! {
        div { dt { (name) } dd { span data-field=(field) data-value=(whole(per_second)) { (rate(per_second)) } } }
    }
}

fn slowest(queue: &QueueView) -> Markup {
    html! {
        @match queue.slowest() {
            None => { "no listener" },
            Some(listener) => { bdi { (listener.name) } ", " (percent(listener.share)) " of the time" },
        }
    }
}

fn by_reason(queue: &QueueView) -> impl Iterator<Item = (&&'static str, &u64)> {
    queue.dropped_by_reason.iter().filter(|(_, dropped)| **dropped > 0)
}

fn reasons(queue: &QueueView) -> Markup {
    html! {
        p.reasons {
            "Dropped: "
            @for (place, (reason, dropped)) in by_reason(queue).enumerate() {
                @if place > 0 { "; " }
                (count(*dropped)) " because " (why_dropped(reason))
            }
            ". " (rate(queue.dropped_per_second)) " of late."
        }
    }
}

fn charts(queue: &QueueView) -> Markup {
    let history = &queue.history;
    let waiting = Curve { class: "waiting", name: "waiting", values: counts(&history.size) };
    let posted = Curve { class: "in", name: "in", values: history.posted_per_second.clone() };
    let delivered = Curve { class: "out", name: "out", values: history.delivered_per_second.clone() };
    let dropped = Curve { class: "lost", name: "dropped", values: history.dropped_per_second.clone() };
    let limit = Some(super::format::float_of(queue.capacity)).filter(|capacity| *capacity > 0.0);
    let as_count: fn(f64) -> String = |value| count(whole(value));
    html! {
        div.charts {
            (chart(&Chart { title: "Events waiting", curves: vec![waiting], unit: as_count, limit }))
            (chart(&Chart { title: "In and out", curves: vec![posted, delivered], unit: rate, limit: None }))
            @if queue.dropped > 0 {
                (chart(&Chart { title: "Dropped", curves: vec![dropped], unit: rate, limit: None }))
            }
        }
    }
}

fn listeners(queue: &QueueView) -> Markup {
    html! {
        details id={ "listeners-" (queue.name) } {
            summary { (counted(queue.listeners.len(), "listener", "listeners")) }
            div.scroll tabindex="0" role="region" aria-label={ "Listeners of " (queue.name) } {
                table {
                    caption.unseen { "Listeners of " (queue.name) ", the busiest first" }
                    thead { tr {
                        th scope="col" { "Listener" }
                        th.n scope="col" { "Share of time" }
                        th.n scope="col" { "Events" }
                        th.n scope="col" { "Time in all" }
                        th.n scope="col" { "Per event" }
                        th.n scope="col" { "Panics" }
                    } }
                    tbody { @for listener in by_share(queue) { (listener_row(listener)) } }
                }
            }
        }
    }
}

fn listener_row(listener: &ListenerView) -> Markup {
    html! {
        tr {
            th scope="row" { bdi { (listener.name) } }
            td.n { (percent(listener.share)) }
            td.n { (count(listener.events)) }
            td.n { (seconds(listener.processing_seconds)) }
            td.n { (per_event(listener)) }
            td.n { (count(listener.panics)) }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with few digits")]
fn per_event(listener: &ListenerView) -> String {
    if listener.events == 0 {
        return NOTHING.to_owned();
    }
    let micros = listener.processing_seconds * 1e6 / listener.events as f64;
    if micros < 1_000.0 { format!("{micros:.1} µs") } else { seconds(micros / 1e6) }
}
