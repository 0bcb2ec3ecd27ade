//! The document that describes the API.

use serde_json::Value;

use crate::spark_api::history;
use crate::support::{get, told};

#[test]
fn every_path_of_the_document_is_answered_and_has_what_it_requires() {
    let server = told(history(Some("1")));
    let document = get(&server, "/api/v1/openapi.json").json();
    let paths = document["paths"].as_object().expect("it has paths");
    for (path, operations) in paths.iter().filter(|(path, _)| *path != "/events") {
        let asked = path.replace("{application}", "app-1").replace("{application_attempt}", "1");
        let asked = asked.replace("{job}", "0").replace("{stage}", "0").replace("{stage_attempt}", "0");
        let answer = get(&server, &format!("/api/v1{asked}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let schema = &operations["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        check(&document, schema, &answer.json(), path);
    }
}

/// Whether a value has what a schema requires, and nothing that the schema does not tell of.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return check(document, document.pointer(pointer).expect("it is there"), value, place);
    }
    if let Value::Array(values) = value {
        for (place_of, each) in values.iter().enumerate() {
            check(document, &schema["items"], each, &format!("{place}/{place_of}"));
        }
    }
    let (Value::Object(fields), Some(properties)) = (value, schema["properties"].as_object()) else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(fields.contains_key(required), "{place} has no {required}");
    }
    for (name, field) in fields {
        assert!(properties.contains_key(name), "{place}/{name} is not described");
        check(document, &properties[name], field, &format!("{place}/{name}"));
    }
}
