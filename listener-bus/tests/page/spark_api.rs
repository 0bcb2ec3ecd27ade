//! What is asked of Spark's API.

use serde_json::{Value, json};

use crate::support::{get, told};

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\u{202e}\n\"'&\\\u{0}";

pub(crate) fn application(attempt: Option<&str>) -> Value {
    json!({"Event": "SparkListenerApplicationStart", "App Name": HOSTILE, "App ID": "app-1", "Timestamp": 1,
           "User": "u", "App Attempt ID": attempt})
}

fn stage(id: i32) -> Value {
    json!({"Stage ID": id, "Stage Attempt ID": 0, "Stage Name": HOSTILE, "Number of Tasks": 40, "RDD Info": [],
           "Parent IDs": [], "Details": HOSTILE, "Submission Time": 10, "Accumulables": []})
}

pub(crate) fn job_start(id: i32) -> Value {
    json!({"Event": "SparkListenerJobStart", "Job ID": id, "Submission Time": 5, "Stage Infos": [stage(id)],
           "Stage IDs": [id], "Properties": {"spark.job.description": HOSTILE, "user.password": "sesame"}})
}

fn stage_submitted(id: i32) -> Value {
    json!({"Event": "SparkListenerStageSubmitted", "Stage Info": stage(id), "Properties": {}})
}

fn task_info(id: i64, finish: i64, failed: &Value) -> Value {
    json!({"Task ID": id, "Index": id, "Attempt": 0, "Partition ID": id, "Launch Time": 100, "Executor ID": "1",
           "Host": "h", "Locality": "ANY", "Speculative": false, "Getting Result Time": 0, "Finish Time": finish,
           "Failed": failed, "Killed": false, "Accumulables": []})
}

pub(crate) fn task_start(stage: i32, id: i64) -> Value {
    json!({"Event": "SparkListenerTaskStart", "Stage ID": stage, "Stage Attempt ID": 0,
           "Task Info": task_info(id, 0, &json!(false))})
}

fn task_end(stage: i32, id: i64, reason: &Value) -> Value {
    let failed = json!(reason["Reason"] != "Success");
    json!({"Event": "SparkListenerTaskEnd", "Stage ID": stage, "Stage Attempt ID": 0, "Task Type": "ResultTask",
           "Task End Reason": reason, "Task Info": task_info(id, 200 + id, &failed)})
}

/// Forty tasks of one stage: the first ten have failed, twenty have done their work, and ten run.
pub(crate) fn history(attempt: Option<&str>) -> Vec<Value> {
    let failure = json!({"Reason": "ExceptionFailure", "Class Name": "E", "Description": HOSTILE, "Stack Trace": [],
                         "Full Stack Trace": HOSTILE, "Accumulator Updates": []});
    let mut events = vec![application(attempt), job_start(0), stage_submitted(0)];
    events.extend((0..40).map(|id| task_start(0, id)));
    events.extend((0..10).map(|id| task_end(0, id, &failure)));
    events.extend((10..30).map(|id| task_end(0, id, &json!({"Reason": "Success"}))));
    events
}

fn ids(list: &Value) -> Vec<i64> {
    list.as_array()
        .expect("it is a list")
        .iter()
        .map(|task| task["taskId"].as_i64().expect("it has one"))
        .collect()
}

#[test]
fn what_users_write_is_text_whatever_it_says() {
    let server = told(history(None));
    let applications = get(&server, "/api/v1/applications");
    assert_eq!(applications.json()[0]["name"], HOSTILE);
    assert_eq!(applications.headers("content-type"), ["application/json"]);
    assert_eq!(get(&server, "/api/v1/applications/app-1/jobs").json()[0]["description"], HOSTILE);
    let stage = get(&server, "/api/v1/applications/app-1/stages/0/0").json();
    assert_eq!(stage["name"], HOSTILE);
    assert_eq!(stage["tasks"]["3"]["errorMessage"], HOSTILE);
    let failed = get(&server, "/api/v1/applications/app-1/stages/0/0/taskList?status=failed").json();
    assert_eq!(failed[0]["errorMessage"], HOSTILE);
}

#[test]
fn what_is_unknown_is_not_found_and_the_answer_says_what() {
    let server = told(history(None));
    for (path, message) in [
        ("nope", "unknown application nope"),
        ("nope/jobs", "unknown application nope"),
        ("app-1/2/jobs", "unknown application app-1, attempt 2"),
        ("app-1/jobs/7", "unknown job 7"),
        ("app-1/stages/7", "unknown stage 7"),
        ("app-1/stages/7/0", "unknown stage 7"),
        ("app-1/stages/0/3", "unknown attempt 3 of stage 0"),
        ("app-1/stages/0/3/taskList", "unknown attempt 3 of stage 0"),
        ("app-1/stages/0/3/taskSummary", "unknown attempt 3 of stage 0"),
        ("app-1/nothing", "unknown path /api/v1/applications/app-1/nothing"),
        ("app-1/stages/0/0/nothing", "unknown path /api/v1/applications/app-1/stages/0/0/nothing"),
    ] {
        let answer = get(&server, &format!("/api/v1/applications/{path}"));
        assert_eq!((answer.status, answer.message().as_str()), (404, message), "{path}");
        assert_eq!(answer.json()["error"]["status"], 404);
    }
    for path in ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/version", "/api/v1/version/"] {
        assert_eq!(get(&server, path).message(), format!("unknown path {path}"));
    }
}

