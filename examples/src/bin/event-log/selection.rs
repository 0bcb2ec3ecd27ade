//! Which events a user wants.

use std::collections::{HashMap, HashSet};

use crate::args::{SelectionArgs, StageArg};
use crate::facts::{Facts, Stage};

/// The stages that running tasks belong to: some events name the task alone.
#[derive(Debug, Default)]
pub(crate) struct RunningTasks(HashMap<i64, Stage>);

impl RunningTasks {
    /// The stage of an event, which it names itself or through its task.
    pub(crate) fn stage_of(&mut self, facts: &Facts<'_>) -> Option<Stage> {
        let (stage, task) = (facts.stage(), facts.task());
        match (stage, task) {
            (Some(stage), Some(task)) if facts.is("SparkListenerTaskStart") => {
                self.0.insert(task, stage);
            }
            (_, Some(task)) if facts.is("SparkListenerTaskEnd") => drop(self.0.remove(&task)),
            _ => {}
        }
        stage.or_else(|| self.0.get(&task?).copied())
    }
}

/// Chooses events.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    args: &'a SelectionArgs,
    tasks: RunningTasks,
    /// The stages of the job that is asked for, from its start on.
    stages_of_job: HashSet<i64>,
    /// The time of the last event that has one, in milliseconds since the Unix epoch.
    time: Option<i64>,
}

impl<'a> Selection<'a> {
    pub(crate) fn new(args: &'a SelectionArgs) -> Self {
        Self { args, tasks: RunningTasks::default(), stages_of_job: HashSet::new(), time: None }
    }

    /// Forgets the log before: ids and times of each are its own.
    pub(crate) fn begin_log(&mut self) {
        *self = Self::new(self.args);
    }

    /// Whether the next event of the log is wanted.
    pub(crate) fn takes(&mut self, facts: &Facts<'_>) -> bool {
        // Each of them must see every event, wanted or not.
        let is_in_scope = self.is_in_scope(facts);
        let is_in_time = self.is_in_time(facts);
        is_in_scope && is_in_time && self.is_named(&facts.name)
    }

    fn is_named(&self, name: &str) -> bool {
        self.args.events.is_empty() || self.args.events.iter().any(|wanted| is_called(name, wanted))
    }

    fn is_in_scope(&mut self, facts: &Facts<'_>) -> bool {
        if self.args.stage.is_none() && self.args.job.is_none() {
            return true;
        }
        let stage = self.tasks.stage_of(facts);
        let is_of_stage = |wanted: StageArg| stage.is_some_and(|stage| wanted.is(stage));
        self.args.stage.is_none_or(is_of_stage)
            && self.args.job.is_none_or(|job| self.is_of_job(job, facts, stage))
    }

    fn is_of_job(&mut self, job: i64, facts: &Facts<'_>, stage: Option<Stage>) -> bool {
        if facts.job() == Some(job) {
            self.stages_of_job.extend(facts.stages());
            return true;
        }
        stage.is_some_and(|stage| self.stages_of_job.contains(&stage.id))
    }

    fn is_in_time(&mut self, facts: &Facts<'_>) -> bool {
        if self.args.from.is_none() && self.args.to.is_none() {
            return true;
        }
        self.time = facts.time().or(self.time);
        let is_after = self.args.from.is_none_or(|from| self.time.is_some_and(|time| from <= time));
        is_after && self.args.to.is_none_or(|to| self.time.is_none_or(|time| time < to))
    }
}

/// Whether an event is meant by `wanted`: its full name, the last part of it, or that without `SparkListener`.
fn is_called(name: &str, wanted: &str) -> bool {
    let last = name.rsplit(['.', '$']).next().unwrap_or(name);
    let short = last.strip_prefix("SparkListener").unwrap_or(last);
    [name, last, short].iter().any(|form| form.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_called_by_its_full_name_its_class_or_the_short_form() {
        for wanted in ["SparkListenerTaskEnd", "TaskEnd", "taskend"] {
            assert!(is_called("SparkListenerTaskEnd", wanted), "{wanted}");
        }
        let sql = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart";
        for wanted in [sql, "SparkListenerSQLExecutionStart", "SQLExecutionStart"] {
            assert!(is_called(sql, wanted), "{wanted}");
        }
        let query = "org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent";
        assert!(is_called(query, "QueryStartedEvent"));
        assert!(!is_called("SparkListenerTaskEnd", "Task"));
    }
}
