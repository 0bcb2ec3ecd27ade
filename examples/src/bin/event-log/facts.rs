//! What a line says of itself, found without reading the event.

use std::borrow::Cow;

use listener_bus::SchedulerEvent;
use listener_bus::events::EventError;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What a line says of itself. What is not what it should be counts as absent: this is for choosing lines.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Facts<'a> {
    #[serde(rename = "Event", borrow)]
    pub(crate) name: Cow<'a, str>,
    #[serde(rename = "Job ID", borrow)]
    job: Option<&'a RawValue>,
    #[serde(rename = "Stage IDs", borrow)]
    stages: Option<&'a RawValue>,
    #[serde(rename = "Stage ID", borrow)]
    stage: Option<&'a RawValue>,
    #[serde(rename = "Stage Attempt ID", borrow)]
    attempt: Option<&'a RawValue>,
    #[serde(rename = "stageId", borrow)]
    bare_stage: Option<&'a RawValue>,
    #[serde(rename = "stageAttemptId", borrow)]
    bare_attempt: Option<&'a RawValue>,
    #[serde(rename = "Stage Info", borrow)]
    stage_info: Option<&'a RawValue>,
    #[serde(rename = "Task Info", borrow)]
    task_info: Option<&'a RawValue>,
    #[serde(rename = "Timestamp", borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(rename = "time", borrow)]
    time: Option<&'a RawValue>,
    #[serde(rename = "eventTime", borrow)]
    event_time: Option<&'a RawValue>,
    #[serde(rename = "Submission Time", borrow)]
    submission_time: Option<&'a RawValue>,
    #[serde(rename = "startTime", borrow)]
    start_time: Option<&'a RawValue>,
    #[serde(rename = "Completion Time", borrow)]
    completion_time: Option<&'a RawValue>,
    #[serde(rename = "finishTime", borrow)]
    finish_time: Option<&'a RawValue>,
}

/// A stage attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) id: i64,
    pub(crate) attempt: i64,
}

#[derive(Deserialize)]
struct StageInfo {
    #[serde(rename = "Stage ID")]
    id: i64,
    #[serde(rename = "Stage Attempt ID", default)]
    attempt: i64,
    #[serde(rename = "Submission Time")]
    start: Option<i64>,
    #[serde(rename = "Completion Time")]
    end: Option<i64>,
}

#[derive(Deserialize)]
struct TaskInfo {
    #[serde(rename = "Task ID")]
    id: i64,
    #[serde(rename = "Launch Time")]
    start: Option<i64>,
    #[serde(rename = "Finish Time")]
    end: Option<i64>,
}

impl<'a> Facts<'a> {
    /// Looks at a line.
    ///
    /// # Errors
    ///
    /// When it is not an event.
    pub(crate) fn of(line: &'a str) -> Result<Self, EventError> {
        // Whoever reads the event tells best what is wrong with it.
        serde_json::from_str(line).or_else(|_unclear| {
            let event = SchedulerEvent::from_json(line)?;
            Ok(Self { name: event.name().to_owned().into(), ..Self::default() })
        })
    }

    /// The job it is about.
    pub(crate) fn job(&self) -> Option<i64> {
        number(self.job)
    }

    /// The stages of the job that it starts.
    pub(crate) fn stages(&self) -> Vec<i64> {
        read(self.stages).unwrap_or_default()
    }

    /// The stage attempt it is about, if it names one.
    pub(crate) fn stage(&self) -> Option<Stage> {
        if let Some(info) = read::<StageInfo>(self.stage_info) {
            Some(Stage { id: info.id, attempt: info.attempt })
        } else {
            let attempt = first([self.attempt, self.bare_attempt]).unwrap_or_default();
            first([self.stage, self.bare_stage]).map(|id| Stage { id, attempt })
        }
    }

    /// The task it is about.
    pub(crate) fn task(&self) -> Option<i64> {
        read::<TaskInfo>(self.task_info).map(|info| info.id)
    }

