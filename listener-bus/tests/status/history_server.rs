//! What is kept of real applications is what Spark's History Server tells of them.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{data, events_of, told};

/// Folders of the server's answers, and the logs it answered for.
const APPLICATIONS: [(&str, &str); 5] = [
    ("a_wordcount", "history-server/a_wordcount/local-1795229426049.gz"),
    ("b_barrier_ok", "event-logs/local-1795229444397.gz"),
    ("d_failures", "history-server/d_failures/local-1795229469166.gz"),
    ("e_sql_aqe_cache", "event-logs/local-1795229489076.gz"),
    ("h_executor_loss", "history-server/h_executor_loss/app-20261121032342-0000.gz"),
];

/// Fields that Spark does not have.
const OURS: [&str; 2] = ["failureReason", "unknownSince"];

fn answer(application: &str, what: &str) -> Vec<Value> {
    let path = data(&format!("history-server/{application}/{what}.json"));
    serde_json::from_slice(&fs::read(path).expect("it is there")).expect("it is JSON")
}

/// Where two objects differ, field by field.
fn differences(ours: &Value, theirs: &Value, known: &[&str]) -> BTreeMap<String, (Value, Value)> {
    let (ours, theirs) = (ours.as_object().expect("an object"), theirs.as_object().expect("an object"));
    let keys = ours.keys().chain(theirs.keys()).filter(|key| !known.contains(&key.as_str()));
    let pairs = keys.map(|key| {
        let of = |object: &serde_json::Map<_, _>| object.get(key).cloned().unwrap_or(Value::Null);
        (key.clone(), (of(ours), of(theirs)))
    });
    pairs.filter(|(_, (ours, theirs))| ours != theirs).collect()
}

fn assert_equal(what: &str, ours: &[Value], theirs: &[Value], known: &[&str]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let mut all = Vec::new();
    for (ours, theirs) in ours.iter().zip(theirs) {
        let differences = differences(ours, theirs, known);
        if !differences.is_empty() {
            all.push(format!("{what} {:?}: {differences:?}", theirs.get("stageId").or(theirs.get("jobId"))));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("it has a form in JSON")
}

#[test]
fn jobs_are_as_the_history_server_shows_them() {
    for (name, log) in APPLICATIONS {
        let view = told(&events_of(log)).view();
        let jobs = view.current().expect("there is one").jobs.values().rev();
        let ours: Vec<_> = jobs.map(|job| json(&**job)).collect();
        assert_equal(name, &ours, &answer(name, "jobs"), &OURS);
    }
}

#[test]
fn stages_are_as_the_history_server_shows_them() {
    for (name, log) in APPLICATIONS {
        let view = told(&events_of(log)).view();
        let stages = view.current().expect("there is one").stages.values().rev();
        let ours: Vec<_> = stages.map(|stage| json(stage.data())).collect();
        assert_equal(name, &ours, &answer(name, "stages"), &[]);
    }
}

#[test]
fn executors_are_as_the_history_server_shows_them() {
    for (name, log) in APPLICATIONS {
        let view = told(&events_of(log)).view();
        let executors = view.current().expect("there is one").executors.values();
        let ours: Vec<_> = executors.map(|executor| json(&**executor)).collect();
        assert_equal(name, &ours, &answer(name, "allexecutors"), &OURS);
    }
}
