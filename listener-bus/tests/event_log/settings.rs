//! Settings under Spark's names.

use std::error::Error;

use listener_bus::event_log::{
    Codec, EventLogSettings, Flush, FromSpark, LogLayout, LogName, SettingsError, Switch, UnknownKey,
};

use crate::writer::folder;

type Pair = (&'static str, &'static str);

fn read(conf: &[Pair]) -> Result<FromSpark, SettingsError> {
    EventLogSettings::from_spark(conf.iter().copied())
}

/// What a log is called that is written with these settings.
fn log_name(conf: &[Pair]) -> String {
    let folder = folder();
    let dir = [("spark.eventLog.dir", folder.path().to_str().unwrap())];
    let conf = conf.iter().copied().chain(dir);
    let settings = EventLogSettings::from_spark(conf).unwrap().settings;
    let mut writer =
        listener_bus::event_log::EventLogWriter::create(&settings, &LogName::new("app", None)).unwrap();
    writer.write_line("{}", Flush::Later).unwrap();
    let written = writer.finish().unwrap();
    let file = written.files[0].strip_prefix(folder.path()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn the_defaults_are_those_of_spark() {
    let read = read(&[]).unwrap();
    assert_eq!(read.enabled, Switch::Off);
    assert_eq!(read.settings.folder().to_str(), Some("/tmp/spark-events"));
    assert_eq!(read.unknown, []);
    assert_eq!(log_name(&[]), "eventlog_v2_app/events_1_app.zstd");
}

#[test]
fn codec_and_layout_are_taken_from_their_settings() {
    const COMPRESS: &str = "spark.eventLog.compress";
    const CODEC: &str = "spark.eventLog.compression.codec";
    const ROLLING: &str = "spark.eventLog.rolling.enabled";
    assert_eq!(log_name(&[(ROLLING, "true")]), "eventlog_v2_app/events_1_app.zstd");
    assert_eq!(log_name(&[(ROLLING, "False")]), "app.zstd");
    assert_eq!(log_name(&[(ROLLING, "false"), (COMPRESS, "true")]), "app.zstd");
    assert_eq!(log_name(&[(ROLLING, "false"), (COMPRESS, "false"), (CODEC, "lz4")]), "app");
    assert_eq!(log_name(&[(ROLLING, "false"), (CODEC, "LZF")]), "app.lzf");
    for none in ["none", "NONE", "None"] {
        assert_eq!(log_name(&[(ROLLING, "false"), (CODEC, none)]), "app");
    }
    let class = "org.apache.spark.io.SnappyCompressionCodec";
    assert_eq!(log_name(&[(ROLLING, "false"), (CODEC, class)]), "app.snappy");
    assert_eq!(log_name(&[(ROLLING, "false"), ("spark.io.compression.codec", "lz4")]), "app.zstd");
}

#[test]
fn values_are_read_as_spark_reads_them() {
    let read = read(&[
        ("spark.eventLog.enabled", " TRUE "),
        ("spark.eventLog.dir", "file:///var/log/spark"),
        ("spark.eventLog.buffer.kb", "64"),
        ("spark.eventLog.rolling.maxFileSize", "10m"),
        ("spark.eventLog.excludedPatterns", "SparkListenerTaskStart, com.example.Noise,"),
        ("spark.eventLog.overwrite", "true"),
        ("spark.eventLog.logBlockUpdates.enabled", "true"),
        ("spark.eventLog.logStageExecutorMetrics", "true"),
        ("spark.eventLog.includeTaskMetricsAccumulators", "false"),
        ("spark.io.compression.zstd.level", "3"),
        ("spark.redaction.regex", "(?i)secret|pin"),
        ("spark.app.name", "unrelated"),
    ])
    .unwrap();
    assert_eq!(read.enabled, Switch::On);
    let expected = EventLogSettings::new("/var/log/spark")
        .buffer_size(64 << 10)
        .layout(LogLayout::Rolling { max_file_size: 10 << 20 })
        .excluded_events(["SparkListenerTaskStart", "com.example.Noise"])
        .overwrite(Switch::On)
        .block_updates(Switch::On)
        .stage_executor_metrics(Switch::On)
        .task_metrics_accumulables(Switch::Off)
        .compression_level(3)
        .redaction(listener_bus::event_log::Redaction::new("(?i)secret|pin").unwrap());
    let described = format!("{:?}", expected.application_keys(described_keys()));
    assert_eq!(format!("{:?}", read.settings), described);
}

fn described_keys() -> Vec<&'static str> {
    vec![
        "spark.app.name",
        "spark.eventLog.buffer.kb",
        "spark.eventLog.dir",
        "spark.eventLog.enabled",
        "spark.eventLog.excludedPatterns",
        "spark.eventLog.includeTaskMetricsAccumulators",
        "spark.eventLog.logBlockUpdates.enabled",
        "spark.eventLog.logStageExecutorMetrics",
        "spark.eventLog.overwrite",
        "spark.eventLog.rolling.maxFileSize",
        "spark.io.compression.zstd.level",
        "spark.redaction.regex",
    ]
}

#[test]
fn a_value_that_cannot_be_is_named_with_its_setting_and_the_reason() {
    let cases = [
        ("spark.eventLog.enabled", "yes", "it is neither true nor false"),
        ("spark.eventLog.compress", "", "it is neither true nor false"),
        ("spark.eventLog.overwrite", "1", "it is neither true nor false"),
        ("spark.eventLog.rolling.enabled", "on", "it is neither true nor false"),
        ("spark.eventLog.logBlockUpdates.enabled", "?", "it is neither true nor false"),
        ("spark.eventLog.logStageExecutorMetrics", "no", "it is neither true nor false"),
        ("spark.eventLog.includeTaskMetricsAccumulators", "0", "it is neither true nor false"),
        ("spark.eventLog.compression.codec", "brotli", "there is no codec `brotli`"),
        ("spark.eventLog.compression.codec", "gzip", "it is out of range"),
        ("spark.eventLog.buffer.kb", "-5", "it is not a size such as 100k or 10m"),
        ("spark.eventLog.buffer.kb", "1.5m", "it is not a size such as 100k or 10m"),
        ("spark.eventLog.rolling.maxFileSize", "big", "it is not a size such as 100k or 10m"),
        ("spark.eventLog.rolling.maxFileSize", "1m", "it is out of range"),
        ("spark.eventLog.dir", "hdfs://namenode/logs", "it is not a folder of this machine"),
        ("spark.eventLog.dir", "file://namenode/logs", "it is not a folder of this machine"),
        ("spark.io.compression.zstd.level", "fast", "it is not a whole number of that size"),
        ("spark.io.compression.zstd.level", "40", "it is out of range"),
        ("spark.redaction.regex", "(", "it is not a pattern"),
    ];
    for (key, value, reason) in cases {
        let error = read(&[(key, value)]).expect_err(key);
        assert_eq!(error.to_string(), format!("the setting `{key}` cannot be `{value}`"));
        assert_eq!(error.source().unwrap().to_string(), reason, "{key}");
    }
    let error = read(&[("spark.eventLog.rolling.maxFileSize", "1m")]).expect_err("too small");
    let source = error.source().and_then(Error::source).unwrap();
    let expected = "the files of a rolling log must be allowed 2097152 bytes at least, and not 1048576";
    assert_eq!(source.to_string(), expected);
    for accepted in ["2m", "9m", "2097152"] {
        assert!(read(&[("spark.eventLog.rolling.maxFileSize", accepted)]).is_ok(), "{accepted}");
    }
}

#[test]
fn a_name_that_spark_does_not_have_is_reported_with_the_nearest_one() {
    let read = read(&[
        ("spark.eventLog.rolling.enable", "false"),
        ("spark.eventLog.compresion.codec", "lz4"),
        ("spark.eventlog.dir", "of another prefix"),
        ("spark.eventLog.testing", "true"),
        ("spark.eventLog.longForm.enabled", "true"),
    ])
    .unwrap();
    let told: Vec<_> = read.unknown.iter().map(UnknownKey::to_string).collect();
    let expected = [
        "there is no setting `spark.eventLog.compresion.codec`: did you mean `spark.eventLog.compression.codec`?",
        "there is no setting `spark.eventLog.rolling.enable`: did you mean `spark.eventLog.rolling.enabled`?",
        "there is no setting `spark.eventlog.dir`: did you mean `spark.eventLog.dir`?",
    ];
    assert_eq!(told, expected);
    assert_eq!(read.without_effect, ["spark.eventLog.longForm.enabled", "spark.eventLog.testing"]);
}

#[test]
fn a_zstd_level_is_taken_and_the_log_read_back() {
    for level in [1, 22] {
        let folder = folder();
        let settings = EventLogSettings::new(folder.path()).codec(Codec::Zstd).compression_level(level);
        let written = crate::writer::write_numbered(&settings, 10, 100);
        assert_eq!(crate::writer::numbers(&written.path).len(), 10);
    }
    for level in [0, 23, -1] {
        let error =
            EventLogSettings::new("logs").compression_level(level).check().expect_err("no such level");
        assert_eq!(error.to_string(), format!("zstd has levels from 1 to 22, and not {level}"));
    }
}
