use std::collections::BTreeSet;

use listener_bus::events::{SchedulerEvent, StorageLevel, TaskEndReason};

use crate::events_data::{SQL_AND_SERVER_EVENTS, TASK_END_REASONS, core_events, json, storage_levels};

fn read(line: &str) -> SchedulerEvent {
    SchedulerEvent::from_json(line).expect(line)
}

#[test]
fn a_core_event_is_written_as_spark_wrote_it() {
    for line in core_events() {
        assert_eq!(read(line).to_json(), line);
    }
}

#[test]
fn no_core_event_is_other_and_every_kind_has_a_sample() {
    let events: Vec<SchedulerEvent> = core_events().map(read).collect();
    assert!(events.iter().all(|event| !matches!(event, SchedulerEvent::Other(_))));
    assert_eq!(events.iter().map(SchedulerEvent::name).collect::<BTreeSet<_>>().len(), 36);
}

#[test]
fn a_storage_level_is_written_as_spark_wrote_it() {
    for line in storage_levels() {
        let level: StorageLevel = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&level).unwrap(), line);
    }
    let nowhere = serde_json::to_string(&StorageLevel::default()).unwrap();
    assert_eq!(Some(nowhere.as_str()), storage_levels().next());
}

#[test]
fn a_task_end_reason_is_written_as_spark_wrote_it() {
    let mut kinds = BTreeSet::new();
    for line in TASK_END_REASONS.lines() {
        let reason: TaskEndReason = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&reason).unwrap(), line);
        assert!(!matches!(reason, TaskEndReason::Other(_)));
        kinds.insert(reason.name().to_owned());
    }
    assert_eq!(kinds.len(), 9);
}

#[test]
fn a_sql_or_server_event_is_kept_byte_for_byte() {
    let others =
        SQL_AND_SERVER_EVENTS.lines().filter(|line| line.contains(r#""Event":"org.apache.spark.sql"#));
    for line in others {
        let SchedulerEvent::Other(event) = read(line) else { panic!("{line}") };
        assert_eq!(event.name(), json(line)["Event"]);
        assert_eq!(event.json().as_str(), line);
        assert_eq!(SchedulerEvent::Other(event).to_json(), line);
    }
}

#[test]
fn every_sample_reads_back_what_it_wrote() {
    for line in core_events().chain(SQL_AND_SERVER_EVENTS.lines()) {
        let event = read(line);
        let mut written = Vec::new();
        event.write_json(&mut written).unwrap();
        assert_eq!(written, event.to_json().into_bytes());
        assert_eq!(read(&event.to_json()), event);
        assert_eq!(json(&event.to_json()), json(line));
        assert_eq!(serde_json::from_str::<SchedulerEvent>(line).unwrap(), event);
        assert_eq!(
            json(&serde_json::from_value::<SchedulerEvent>(json(line)).unwrap().to_json()),
            json(line)
        );
        assert_eq!(serde_json::from_reader::<_, SchedulerEvent>(line.as_bytes()).unwrap(), event);
        assert_eq!(serde_json::to_string(&event).unwrap(), event.to_json());
    }
}

#[cfg(target_pointer_width = "64")]
#[test]
fn an_event_takes_16_bytes() {
    assert_eq!(size_of::<SchedulerEvent>(), 16);
    assert_eq!(size_of::<listener_bus::events::UnknownFields>(), 8);
}
