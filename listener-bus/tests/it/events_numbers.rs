use listener_bus::events::{
    AccumulatorValue, SchedulerEvent, StageAttemptId, StageId, TaskId, TaskResourceRequest, UnpersistRdd,
};
use serde_json::json;

use crate::events_data::{core_event, json};

/// Reads a task start with `launch_time` as the text of its launch time.
fn launch_time(text: &str) -> Result<i64, String> {
    let line = core_event("SparkListenerTaskStart")
        .replace(r#""Launch Time":100"#, &format!(r#""Launch Time":{text}"#));
    match SchedulerEvent::from_json(&line) {
        Ok(SchedulerEvent::TaskStart(event)) => {
            assert_eq!(
                json(&SchedulerEvent::TaskStart(event.clone()).to_json())["Task Info"]["Launch Time"],
                event.task_info.launch_time
            );
            Ok(event.task_info.launch_time)
        }
        Ok(event) => unreachable!("{event:?}"),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn integers_of_64_bits_stay_exact() {
    for number in [i64::MIN, i64::MIN + 1, -1, 0, 1, (1 << 53) + 1, i64::MAX - 1, i64::MAX] {
        assert_eq!(launch_time(&number.to_string()), Ok(number));
    }
}

#[test]
fn ids_beyond_the_doubles_stay_exact() {
    let line =
        core_event("SparkListenerTaskStart").replace(r#""Task ID":9,"#, r#""Task ID":9007199254740993,"#);
    let Ok(SchedulerEvent::TaskStart(event)) = SchedulerEvent::from_json(&line) else { panic!() };
    assert_eq!(event.task_info.task_id, TaskId(9_007_199_254_740_993));
    assert_eq!(SchedulerEvent::TaskStart(event).to_json(), line);
}

#[test]
fn an_integer_is_truncated_from_any_number() {
    for (text, number) in [("1.9", 1), ("-1.9", -1), ("0.1", 0), ("-0", 0), ("1e3", 1000), ("1.5E2", 150)] {
        assert_eq!(launch_time(text), Ok(number), "{text}");
    }
    assert_eq!(launch_time("-9.2e18"), Ok(-9_200_000_000_000_000_000));
}

#[test]
fn an_integer_that_does_not_fit_is_an_error_instead_of_wrapping_around() {
    for text in ["9223372036854775808", "18446744073709551616", "-9223372036854775809", "1e19", "-1e300"] {
        let error = launch_time(text).unwrap_err();
        assert!(error.contains("`Task Info.Launch Time` of SparkListenerTaskStart"), "{error}");
    }
    for text in ["2147483648", "-2147483649", "1e10"] {
        let line = format!(r#"{{"Event":"SparkListenerUnpersistRDD","RDD ID":{text}}}"#);
        assert!(SchedulerEvent::from_json(&line).is_err(), "{text}");
    }
    for number in [i32::MIN, i32::MAX] {
        let line = format!(r#"{{"Event":"SparkListenerUnpersistRDD","RDD ID":{number}}}"#);
        assert_eq!(SchedulerEvent::from_json(&line).unwrap().to_json(), line);
    }
}

#[test]
fn a_text_or_a_boolean_is_no_number_and_a_number_is_neither() {
    for text in [r#""1""#, "true", "[1]", "{}"] {
        assert!(launch_time(text).is_err(), "{text}");
    }
    let mut event = json(core_event("SparkListenerTaskStart"));
    for (field, wrong) in
        [("Failed", json!(0)), ("Failed", json!("false")), ("Host", json!(1)), ("Host", json!(true))]
    {
        let right = event["Task Info"][field].take();
        event["Task Info"][field] = wrong;
        let error = SchedulerEvent::from_json(&event.to_string()).unwrap_err().to_string();
        assert!(error.contains(&format!("`Task Info.{field}`")), "{error}");
        event["Task Info"][field] = right;
    }
}

#[test]
fn what_is_not_a_finite_number_is_written_as_null_and_read_back() {
    for amount in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let request = TaskResourceRequest { amount, ..Default::default() };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"Resource Name":"","Amount":null}"#);
        assert!(serde_json::from_str::<TaskResourceRequest>(&text).unwrap().amount.is_nan());
    }
    assert!(serde_json::from_str::<TaskResourceRequest>(r#"{"Resource Name":""}"#).is_err());
}

#[test]
fn an_amount_is_written_with_its_fraction() {
    let request = TaskResourceRequest { resource_name: "cpus".to_owned(), amount: 1.0, ..Default::default() };
    assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"Resource Name":"cpus","Amount":1.0}"#);
}

#[test]
fn an_id_is_a_bare_number() {
    assert_eq!(serde_json::to_string(&[StageId(7), StageId(-1)]).unwrap(), "[7,-1]");
    assert_eq!(serde_json::from_str::<StageAttemptId>("3.7").unwrap(), StageAttemptId(3));
    assert_eq!(
        (TaskId::from(5).to_string(), StageId::default().to_string()),
        ("5".to_owned(), "0".to_owned())
    );
    let event = UnpersistRdd { rdd_id: 4.into(), ..Default::default() };
    assert_eq!(SchedulerEvent::from(event).to_json(), r#"{"Event":"SparkListenerUnpersistRDD","RDD ID":4}"#);
}

#[test]
fn an_accumulated_integer_of_64_bits_stays_exact() {
    for number in [i64::MIN, -1, 0, (1 << 53) + 1, i64::MAX] {
        let value = AccumulatorValue::Integer(number);
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(text, number.to_string());
        assert_eq!(serde_json::from_str::<AccumulatorValue>(&text).unwrap(), value);
    }
}
