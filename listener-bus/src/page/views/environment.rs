//! The settings of an application, without its secrets.

use maud::{Markup, html};

use super::error::PageError;
use super::format::counted;
use super::layout::{application_header, no_application};
use super::table::{Head, table};
use super::visit::{Follows, Page, Section, Visit};
use crate::page::shown::environment_shown;
use crate::status::{EnvironmentInfo, ResourceProfileInfo, RuntimeInfo};

pub(super) fn page(visit: &Visit) -> Result<Page, PageError> {
    let Some(application) = visit.application()? else {
        return Ok(no_application(visit, "Environment", Section::Environment));
    };
    let environment = environment_shown(&application.environment);
    let main = html! {
        h1 { "Environment" }
        (application_header(application))
        (runtime(&environment.runtime))
        (profiles(&environment.resource_profiles))
        (settings(&environment))
    };
    Ok(Page {
        title: "Environment".to_owned(),
        section: Section::Environment,
        follows: Follows::Status,
        main,
    })
}

fn settings(environment: &EnvironmentInfo) -> Markup {
    let groups = [
        ("spark", "Settings of the application", &environment.spark_properties),
        ("system", "Settings of the virtual machine", &environment.system_properties),
        ("hadoop", "Settings of Hadoop", &environment.hadoop_properties),
        ("metrics", "Settings of the metrics", &environment.metrics_properties),
        ("classpath", "Class path", &environment.classpath_entries),
    ];
    html! {
        @if groups.iter().all(|(_, _, pairs)| pairs.is_empty()) { p.empty { "No settings have been told yet." } }
        @for (id, title, pairs) in groups {
            @if !pairs.is_empty() {
                details id={ "settings-" (id) } open[id == "spark"] {
                    summary { (title) ": " (counted(pairs.len(), "entry", "entries")) }
                    (pairs_table(id, title, pairs))
                }
            }
        }
    }
}

fn pairs_table(id: &str, title: &str, pairs: &[(String, String)]) -> Markup {
    let rows = html! {
        @for (name, value) in pairs { tr { th.long scope="row" { bdi { (name) } } td.long { bdi { (value) } } } }
    };
    table(&format!("pairs-{id}"), title, &[Head::Text("Name"), Head::Text("Value")], &rows)
}

fn runtime(runtime: &RuntimeInfo) -> Markup {
    let known = [
        ("Java", &runtime.java_version),
        ("Java home", &runtime.java_home),
        ("Scala", &runtime.scala_version),
    ];
    html! {
        dl.figures {
            @for (name, value) in known.into_iter().filter(|(_, value)| !value.is_empty()) {
                div { dt { (name) } dd { bdi { (value) } } }
            }
        }
    }
}

fn profiles(profiles: &[ResourceProfileInfo]) -> Markup {
    let rows = html! { @for profile in profiles { (profile_row(profile)) } };
    let heads = [Head::Number("Profile"), Head::Text("An executor has"), Head::Text("A task takes")];
    html! {
        @if !profiles.is_empty() {
            details #profiles {
                summary { (counted(profiles.len(), "resource profile", "resource profiles")) }
                (table("resource-profiles", "Resource profiles", &heads, &rows))
            }
        }
    }
}

fn profile_row(profile: &ResourceProfileInfo) -> Markup {
    html! {
        tr {
            th.n scope="row" { (profile.id) }
            td { @for (name, resource) in &profile.executor_resources { div { bdi { (name) } ": " (resource.amount) } } }
            td { @for (name, resource) in &profile.task_resources { div { bdi { (name) } ": " (resource.amount) } } }
        }
    }
}
