//! Events of any content.

use std::collections::BTreeMap;

use listener_bus::events::{
    AccumulableInfo, AccumulatorValue, ApplicationStart, Bare, ExceptionFailure, ExecutorId, FetchFailed,
    JobStart, JsonText, Locality, RddInfo, SchedulerEvent, StackTraceElement, StageCompleted, StageInfo,
    TaskEnd, TaskEndReason, TaskInfo, TaskMetrics, TaskType, UnknownFields, UnknownKind,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;

use crate::events_data::json;

/// Texts of any characters, with those that JSON escapes and those beyond 16 bits more often than chance has them.
fn text() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        any::<char>(),
        Just('"'),
        Just('\\'),
        Just('/'),
        Just('\n'),
        Just('\u{2028}'),
        Just('\0'),
        Just('\u{e9}'),
        Just('\u{1F600}'),
    ];
    vec(odd, 0..12).prop_map(|chars| chars.into_iter().collect())
}

fn extra() -> impl Strategy<Value = UnknownFields> {
    btree_map(text().prop_map(|key| format!("New {key}")), text(), 0..3).prop_map(|fields| {
        let mut extra = UnknownFields::default();
        for (key, value) in fields {
            extra.insert(key, json_text(&value));
        }
        extra
    })
}

fn json_text<T: Serialize>(value: &T) -> JsonText {
    JsonText::of(value).expect("texts, numbers and lists of them have a form in JSON")
}

fn properties() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..4)
}

fn accumulable() -> impl Strategy<Value = AccumulableInfo> {
    let value = || {
        option::of(prop_oneof![
            any::<i64>().prop_map(AccumulatorValue::Integer),
            text().prop_map(AccumulatorValue::Text),
            any::<u128>().prop_map(|n| json_text(&n).into()),
            vec(text(), 0..3).prop_map(|list| json_text(&list).into()),
        ])
    };
    (any::<i64>(), option::of(text()), value(), value(), any::<bool>(), option::of(text()), extra()).prop_map(
        |(id, name, update, value, internal, metadata, extra)| AccumulableInfo {
            id: id.into(),
            name,
            update,
            value,
            internal,
            metadata,
            extra,
            ..Default::default()
        },
    )
}

fn stage_info() -> impl Strategy<Value = StageInfo> {
    let rdd = (any::<i32>(), option::of(text()), option::of(text()), any::<bool>(), extra()).prop_map(
        |(id, name, scope, barrier, extra)| RddInfo {
            rdd_id: id.into(),
            name,
            scope,
            barrier,
            extra,
            ..Default::default()
        },
    );
    let times = (option::of(any::<i64>()), option::of(any::<i64>()), option::of(text()));
    (any::<i32>(), text(), text(), times, vec(rdd, 0..3), vec(accumulable(), 0..3), extra()).prop_map(
        |(id, stage_name, details, times, rdd_info, accumulables, extra)| StageInfo {
            stage_id: id.into(),
            stage_name,
            details,
            rdd_info,
            submission_time: times.0,
            completion_time: times.1,
            failure_reason: times.2,
            accumulables,
            extra,
            ..Default::default()
        },
    )
}

fn reason() -> impl Strategy<Value = TaskEndReason> {
    let frame =
        (text(), option::of(text()), any::<i32>()).prop_map(|(declaring_class, file_name, line_number)| {
            StackTraceElement { declaring_class, file_name, line_number, ..Default::default() }
        });
    let failure =
        (text(), option::of(text()), option::of(text()), vec(frame, 0..3), vec(accumulable(), 0..2));
    prop_oneof![
        Just(TaskEndReason::SUCCESS),
        extra().prop_map(|extra| TaskEndReason::Resubmitted(Bare { extra })),
        (text(), any::<i64>(), extra()).prop_map(|(message, map_id, extra)| {
            FetchFailed { message, map_id, extra, ..Default::default() }.into()
        }),
        failure.prop_map(|(class_name, description, full_stack_trace, stack_trace, accumulator_updates)| {
            let extra = UnknownFields::NONE;
            ExceptionFailure {
                class_name,
                description,
                stack_trace,
                full_stack_trace,
                accumulator_updates,
                extra,
            }
            .into()
        }),
        (text(), extra()).prop_map(|(name, extra)| {
            TaskEndReason::Other(Box::new(UnknownKind { name: format!("New {name}"), extra }))
        }),
    ]
}

fn task_end() -> impl Strategy<Value = TaskEnd> {
    let info = (any::<i64>(), text(), text(), vec(accumulable(), 0..4), extra()).prop_map(
        |(id, executor, locality, accumulables, extra)| TaskInfo {
            task_id: id.into(),
            executor_id: ExecutorId::from(executor),
            locality: Locality::from(locality.as_str()),
            accumulables,
            extra,
            ..Default::default()
        },
    );
    let metrics = (any::<i64>(), extra()).prop_map(|(executor_run_time, extra)| TaskMetrics {
        executor_run_time,
        extra,
        ..Default::default()
    });
    (text(), reason(), info, option::of(metrics), extra()).prop_map(
        |(task_type, task_end_reason, task_info, task_metrics, extra)| TaskEnd {
            task_type: TaskType::from(task_type.as_str()),
            task_end_reason,
            task_info,
            task_metrics,
            extra,
            ..Default::default()
        },
    )
}

fn event() -> impl Strategy<Value = SchedulerEvent> {
    let job_start = (vec(stage_info(), 0..3), vec(any::<i32>(), 0..3), option::of(properties()), extra())
        .prop_map(|(stage_infos, ids, properties, extra)| JobStart {
            stage_infos,
            stage_ids: ids.into_iter().map(Into::into).collect(),
            properties,
            extra,
            ..Default::default()
        });
    let application_start = (text(), option::of(text()), option::of(properties()), extra()).prop_map(
        |(app_name, app_id, driver_logs, extra)| ApplicationStart {
            app_name,
            app_id,
            driver_logs,
            extra,
            ..Default::default()
        },
    );
    let completed =
        (stage_info(), extra()).prop_map(|(stage_info, extra)| StageCompleted { stage_info, extra });
    prop_oneof![
        task_end().prop_map(SchedulerEvent::from),
        job_start.prop_map(SchedulerEvent::from),
        application_start.prop_map(SchedulerEvent::from),
        completed.prop_map(SchedulerEvent::from),
    ]
}

proptest! {
    #[test]
    fn any_event_is_read_back_as_it_was_written(event in event()) {
        let line = event.to_json();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(SchedulerEvent::from_json(&line).unwrap(), event.clone());
        let from_tree: SchedulerEvent = serde_json::from_value(json(&line)).unwrap();
        prop_assert_eq!(from_tree.name(), event.name());
    }

    #[test]
    fn no_text_makes_the_reader_panic(line in text(), cut in any::<prop::sample::Index>()) {
        let start = r#"{"Event":"SparkListenerJobStart","Job ID":1,"Stage IDs":[1],"Properties":{"a":"b"}"#;
        let start = &start[..cut.index(start.len() + 1)];
        for line in [line.clone(), format!("{start}{line}"), format!("{start}{line}}}")] {
            if let Ok(event) = SchedulerEvent::from_json(&line) {
                prop_assert_eq!(SchedulerEvent::from_json(&event.to_json()).unwrap(), event);
            }
        }
    }
}
