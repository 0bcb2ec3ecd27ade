use std::collections::HashMap;

use listener_bus::events::{
    DeterministicLevel, JobResult, JsonText, Locality, SchedulerEvent, StageCompleted, TaskEndReason,
    TaskType,
};
use serde_json::{Value, json};

use crate::events_data::{core_event, core_events_with_reasons, json, visit_structs};

fn read(event: &Value) -> SchedulerEvent {
    SchedulerEvent::from_json(&event.to_string()).expect("it was an event before the change")
}

fn written(event: &SchedulerEvent) -> Value {
    json(&event.to_json())
}

fn rewritten(event: &Value) -> Value {
    written(&read(event))
}

#[test]
fn an_unknown_field_of_any_struct_is_written_again() {
    let mut places = 0;
    for event in core_events_with_reasons() {
        visit_structs(&event, &mut |_, pointer| {
            let mut event = event.clone();
            let object = event.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            object.insert("A Newer Field".to_owned(), json!({"b": [1, null, "\u{1F600}"], "a": 2.5}));
            object.insert("Zzz".to_owned(), Value::Null);
            assert_eq!(rewritten(&event), event);
            assert_eq!(read(&rewritten(&event)), read(&event));
            places += 1;
        });
    }
    assert!(places > 100, "only {places} structs were checked");
}

#[test]
fn an_unknown_field_keeps_its_text() {
    let line = r#"{"Event":"SparkListenerUnpersistRDD","RDD ID":4,"New":[123456789012345678901234567890,1.10,-0,1E5]}"#;
    assert_eq!(SchedulerEvent::from_json(line).unwrap().to_json(), line);
}

#[test]
fn unknown_fields_can_be_read_and_added() {
    let line = r#"{"Event":"SparkListenerUnpersistRDD","RDD ID":4,"New":[1,2]}"#;
    let Ok(SchedulerEvent::UnpersistRdd(mut event)) = SchedulerEvent::from_json(line) else { panic!() };
    assert_eq!(event.extra.get("New").unwrap().read::<Vec<i32>>().unwrap(), [1, 2]);
    assert_eq!(event.extra.get("Old"), None);
    assert!(event.extra.insert("Also", JsonText::of("yes").unwrap()).is_none());
    let keys: Vec<&str> = event.extra.iter().map(|(key, _)| key).collect();
    assert_eq!((keys, event.extra.len()), (vec!["Also", "New"], 2));
    let text = SchedulerEvent::from(*event).to_json();
    assert_eq!(text, r#"{"Event":"SparkListenerUnpersistRDD","RDD ID":4,"Also":"yes","New":[1,2]}"#);
}

#[test]
fn the_event_key_is_no_unknown_field() {
    let text = core_event("SparkListenerStageCompleted");
    let event: StageCompleted = serde_json::from_str(text).unwrap();
    assert!(event.extra.is_empty());
    assert_eq!(serde_json::to_string(&event).unwrap(), text);
}

#[test]
fn an_unknown_reason_keeps_its_fields() {
    let mut event = json(core_event("SparkListenerTaskEnd"));
    event["Task End Reason"] = json!({"Reason": "Abducted", "By": {"Whom": "aliens"}, "Times": 3});
    let read = read(&event);
    assert_eq!(written(&read), event);
    let SchedulerEvent::TaskEnd(task_end) = read else { panic!() };
    let TaskEndReason::Other(reason) = &task_end.task_end_reason else { panic!() };
    assert_eq!((task_end.task_end_reason.name(), reason.name.as_str()), ("Abducted", "Abducted"));
    assert_eq!(reason.extra.get("Times").unwrap().as_str(), "3");
    assert!(!task_end.task_end_reason.is_success());
}

#[test]
fn an_unknown_result_keeps_its_fields() {
    let mut event = json(core_event("SparkListenerJobEnd"));
    event["Job Result"] = json!({"Result": "JobPostponed", "Until": "tomorrow"});
    let read = read(&event);
    assert_eq!(written(&read), event);
    let SchedulerEvent::JobEnd(job_end) = read else { panic!() };
    assert!(matches!(&job_end.job_result, JobResult::Other(result) if result.name == "JobPostponed"));
}

#[test]
fn a_reason_is_recognised_wherever_its_kind_stands() {
    for event in core_events_with_reasons() {
        let Some(reason) = event.get("Task End Reason") else { continue };
        let mut late = serde_json::to_string(reason).unwrap();
        let tag = format!(r#""Reason":{}"#, reason["Reason"]);
        late = late.replacen(&format!("{tag},"), "", 1).replacen(&tag, "", 1).replace(",}", "}");
        let comma = if late == "{}" { "" } else { "," };
        late.truncate(late.len() - 1);
        late = format!("{late}{comma}{tag}}}");
        let early: TaskEndReason = serde_json::from_value(reason.clone()).unwrap();
        assert_eq!(serde_json::from_str::<TaskEndReason>(&late).unwrap(), early, "{late}");
    }
}

#[test]
fn unknown_texts_are_kept() {
    let mut event = json(core_event("SparkListenerTaskEnd"));
    event["Task Type"] = json!("Ta\u{df}k");
    event["Task Info"]["Locality"] = json!("MOON_LOCAL");
    assert_eq!(rewritten(&event), event);

    let mut event = json(core_event("SparkListenerStageCompleted"));
    event["Stage Info"]["RDD Info"][0]["DeterministicLevel"] = json!("");
    assert_eq!(rewritten(&event), event);

    assert_eq!(Locality::from("MOON_LOCAL").as_str(), "MOON_LOCAL");
    assert_eq!(Locality::from("ANY"), Locality::Any);
    assert_eq!(TaskType::from("ResultTask"), TaskType::Result);
    assert_eq!(DeterministicLevel::from("UNORDERED").to_string(), "UNORDERED");
}

#[test]
fn an_unknown_event_keeps_its_text_but_for_line_breaks() {
    let line = "{ \"b\": 123456789012345678901234567890,\r\n \"Event\" : \"a.b.C\",\n\t\"x\\n\": 1.10 }";
    let SchedulerEvent::Other(event) = SchedulerEvent::from_json(line).unwrap() else { panic!() };
    assert_eq!(event.name(), "a.b.C");
    assert_eq!(event.json().as_str(), line.replace(['\r', '\n'], " "));
    assert_eq!(event.read::<HashMap<String, Value>>().unwrap()["x\n"], json!(1.1));
}

#[test]
fn a_core_event_under_its_full_class_name_is_other() {
    let line = r#"{"Event":"org.apache.spark.scheduler.SparkListenerApplicationEnd","Timestamp":1}"#;
    assert!(matches!(SchedulerEvent::from_json(line), Ok(SchedulerEvent::Other(_))));
}

#[test]
fn old_metrics_of_a_failed_task_are_kept() {
    let text =
        r#"{"Reason":"ExceptionFailure","Class Name":"C","Description":"d","Metrics":{"Result Size":1}}"#;
    let TaskEndReason::ExceptionFailure(failure) = serde_json::from_str(text).unwrap() else { panic!() };
    assert_eq!(failure.extra.get("Metrics").unwrap().as_str(), r#"{"Result Size":1}"#);
    assert!(failure.accumulator_updates.is_empty());
}
