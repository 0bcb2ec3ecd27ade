use std::collections::BTreeMap;

use listener_bus::events::SchedulerEvent;

use crate::events_data::{json, unzipped};

fn counts(log: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in log.lines() {
        let event = SchedulerEvent::from_json(line).expect(line);
        assert!(!matches!(event, SchedulerEvent::Other(_)), "{line}");
        assert_eq!(SchedulerEvent::from_json(&event.to_json()).expect(line), event);
        *counts.entry(event.name().trim_start_matches("SparkListener").to_owned()).or_default() += 1;
    }
    counts
}

fn expected<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[test]
fn a_log_of_spark_4_1_is_read_whole_and_written_as_it_was() {
    let log = unzipped(include_bytes!("../data/logs/b_barrier_ok.gz"));
    let found = counts(&log);
    assert_eq!(
        found,
        expected([
            ("ApplicationEnd", 1),
            ("ApplicationStart", 1),
            ("BlockManagerAdded", 1),
            ("EnvironmentUpdate", 1),
            ("ExecutorAdded", 1),
            ("JobEnd", 3),
            ("JobStart", 3),
            ("LogStart", 1),
            ("ResourceProfileAdded", 1),
            ("StageCompleted", 4),
            ("StageSubmitted", 4),
            ("TaskEnd", 14),
            ("TaskStart", 14),
        ])
    );
    assert_eq!(found.values().sum::<usize>(), 49);
    for line in log.lines() {
        assert_eq!(json(&SchedulerEvent::from_json(line).unwrap().to_json()), json(line));
    }
}

#[test]
fn a_log_of_spark_2_4_is_read_whole() {
    let log = unzipped(include_bytes!("../data/logs/v248-a_wordcount.gz"));
    let found = counts(&log);
    assert_eq!(
        found,
        expected([
            ("ApplicationEnd", 1),
            ("ApplicationStart", 1),
            ("BlockManagerAdded", 1),
            ("EnvironmentUpdate", 1),
            ("ExecutorAdded", 1),
            ("JobEnd", 6),
            ("JobStart", 6),
            ("LogStart", 1),
            ("StageCompleted", 9),
            ("StageSubmitted", 9),
            ("TaskEnd", 28),
            ("TaskStart", 28),
        ])
    );
    assert_eq!(found.values().sum::<usize>(), 92);
}

#[test]
fn what_spark_2_4_did_not_write_is_added_and_nothing_else_changes() {
    let log = unzipped(include_bytes!("../data/logs/v248-a_wordcount.gz"));
    for line in log.lines() {
        let (old, new) = (json(line), json(&SchedulerEvent::from_json(line).unwrap().to_json()));
        assert!(contains(&new, &old), "{new} instead of {old}");
    }
}

/// Whether `new` is `old`, apart from fields that only `new` has.
fn contains(new: &serde_json::Value, old: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (new, old) {
        (Object(new), Object(old)) => {
            old.iter().all(|(key, old)| new.get(key).is_some_and(|new| contains(new, old)))
        }
        (Array(new), Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| contains(new, old))
        }
        _ => new == old,
    }
}
