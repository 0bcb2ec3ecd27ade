//! Every kind of event, with odd values in its fields.

use listener_bus::SchedulerEvent;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::events_data::{core_events_with_reasons, json};

/// What is put into a field: a value of each type, or nothing at all.
fn odd_values() -> [Option<Value>; 12] {
    [
        Some(json!(i64::MIN)),
        Some(json!(i64::MAX)),
        Some(json!(9_007_199_254_740_993_i64)),
        Some(json!(i32::MIN)),
        Some(json!(i32::MAX)),
        Some(json!(0)),
        Some(json!("")),
        Some(json!("\u{0}\"\\\n\u{2028}é\u{1F600}")),
        Some(json!(true)),
        Some(json!([])),
        Some(Value::Null),
        None,
    ]
}

/// The keys that lead to each value within `value`, but for what makes the event the kind it is.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, child)| (escaped(key), child)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let pointer = format!("{at}/{key}");
        pointers(child, &pointer, all);
        if pointer != "/Event" {
            all.push(pointer);
        }
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The event with another value at `pointer`.
fn changed(event: &Value, pointer: &str, to: Option<&Value>) -> Option<Value> {
    let mut event = event.clone();
    if let Some(value) = to {
        *event.pointer_mut(pointer)? = value.clone();
    } else {
        let (parent, key) = pointer.rsplit_once('/')?;
        let key = key.replace("~1", "/").replace("~0", "~");
        event.pointer_mut(parent)?.as_object_mut()?.remove(&key)?;
    }
    Some(event)
}

/// Whether every value of `old` that says something is in `new`.
fn keeps(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => old.iter().all(|(key, old)| match new.get(key) {
            Some(new) => old.is_null() || keeps(new, old),
            None => old.is_null(),
        }),
        (Value::Array(new), Value::Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| old.is_null() || keeps(new, old))
        }
        // The amount of a resource is the one number with a fraction.
        (Value::Number(new), Value::Number(old)) if new.is_f64() => new.as_f64() == old.as_f64(),
        _ => new == old,
    }
}

proptest! {
    // Each case is about every kind of event.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_kind_of_event_keeps_odd_values_or_says_which_field_is_wrong(
        changes in vec((any::<Index>(), any::<Index>()), 1..8),
    ) {
        for sample in core_events_with_reasons() {
            let mut event = sample;
            for (place, value) in &changes {
                let mut places = Vec::new();
                pointers(&event, "", &mut places);
                if places.is_empty() {
                    continue;
                }
                let values = odd_values();
                let Some(odd) = changed(&event, place.get::<String>(&places), value.get(&values).as_ref()) else { continue };
                match SchedulerEvent::from_json(&odd.to_string()) {
                    Ok(_) => event = odd,
                    Err(error) => prop_assert_eq!(error.event(), event["Event"].as_str(), "{}", error),
                }
            }
            let read = SchedulerEvent::from_json(&event.to_string()).unwrap();
            let written = read.to_json();
            // As text: an amount that is not a number is not equal to itself.
            let again = SchedulerEvent::from_json(&written).unwrap();
            prop_assert_eq!(format!("{again:?}"), format!("{read:?}"), "{}", event);
            prop_assert!(keeps(&json(&written), &event), "{}\nis written as\n{}", event, written);
        }
    }
}
