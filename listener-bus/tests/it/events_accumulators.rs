use listener_bus::events::{AccumulableInfo, AccumulatorValue, SchedulerEvent};

use crate::events_data::core_event;

/// The core event with all accumulated values replaced, and what was read from it.
fn with_value(text: &str) -> (String, SchedulerEvent) {
    let line = core_event("SparkListenerTaskEnd")
        .replace(r#""Update":3,"Value":4"#, &format!(r#""Update":{text},"Value":{text}"#));
    assert!(line.contains(&format!(r#""Update":{text}"#)));
    let event = SchedulerEvent::from_json(&line).expect("any value will do");
    (line, event)
}

fn accumulable(event: &SchedulerEvent, index: usize) -> &AccumulableInfo {
    let SchedulerEvent::TaskEnd(event) = event else { unreachable!("{event:?}") };
    &event.task_info.accumulables[index]
}

#[test]
fn a_value_of_any_type_is_written_as_it_was_read() {
    for text in [
        "7",
        "-7",
        r#""7""#,
        r#""""#,
        "true",
        "1.5",
        "1.10",
        "-0",
        "1e400",
        "18446744073709551615",
        "123456789012345678901234567890",
        "[]",
        r#"[{"Block ID":"rdd_0_0","Status":{"Memory Size":12345678901234567890123}},"x"]"#,
        r#"{"b":1,"a":[2,null]}"#,
        r#""\u00e9\n""#,
    ] {
        let (line, event) = with_value(text);
        let line = line.replace(r"\u00e9", "\u{e9}");
        assert_eq!(event.to_json(), line);
        assert_eq!(SchedulerEvent::from_json(&event.to_json()).unwrap(), event);
    }
}

#[test]
fn an_integer_and_a_text_have_variants_of_their_own() {
    assert_eq!(accumulable(&with_value("7").1, 1).value, Some(AccumulatorValue::Integer(7)));
    assert_eq!(accumulable(&with_value(r#""7""#).1, 1).value, Some(AccumulatorValue::Text("7".to_owned())));
    assert!(matches!(accumulable(&with_value("[7]").1, 1).value, Some(AccumulatorValue::Json(_))));
}

#[test]
fn an_odd_value_does_not_change_the_others() {
    let (_, event) = with_value("2.5");
    assert_eq!(accumulable(&event, 0).update, Some(AccumulatorValue::Text("3".to_owned())));
    assert_eq!(accumulable(&event, 2).value, Some(AccumulatorValue::Text("v".to_owned())));
}

#[test]
fn a_null_is_no_value() {
    assert_eq!(accumulable(&with_value("null").1, 1).update, None);
}

#[test]
fn a_value_is_the_same_read_alone_or_within_an_event() {
    for text in ["7", "-0", "1.5", r#""x""#, "[1]", "18446744073709551615"] {
        let alone: AccumulatorValue = serde_json::from_str(text).unwrap();
        assert_eq!(Some(alone), accumulable(&with_value(text).1, 1).value, "{text}");
    }
}