    /// When it happened, in milliseconds since the Unix epoch: its end, if it has one.
    pub(crate) fn time(&self) -> Option<i64> {
        let stage = || read::<StageInfo>(self.stage_info).and_then(|info| info.end.or(info.start));
        let task = || read::<TaskInfo>(self.task_info).and_then(|info| later(info.end).or(info.start));
        let stamps = [self.timestamp, self.time, self.event_time];
        let spans = [self.completion_time, self.finish_time, self.submission_time, self.start_time];
        let time = first(stamps.into_iter().chain(spans));
        later(time.or_else(stage).or_else(task))
    }

    /// Whether it is the event of this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

/// Old logs have -1 or 0 where a time is not known.
fn later(time: Option<i64>) -> Option<i64> {
    time.filter(|time| *time > 0)
}

/// The first that is a number: one thing has several keys, and what has two of them says it twice.
fn first<'a>(values: impl IntoIterator<Item = Option<&'a RawValue>>) -> Option<i64> {
    values.into_iter().find_map(number)
}

fn number(value: Option<&RawValue>) -> Option<i64> {
    value?.get().parse().ok()
}

fn read<T: for<'de> Deserialize<'de>>(value: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(value?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(line: &str) -> Facts<'_> {
        Facts::of(line).expect(line)
    }

    #[test]
    fn a_task_event_names_its_stage_its_task_and_its_time() {
        let line = r#"{"Event":"SparkListenerTaskEnd","Stage ID":3,"Stage Attempt ID":1,"Task Info":{"Task ID":7,"Launch Time":5,"Finish Time":9}}"#;
        let end = facts(line);
        assert_eq!(
            (end.stage(), end.task(), end.time()),
            (Some(Stage { id: 3, attempt: 1 }), Some(7), Some(9))
        );
        let start = line.replace(r#""Finish Time":9"#, r#""Finish Time":0"#);
        assert_eq!(facts(&start).time(), Some(5));
    }

    #[test]
    fn a_stage_event_names_its_stage_and_its_end() {
        let line = r#"{"Event":"SparkListenerStageCompleted","Stage Info":{"Stage ID":4,"Submission Time":1,"Completion Time":2}}"#;
        assert_eq!((facts(line).stage(), facts(line).time()), (Some(Stage { id: 4, attempt: 0 }), Some(2)));
    }

    #[test]
    fn a_job_names_its_stages() {
        let line = r#"{"Event":"SparkListenerJobStart","Job ID":2,"Submission Time":8,"Stage IDs":[3,5]}"#;
        assert_eq!(
            (facts(line).job(), facts(line).stages(), facts(line).time()),
            (Some(2), vec![3, 5], Some(8))
        );
    }

    #[test]
    fn what_is_of_another_type_is_absent_and_the_line_an_event_all_the_same() {
        let line = r#"{"Event":"org.example.Mine","time":"noon","Stage ID":{},"Task Info":[1]}"#;
        assert_eq!((facts(line).time(), facts(line).stage(), facts(line).task()), (None, None, None));
        assert!(facts(line).is("org.example.Mine"));
    }

    #[test]
    fn a_line_that_says_something_under_two_keys_is_understood_all_the_same() {
        let line =
            r#"{"Event":"org.example.Mine","Job ID":4,"Timestamp":5,"time":6,"Stage ID":1,"stageId":2}"#;
        let mine = facts(line);
        let stage = Stage { id: 1, attempt: 0 };
        assert_eq!((mine.job(), mine.time(), mine.stage()), (Some(4), Some(5), Some(stage)));
        let line = r#"{"Event":"org.example.Mine","Timestamp":"noon","time":6,"startTime":1,"finishTime":2}"#;
        assert_eq!(facts(line).time(), Some(6));
    }

    #[test]
    fn a_line_that_is_no_event_is_told_as_one() {
        for (line, why) in [("{}", "does not name its event"), (r#"{"Event":"A","#, "A is cut short")] {
            let error = Facts::of(line).expect_err(line).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
