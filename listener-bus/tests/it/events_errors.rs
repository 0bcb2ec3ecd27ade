use std::error::Error;

use listener_bus::events::{EventError, JobEnd, OtherEvent, SchedulerEvent};

use crate::events_data::{SQL_AND_SERVER_EVENTS, core_event, core_events, json};

fn error_of(line: &str) -> EventError {
    SchedulerEvent::from_json(line).expect_err(line)
}

#[test]
fn a_line_cut_anywhere_says_that_it_is_cut_short() {
    for line in core_events().chain(SQL_AND_SERVER_EVENTS.lines()) {
        for (end, _) in line.char_indices() {
            let error = error_of(&line[..end]);
            assert!(error.is_truncated(), "{error:?} for {}", &line[..end]);
            assert!(error.column() <= end + 1, "{error} for {end} bytes");
        }
    }
}

#[test]
fn a_cut_line_names_its_event_once_the_name_is_complete() {
    let line = core_event("SparkListenerTaskEnd");
    assert_eq!(error_of(&line[..15]).event(), None);
    let error = error_of(&line[..300]);
    assert_eq!(error.event(), Some("SparkListenerTaskEnd"));
    assert_eq!(error.to_string(), "SparkListenerTaskEnd is cut short at column 300");
}

#[test]
fn something_behind_the_object_is_corrupt_but_white_space_is_not() {
    for line in [core_event("SparkListenerJobEnd"), SQL_AND_SERVER_EVENTS.lines().last().unwrap()] {
        for junk in ["x", "}", line, " 1", "\0"] {
            let error = error_of(&format!("{line}{junk}"));
            assert!(matches!(error, EventError::NotJson { .. }), "{error:?}");
            assert!(error.event().is_some() && error.column() > line.len(), "{error}");
        }
        assert!(SchedulerEvent::from_json(&format!(" {line}\r\n")).is_ok());
    }
}

#[test]
fn what_is_not_json_says_where() {
    let error = error_of(r#"{"Event":"SparkListenerUnpersistRDD","RDD ID":x}"#);
    assert_eq!(error.to_string(), "SparkListenerUnpersistRDD is not valid JSON at column 47");
    assert_eq!(error_of("rubbish").to_string(), "an event is not valid JSON at column 1");
    assert!(error.source().is_some() && !error.is_truncated());
}

#[test]
fn the_column_counts_from_the_start_of_a_text_of_several_lines() {
    let text = "{\"Event\":\"SparkListenerUnpersistRDD\",\n\n\"RDD ID\":true}";
    let error = error_of(text);
    assert_eq!(error.column(), text.len() - 1);
    assert!(matches!(error, EventError::BadField { field, .. } if &*field == "RDD ID"));
}

#[test]
fn a_line_that_names_no_event_says_so() {
    for line in
        ["{}", "[]", "7", "null", r#""x""#, r#"{"event":"x"}"#, r#"{"Event":7}"#, r#"{"a":{"Event":"x"}}"#]
    {
        let error = error_of(line);
        assert!(matches!(error, EventError::NoEventName { .. }), "{error:?} for {line}");
        assert_eq!(error.event(), None);
        assert!(matches!(OtherEvent::from_json(line), Err(EventError::NoEventName { .. })));
    }
}

#[test]
fn an_empty_line_is_cut_short() {
    assert!(error_of("").is_truncated());
    assert!(error_of(" \n").is_truncated());
}

#[test]
fn a_bad_field_is_named_with_all_keys_that_lead_to_it() {
    let line =
        core_event("SparkListenerStageCompleted").replace(r#""Replication":1"#, r#""Replication":"1""#);
    let error = error_of(&line);
    let place = "`Stage Info.RDD Info.Storage Level.Replication` of SparkListenerStageCompleted";
    assert!(error.to_string().starts_with(&format!("cannot read the field {place} at column ")), "{error}");
    assert_eq!(error.event(), Some("SparkListenerStageCompleted"));
    assert_eq!(error.column(), line.find(r#""Replication":"1""#).unwrap() + r#""Replication":"1""#.len());
    assert!(error.source().unwrap().to_string().contains("invalid type"));
}

#[test]
fn a_missing_field_is_named_with_its_event() {
    let error = error_of(
        r#"{"Event":"SparkListenerJobEnd","Completion Time":6,"Job Result":{"Result":"JobFailed"}}"#,
    );
    let message = "cannot read the field `Job Result.Exception` of SparkListenerJobEnd at column 86";
    assert_eq!(error.to_string(), message);
    assert!(error.source().unwrap().to_string().contains("missing field `Exception`"));
}

#[test]
fn the_event_key_may_stand_anywhere_and_be_spaced_or_escaped() {
    for line in core_events() {
        let event = SchedulerEvent::from_json(line).unwrap();
        let (name, rest) = line[1..].split_once(',').unwrap();
        let late = format!("{{{},{name}}}", rest.strip_suffix('}').unwrap());
        assert_eq!(SchedulerEvent::from_json(&late).unwrap(), event, "{late}");
        let spaced = line.replacen(r#""Event":"#, r#" "Event" : "#, 1);
        assert_eq!(SchedulerEvent::from_json(&spaced).unwrap(), event);
        let escaped = line.replacen("SparkListener", r"Spark\u004cistener", 1);
        assert_eq!(SchedulerEvent::from_json(&escaped).unwrap(), event);
    }
}

#[test]
fn two_names_that_disagree_are_an_error() {
    let line = r#"{"Event":"SparkListenerUnpersistRDD","RDD ID":1,"Event":"SparkListenerJobEnd"}"#;
    assert!(error_of(line).to_string().contains("`Event` of SparkListenerUnpersistRDD"));
    assert!(serde_json::from_str::<JobEnd>(core_event("SparkListenerUnpersistRDD")).is_err());
}

#[test]
fn an_object_in_place_of_a_list_is_a_bad_field() {
    let mut event = json(core_event("SparkListenerJobStart"));
    for (field, wrong) in
        [("Stage IDs", "{}"), ("Properties", "[]"), ("Stage Infos", "[1]"), ("Job ID", "[]")]
    {
        let right = event[field].take();
        event[field] = json(wrong);
        let error = error_of(&event.to_string());
        assert!(
            matches!(&error, EventError::BadField { field: found, .. } if **found == *field),
            "{error:?}"
        );
        event[field] = right;
    }
}

#[test]
fn an_error_can_cross_threads() {
    fn check<T: Error + Send + Sync + 'static>() {}
    check::<EventError>();
}
