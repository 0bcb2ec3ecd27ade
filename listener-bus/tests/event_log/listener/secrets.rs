//! Secrets never reach a log.

use listener_bus::SchedulerEvent;
use listener_bus::event_log::{REDACTED, Redaction};
use listener_bus::events::{EnvironmentUpdate, JobStart, Properties, StageSubmitted};

use super::{other, written};

const PASSWORD: &str = "spark.executorEnv.HADOOP_CREDSTORE_PASSWORD";

fn properties<const N: usize>(pairs: [(&str, &str); N]) -> Properties {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn environment(event: &SchedulerEvent) -> &EnvironmentUpdate {
    let SchedulerEvent::EnvironmentUpdate(event) = event else { panic!("{event:?}") };
    event
}

#[test]
fn every_section_of_an_environment_is_redacted_and_the_event_is_not_changed() {
    let secret = || properties([(PASSWORD, "secret_password"), ("spark.app.name", "app")]);
    let redacted = || properties([(PASSWORD, REDACTED), ("spark.app.name", "app")]);
    let event: SchedulerEvent = EnvironmentUpdate {
        jvm_information: secret(),
        spark_properties: secret(),
        hadoop_properties: secret(),
        system_properties: secret(),
        metrics_properties: secret(),
        ..EnvironmentUpdate::default()
    }
    .into();
    let written = written(|settings| settings, [event.clone()]);
    let seen = environment(&written[0]);
    assert_eq!(seen.jvm_information, redacted());
    assert_eq!(seen.spark_properties, redacted());
    assert_eq!(seen.hadoop_properties, redacted());
    assert_eq!(seen.system_properties, redacted());
    assert_eq!(seen.metrics_properties, redacted());
    assert_eq!(environment(&event).spark_properties, secret());
}

#[test]
fn a_command_line_with_a_secret_goes_as_a_whole() {
    let command = "org.apache.spark.deploy.SparkSubmit --conf my.password=hunter2 app.jar";
    let system_properties = properties([("sun.java.command", command), ("java.home", "/usr/lib/jvm")]);
    let event = EnvironmentUpdate { system_properties, ..EnvironmentUpdate::default() };
    let written = written(|settings| settings, [event.into()]);
    let expected = properties([("sun.java.command", REDACTED), ("java.home", "/usr/lib/jvm")]);
    assert_eq!(environment(&written[0]).system_properties, expected);
}

#[test]
fn urls_lose_their_users_and_class_paths_what_is_assigned_to_a_secret() {
    let spark_properties = properties([("spark.jars", "https://me:hunter2@host/a.jar,/b.jar")]);
    let classpath_entries = properties([
        ("/opt/credentials/hadoop-token.jar", "System Classpath"),
        ("https://host/a.jar?access.key=abc&version=2", "Added By User"),
        ("https://me:hunter2@host/b.jar", "Added By User"),
        ("/c.jar", "from https://me:hunter2@host/"),
        ("jdbc:pg://me:hunter2@hunter3@host/db", "Added By User"),
        ("https://hunter2@host/d.jar", "Added By User"),
        ("https://host/e@2.jar", "Added By User"),
    ]);
    let event = EnvironmentUpdate { spark_properties, classpath_entries, ..EnvironmentUpdate::default() };
    let written = written(|settings| settings, [event.into()]);
    let seen = environment(&written[0]);
    assert_eq!(seen.spark_properties["spark.jars"], format!("https://{REDACTED}@host/a.jar,/b.jar"));
    let expected = properties([
        ("/opt/credentials/hadoop-token.jar", "System Classpath"),
        (&format!("https://host/a.jar?access.key={REDACTED}&version=2"), "Added By User"),
        (&format!("https://{REDACTED}@host/b.jar"), "Added By User"),
        ("/c.jar", &format!("from https://{REDACTED}@host/")),
        (&format!("jdbc:pg://{REDACTED}@host/db"), "Added By User"),
        (&format!("https://{REDACTED}@host/d.jar"), "Added By User"),
        ("https://host/e@2.jar", "Added By User"),
    ]);
    assert_eq!(seen.classpath_entries, expected);
}

/// What becomes of the properties of a stage and of a job.
fn of_stage_and_job(
    set: impl FnOnce(listener_bus::event_log::EventLogSettings) -> listener_bus::event_log::EventLogSettings,
    settings: &Properties,
    given: &Properties,
) -> [Properties; 2] {
    let events: [SchedulerEvent; 3] = [
        EnvironmentUpdate { spark_properties: settings.clone(), ..EnvironmentUpdate::default() }.into(),
        StageSubmitted { properties: Some(given.clone()), ..StageSubmitted::default() }.into(),
        JobStart { properties: Some(given.clone()), ..JobStart::default() }.into(),
    ];
    let written = written(set, events.clone());
    let SchedulerEvent::StageSubmitted(original) = &events[1] else { panic!("{events:?}") };
    assert_eq!(original.properties.as_ref(), Some(given), "the event itself stays as it is");
    let [_, SchedulerEvent::StageSubmitted(stage), SchedulerEvent::JobStart(job)] = &written[..] else {
        panic!("{written:?}")
    };
    [stage.properties.clone().unwrap(), job.properties.clone().unwrap()]
}

#[test]
fn of_stages_and_jobs_only_settings_of_the_application_are_redacted() {
    let settings =
        properties([(PASSWORD, "secret_password"), ("spark.note", "x"), ("spark.app.name", "app")]);
    let given = properties([
        (PASSWORD, "secret_password"),
        ("spark.note", "my password is 1234"),
        ("spark.app.name", "app"),
        ("parse_token", "local"),
    ]);
    let expected = properties([
        (PASSWORD, REDACTED),
        ("spark.note", REDACTED),
        ("spark.app.name", "app"),
        ("parse_token", "local"),
    ]);
    let keys = settings.clone();
    let with_keys =
        of_stage_and_job(|log| log.application_keys(keys.into_keys()), &Properties::new(), &given);
    assert_eq!(with_keys, [expected.clone(), expected.clone()]);
    assert_eq!(of_stage_and_job(|log| log, &settings, &given), [expected.clone(), expected]);
    assert_eq!(of_stage_and_job(|log| log, &Properties::new(), &given), [given.clone(), given]);
}

#[test]
fn every_setting_of_a_job_or_stage_is_redacted_until_the_application_has_told_its_own() {
    let given = || Some(properties([(PASSWORD, "secret_password"), ("parse_token", "local"), ("a", "b")]));
    let events: [SchedulerEvent; 4] = [
        JobStart { properties: given(), ..JobStart::default() }.into(),
        StageSubmitted { properties: given(), ..StageSubmitted::default() }.into(),
        EnvironmentUpdate::default().into(),
        JobStart { properties: given(), ..JobStart::default() }.into(),
    ];
    let written = written(|settings| settings, events.clone());
    let [SchedulerEvent::JobStart(job), SchedulerEvent::StageSubmitted(stage), _, last] = &written[..] else {
        panic!("{written:?}")
    };
    let redacted = Some(properties([(PASSWORD, REDACTED), ("parse_token", REDACTED), ("a", "b")]));
    assert_eq!((&job.properties, &stage.properties), (&redacted, &redacted));
    assert_eq!(last, &events[3], "the application has no such settings");
}

#[test]
fn the_settings_that_a_query_changes_are_redacted_and_the_rest_of_its_event_is_not_touched() {
    let start = |configs: &str| {
        other(&format!(
            r#"{{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":7,"details":"a password","modifiedConfigs":{configs},"time":1.0}}"#
        ))
    };
    let given = [
        start(
            r#"{"spark.sql.shuffle.partitions":"4","spark.my.password":"hunter2","z":"https://me:x@host"}"#,
        ),
        start("{}"),
        start(r#"{ "spark.sql.shuffle.partitions" : "4" }"#),
    ];
    let redacted = start(&format!(
        r#"{{"spark.my.password":"{REDACTED}","spark.sql.shuffle.partitions":"4","z":"https://{REDACTED}@host"}}"#
    ));
    let written = written(|settings| settings, given.clone());
    assert_eq!(written, [redacted, given[1].clone(), given[2].clone()]);
}

#[test]
fn absent_properties_stay_absent() {
    let events: [SchedulerEvent; 2] = [StageSubmitted::default().into(), JobStart::default().into()];
    assert_eq!(written(|settings| settings, events.clone()), events);
}

#[test]
fn another_pattern_names_other_secrets() {
    let spark_properties = properties([("spark.pin", "1234"), (PASSWORD, "kept")]);
    let event = EnvironmentUpdate { spark_properties, ..EnvironmentUpdate::default() };
    let redaction = Redaction::new("pin$").unwrap();
    let written = written(|settings| settings.redaction(redaction), [event.into()]);
    let expected = properties([("spark.pin", REDACTED), (PASSWORD, "kept")]);
    assert_eq!(environment(&written[0]).spark_properties, expected);
}
