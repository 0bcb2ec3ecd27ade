//! Lines that Spark wrote.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

pub(crate) const TASK_END_REASONS: &str = include_str!("../data/samples/task-end-reasons-4.1.4.jsonl");
pub(crate) const SQL_AND_SERVER_EVENTS: &str = include_str!("../data/samples/sql-server-events-4.1.4.jsonl");
const CORE: &str = include_str!("../data/samples/core-events-4.1.4.jsonl");

/// A line of every core event, of some more than one.
pub(crate) fn core_events() -> impl Iterator<Item = &'static str> {
    CORE.lines().filter(|line| line.starts_with(r#"{"Event":"#))
}

/// The storage levels that Spark has names for.
pub(crate) fn storage_levels() -> impl Iterator<Item = &'static str> {
    CORE.lines().filter(|line| line.starts_with(r#"{"Use Disk":"#))
}

/// The core events, and a task end for each reason.
pub(crate) fn core_events_with_reasons() -> Vec<Value> {
    let with_reason = |reason: &str| {
        let mut event = json(core_event("SparkListenerTaskEnd"));
        event["Task End Reason"] = json(reason);
        event
    };
    core_events().map(json).chain(TASK_END_REASONS.lines().map(with_reason)).collect()
}

/// The first line of the event `name`.
pub(crate) fn core_event(name: &str) -> &'static str {
    let start = format!(r#"{{"Event":"{name}""#);
    core_events().find(|line| line.starts_with(&start)).expect("there is a sample of every core event")
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("samples are JSON")
}

pub(crate) fn unzipped(gzip: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(gzip).read_to_string(&mut text).expect("logs are gzipped UTF-8");
    text
}

/// Visits every object of `event` that is a struct, with the name of that struct and the keys that lead to it.
///
/// Objects that are maps of properties, resources and the like have arbitrary keys and are left out.
pub(crate) fn visit_structs(event: &Value, visit: &mut impl FnMut(&str, &str)) {
    let name = event["Event"].as_str().expect("an event has a name");
    walk(event, name, "", visit);
}

fn walk(value: &Value, name: &str, pointer: &str, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(fields) => {
            let Some(name) = struct_at(name, pointer) else { return };
            visit(name, pointer);
            for (key, value) in fields {
                walk(value, key, &format!("{pointer}/{key}"), visit);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(element, name, &format!("{pointer}/{index}"), visit);
            }
        }
        _ => {}
    }
}

fn struct_at<'a>(key: &'a str, pointer: &str) -> Option<&'a str> {
    Some(match key {
        "Stage Info" | "Stage Infos" => "StageInfo",
        "Accumulables" | "Accumulator Updates" => "AccumulableInfo",
        "Block Manager Address" => "Block Manager ID",
        "Task Executor Metrics" => "Executor Metrics",
        "Log Urls" | "Attributes" | "Resources" | "Driver Logs" | "Driver Attributes" | "logUrlInfo" => {
            return None;
        }
        _ if key.ends_with("Properties") || key.ends_with("Requests") => return None,
        "JVM Information" | "Classpath Entries" => return None,
        _ if pointer.contains(" Requests/") || pointer.contains("/Resources/") => return None,
        _ => key,
    })
}
