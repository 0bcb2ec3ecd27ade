use std::collections::HashSet;

use listener_bus::events::SchedulerEvent;
use serde_json::{Map, Value, json};

use crate::events_data::{core_event, core_events_with_reasons, json, visit_structs};

/// Stands for a field that is not written.
const OMITTED: &str = "omitted";
/// Stands for an object whose numbers are all 0.
const ZEROS: &str = "zeros";

/// What is written for the fields of structs that were absent, or null, when they were read.
///
/// All other fields are required, but for those of the events with full class names.
const DEFAULTS: &[(&str, &[&str], &str)] = &[
    ("StageInfo", &["Stage Attempt ID", "Resource Profile Id", "Shuffle Push Mergers Count"], "0"),
    ("StageInfo", &["Parent IDs", "Accumulables"], "[]"),
    ("StageInfo", &["Details"], r#""""#),
    ("StageInfo", &["Shuffle Push Enabled"], "false"),
    ("StageInfo", &["Submission Time", "Completion Time", "Failure Reason"], OMITTED),
    ("RDD Info", &["Name"], "null"),
    ("RDD Info", &["Scope"], OMITTED),
    ("RDD Info", &["Callsite"], r#""""#),
    ("RDD Info", &["Parent IDs"], "[]"),
    ("RDD Info", &["Barrier"], "false"),
    ("RDD Info", &["DeterministicLevel"], r#""DETERMINATE""#),
    ("Storage Level", &["Use Off Heap"], "false"),
    ("Task Info", &["Attempt"], "1"),
    ("Task Info", &["Partition ID"], "-1"),
    ("Task Info", &["Speculative", "Killed"], "false"),
    ("Task Info", &["Accumulables"], "[]"),
    ("AccumulableInfo", &["Name", "Update", "Value", "Metadata"], OMITTED),
    ("AccumulableInfo", &["Internal", "Count Failed Values"], "false"),
    ("Task Metrics", &["Executor Deserialize CPU Time", "Executor CPU Time", "Peak Execution Memory"], "0"),
    ("Task Metrics", &["Peak On Heap Execution Memory", "Peak Off Heap Execution Memory"], "0"),
    (
        "Task Metrics",
        &["Shuffle Read Metrics", "Shuffle Write Metrics", "Input Metrics", "Output Metrics"],
        ZEROS,
    ),
    ("Task Metrics", &["Updated Blocks"], "[]"),
    ("Shuffle Read Metrics", &["Remote Bytes Read To Disk", "Local Bytes Read", "Total Records Read"], "0"),
    ("Shuffle Read Metrics", &["Remote Requests Duration"], "0"),
    ("Shuffle Read Metrics", &["Push Based Shuffle"], ZEROS),
    ("Push Based Shuffle", &["Corrupt Merged Block Chunks", "Merged Fetch Fallback Count"], "0"),
    ("Push Based Shuffle", &["Merged Remote Blocks Fetched", "Merged Local Blocks Fetched"], "0"),
    ("Push Based Shuffle", &["Merged Remote Chunks Fetched", "Merged Local Chunks Fetched"], "0"),
    ("Push Based Shuffle", &["Merged Remote Bytes Read", "Merged Local Bytes Read"], "0"),
    ("Push Based Shuffle", &["Merged Remote Requests Duration"], "0"),
    ("Shuffle Write Metrics", &["Shuffle Records Written"], "0"),
    ("Input Metrics", &["Records Read"], "0"),
    ("Output Metrics", &["Records Written"], "0"),
    ("Executor Metrics", &["JVMHeapMemory", "JVMOffHeapMemory", "DirectPoolMemory", "MappedPoolMemory"], "0"),
    ("Executor Metrics", &["OnHeapExecutionMemory", "OffHeapExecutionMemory"], "0"),
    ("Executor Metrics", &["OnHeapStorageMemory", "OffHeapStorageMemory"], "0"),
    ("Executor Metrics", &["OnHeapUnifiedMemory", "OffHeapUnifiedMemory"], "0"),
    ("Executor Metrics", &["ProcessTreeJVMVMemory", "ProcessTreeJVMRSSMemory"], "0"),
    ("Executor Metrics", &["ProcessTreePythonVMemory", "ProcessTreePythonRSSMemory"], "0"),
    ("Executor Metrics", &["ProcessTreeOtherVMemory", "ProcessTreeOtherRSSMemory"], "0"),
    ("Executor Metrics", &["MinorGCCount", "MinorGCTime", "MajorGCCount", "MajorGCTime", "TotalGCTime"], "0"),
    ("Executor Metrics", &["ConcurrentGCCount", "ConcurrentGCTime"], "0"),
    ("Executor Info", &["Attributes", "Resources"], "{}"),
    ("Executor Info", &["Resource Profile Id"], "0"),
    ("Executor Info", &["Registration Time", "Request Time"], OMITTED),
    ("Stack Trace", &["File Name"], "null"),
    ("Exception", &["Message"], "null"),
    ("Exception", &["Stack Trace"], "[]"),
    ("Task End Reason", &["Block Manager Address", "Loss Reason"], OMITTED),
    ("Task End Reason", &["Map Index"], "-2147483648"),
    ("Task End Reason", &["Message"], r#""Unknown reason""#),
    ("Task End Reason", &["Stack Trace", "Accumulator Updates"], "[]"),
    ("Task End Reason", &["Description", "Full Stack Trace"], "null"),
    ("Task End Reason", &["Kill Reason"], r#""unknown reason""#),
    ("Task End Reason", &["Job ID", "Partition ID", "Attempt Number"], "-1"),
    ("Task End Reason", &["Executor ID"], r#""Unknown""#),
    ("Task End Reason", &["Exit Caused By App"], "true"),
    (
        "SparkListenerApplicationStart",
        &["App ID", "App Attempt ID", "Driver Logs", "Driver Attributes"],
        OMITTED,
    ),
    ("SparkListenerApplicationEnd", &["ExitCode"], OMITTED),
    ("SparkListenerEnvironmentUpdate", &["Hadoop Properties", "Metrics Properties"], "{}"),
    ("SparkListenerBlockManagerAdded", &["Timestamp"], "-1"),
    ("SparkListenerBlockManagerAdded", &["Maximum Onheap Memory", "Maximum Offheap Memory"], OMITTED),
    ("SparkListenerBlockManagerRemoved", &["Timestamp"], "-1"),
    ("SparkListenerJobStart", &["Submission Time"], "-1"),
    ("SparkListenerJobStart", &["Stage Infos"], UNKNOWN_STAGE_1),
    ("SparkListenerJobStart", &["Properties"], OMITTED),
    ("SparkListenerJobEnd", &["Completion Time"], "-1"),
    ("SparkListenerStageSubmitted", &["Properties"], OMITTED),
    ("SparkListenerTaskStart", &["Stage Attempt ID"], "0"),
    ("SparkListenerTaskEnd", &["Stage Attempt ID"], "0"),
    ("SparkListenerTaskEnd", &["Task Executor Metrics"], ZEROS),
    ("SparkListenerTaskEnd", &["Task Metrics"], OMITTED),
    ("SparkListenerExecutorMetricsUpdate", &["Executor Metrics Updated"], "[]"),
    ("info", &["hostPort"], r#""""#),
    ("info", &["cores"], "0"),
    ("info", &["logUrlInfo"], "{}"),
];

const UNKNOWN_STAGE_1: &str = r#"[{"Stage ID": 1, "Stage Attempt ID": 0, "Stage Name": "unknown", "Number of Tasks": 0,
    "RDD Info": [], "Parent IDs": [], "Details": "unknown", "Accumulables": [], "Resource Profile Id": 0,
    "Shuffle Push Enabled": false, "Shuffle Push Mergers Count": 0}]"#;

/// The defaults in events with full class names, whatever the event.
const REFLECTIVE_DEFAULTS: &[(&[&str], &str)] = &[
    (&["time", "taskFailures", "executorFailures", "stageId", "stageAttemptId"], "0"),
    (&["executorId", "hostId", "processId"], r#""""#),
    (&["info"], r#"{"hostPort": "", "cores": 0, "logUrlInfo": {}}"#),
];

/// What is written for `field` if it was absent; `None` if that is an error.
fn default_of(field: &Field<'_>) -> Option<&'static str> {
    if field.holder.contains('.') {
        let row = REFLECTIVE_DEFAULTS.iter().find(|(keys, _)| keys.contains(&field.key));
        return row.map(|(_, default)| *default);
    }
    let row = DEFAULTS.iter().find(|(holder, keys, _)| *holder == field.holder && keys.contains(&field.key));
    row.map(|(_, _, default)| *default)
}

/// A field of an event.
#[derive(Debug)]
struct Field<'a> {
    event: &'a Value,
    /// The struct that has the field.
    holder: &'a str,
    /// Where that struct is.
    pointer: &'a str,
    key: &'a str,
}

impl Field<'_> {
    /// The struct that has the field, in `event`.
    fn object<'e>(&self, event: &'e mut Value) -> &'e mut Map<String, Value> {
        event.pointer_mut(self.pointer).and_then(Value::as_object_mut).expect("it is in the sample")
    }

    /// Reads and writes the event after it was changed by `change`, and checks what became of the field.
    fn check_absent(&self, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut event = self.event.clone();
        change(self.object(&mut event));
        match (default_of(self), SchedulerEvent::from_json(&event.to_string())) {
            (Some(default), Ok(read)) => {
                let written = self.object(&mut json(&read.to_json())).remove(self.key);
                assert_eq!(written, self.expected(default), "{self:?}");
            }
            (None, Err(error)) => {
                assert_eq!(error.event(), event["Event"].as_str());
                assert!(
                    error.to_string().contains(&format!("{}` of Spark", self.key)),
                    "{error} for {self:?}"
                );
                assert!(!error.is_truncated());
            }
            (_, result) => unreachable!("{result:?} for {self:?}"),
        }
    }

    fn expected(&self, default: &str) -> Option<Value> {
        match default {
            OMITTED => None,
            ZEROS => Some(zeros(self.object(&mut self.event.clone())[self.key].take())),
            _ => Some(json(default)),
        }
    }
}

fn zeros(mut object: Value) -> Value {
    let numbers =
        object.as_object_mut().into_iter().flat_map(Map::values_mut).filter(|value| value.is_number());
    numbers.for_each(|number| *number = 0.into());
    object
}

/// Calls `check` for every field of every struct of every sample, but for those that tell kinds apart.
fn for_each_field(mut check: impl FnMut(&Field<'_>)) {
    for event in core_events_with_reasons() {
        visit_structs(&event, &mut |holder, pointer| {
            let object = event.pointer(pointer).and_then(Value::as_object).into_iter();
            let keys = object
                .flat_map(Map::keys)
                .filter(|key| !["Event", "Reason", "Result"].contains(&key.as_str()));
            keys.for_each(|key| check(&Field { event: &event, holder, pointer, key }));
        });
    }
}

#[test]
fn an_absent_field_has_its_documented_default_or_is_an_error_that_names_it() {
    let mut fields = 0;
    for_each_field(|field| {
        field.check_absent(|object| drop(object.remove(field.key)));
        fields += 1;
    });
    assert!(fields > 500, "only {fields} fields were checked");
}

#[test]
fn a_null_is_read_like_an_absent_field() {
    for_each_field(|field| field.check_absent(|object| object[field.key] = Value::Null));
}

#[test]
fn every_documented_default_is_checked() {
    let mut found = HashSet::new();
    for_each_field(|field| found.extend([(field.holder.to_owned(), field.key.to_owned())]));
    for (holder, keys, _) in DEFAULTS {
        for key in *keys {
            assert!(
                found.contains(&((*holder).to_owned(), (*key).to_owned())),
                "{key} of {holder} is in no sample"
            );
        }
    }
}

#[test]
fn a_missing_kind_of_reason_or_result_is_an_error_that_names_it() {
    let tags = [
        ("SparkListenerTaskEnd", "Task End Reason", "Reason"),
        ("SparkListenerJobEnd", "Job Result", "Result"),
    ];
    for (name, field, tag) in tags {
        for value in [json!({}), json!({"Other": 1}), json!({tag: 1}), json!({"A": 1, tag: null})] {
            let mut event = json(core_event(name));
            event[field] = value;
            let error = SchedulerEvent::from_json(&event.to_string()).unwrap_err();
            assert_eq!(error.event(), Some(name));
            assert!(error.to_string().contains(&format!("`{field}.{tag}`")), "{error}");
        }
    }
}

#[test]
fn an_explicit_empty_list_of_stages_stays_empty() {
    let mut event = json(core_event("SparkListenerJobStart"));
    event["Stage Infos"] = json!([]);
    assert_eq!(json(&SchedulerEvent::from_json(&event.to_string()).unwrap().to_json()), event);
}