#[test]
fn a_page_shows_no_applications_where_there_are_none() {
    let server = told([]);
    assert_eq!(get(&server, "/api/v1/applications").json(), json!([]));
    assert_eq!(get(&server, "/api/v1/applications/app-1").status, 404);
}

#[test]
fn an_attempt_at_an_application_may_be_named() {
    let server = told(history(Some("1")));
    for path in ["app-1/jobs", "app-1/1/jobs"] {
        assert_eq!(get(&server, &format!("/api/v1/applications/{path}")).json()[0]["jobId"], 0, "{path}");
    }
    assert_eq!(get(&server, "/api/v1/applications/app-1/1/stages/0/0/taskList").json()[0]["taskId"], 0);
    assert_eq!(get(&server, "/api/v1/applications/app-1/2/jobs").status, 404);
}

#[test]
fn tasks_come_a_page_at_a_time() {
    let server = told(history(None));
    let list = |query: &str| {
        ids(&get(&server, &format!("/api/v1/applications/app-1/stages/0/0/taskList{query}")).json())
    };
    assert_eq!(list(""), (0..20).collect::<Vec<_>>());
    assert_eq!(list("?offset=35"), (35..40).collect::<Vec<_>>());
    assert_eq!(list("?offset=3&length=2"), [3, 4]);
    assert_eq!(list("?sortBy=-ID&length=2"), [39, 38]);
    assert_eq!(list("?offset=40"), Vec::<i64>::new());
    assert_eq!(list("?offset=2147483647&length=10000"), Vec::<i64>::new());
    assert_eq!(list("?length=0"), Vec::<i64>::new());
    assert_eq!(list("?status=running&length=100"), (30..40).collect::<Vec<_>>());
    assert_eq!(list("?status=failed&status=RUNNING&length=11"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 30]);
}

#[test]
fn a_stage_tells_of_its_tasks_only_where_they_are_wanted() {
    let server = told(history(None));
    let stage = |query: &str| get(&server, &format!("/api/v1/applications/app-1/{query}")).json();
    assert_eq!(stage("stages/0/0")["tasks"].as_object().expect("it is one").len(), 40);
    assert_eq!(stage("stages/0/0?taskStatus=failed")["tasks"].as_object().expect("it is one").len(), 10);
    assert_eq!(stage("stages/0/0?details=false").get("tasks"), None);
    assert_eq!(stage("stages")[0].get("tasks"), None);
    assert_eq!(stage("stages?details=true")[0]["executorSummary"]["1"]["failedTasks"], 10);
    assert_eq!(stage("stages/0")[0]["tasks"]["39"]["status"], "RUNNING");
}

#[test]
fn an_answer_has_room_for_ten_thousand_tasks_and_tells_how_many_are_left_out() {
    let mut events =
        vec![application(None), job_start(0), stage_submitted(0), job_start(1), stage_submitted(1)];
    events.extend((0..6_000).map(|id| task_start(0, id)));
    events.extend((6_000..12_000).map(|id| task_start(1, id)));
    let server = told(events);
    let stages = get(&server, "/api/v1/applications/app-1/stages?details=true").json();
    let tasks = |stage: usize| stages[stage]["tasks"].as_object().expect("it is one").len();
    assert_eq!((stages[0]["stageId"].as_i64(), tasks(0)), (Some(1), 6_000));
    assert_eq!((stages[1]["stageId"].as_i64(), tasks(1)), (Some(0), 4_000));
    assert_eq!(stages[0].get("tasksOmitted"), None);
    assert_eq!(stages[1]["tasksOmitted"], 2_000);
}

#[test]
fn secrets_are_not_among_the_settings() {
    let settings = json!({"Event": "SparkListenerEnvironmentUpdate", "JVM Information": {},
        "Spark Properties": {"spark.b.password": "sesame", "spark.a": "https://user:sesame@host/"},
        "Hadoop Properties": {}, "System Properties": {"x": "--token sesame"}, "Metrics Properties": {},
        "Classpath Entries": {"/jar?secret=sesame": "System Classpath"}});
    let server = told([application(None), settings]);
    let answer = get(&server, "/api/v1/applications/app-1/environment");
    assert_eq!(answer.json()["sparkProperties"][1], json!(["spark.b.password", "*********(redacted)"]));
    assert!(!answer.body.contains("sesame"), "{}", answer.body);
}

#[test]
fn a_pattern_of_the_application_tells_what_is_secret() {
    let settings = json!({"Event": "SparkListenerEnvironmentUpdate", "JVM Information": {},
        "Spark Properties": {"spark.redaction.regex": "pin", "spark.pin": "1234"},
        "Hadoop Properties": {}, "System Properties": {}, "Metrics Properties": {}, "Classpath Entries": {}});
    let server = told([application(None), settings]);
    let answer = get(&server, "/api/v1/applications/app-1/environment");
    assert!(!answer.body.contains("1234"), "{}", answer.body);
}
