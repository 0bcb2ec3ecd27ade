//! An application that is told event by event.

use listener_bus::SchedulerListener;
use listener_bus::events::SchedulerEvent;
use listener_bus::status::{AppStatusListener, AppStatusStore, StatusSettings};
use serde_json::{Value, json};

/// When the application starts, in milliseconds since the epoch.
pub(crate) const START: i64 = 1_700_000_000_000;

/// An application, and the listener that is told of it.
pub(crate) struct Told {
    listener: AppStatusListener,
}

/// What has become of a task attempt.
#[derive(Clone, Copy, PartialEq)]
enum Became {
    Running,
    Done,
    Failed,
    Killed,
}

/// A task attempt to be told of.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) stage: i32,
    pub(crate) id: i64,
    pub(crate) executor: &'static str,
    /// After the start of the application, in milliseconds.
    pub(crate) launched: i64,
    pub(crate) took: i64,
    pub(crate) read: i64,
}

impl Task {
    pub(crate) fn new(stage: i32, id: i64) -> Self {
        Self { stage, id, executor: "1", launched: 1_000, took: 50, read: 0 }
    }
}

impl Told {
    /// An application of this name has started.
    pub(crate) fn application(name: &str) -> Self {
        let settings = StatusSettings::default().live_update_period(std::time::Duration::ZERO);
        let mut told = Self { listener: AppStatusListener::new(settings) };
        told.start_application(name, "app-1");
        told
    }

    pub(crate) fn start_application(&mut self, name: &str, id: &str) {
        self.tell(&json!({"Event": "SparkListenerApplicationStart", "App Name": name, "App ID": id,
            "Timestamp": START, "User": "operator"}));
    }

    pub(crate) fn end_application(&mut self) {
        self.tell(&json!({"Event": "SparkListenerApplicationEnd", "Timestamp": START + 60_000}));
    }

    pub(crate) fn store(&self) -> AppStatusStore {
        self.listener.store()
    }

    pub(crate) fn tell(&mut self, event: &Value) {
        let event = SchedulerEvent::from_json(&event.to_string()).expect("it is an event");
        self.listener.on_scheduler_event(&event);
    }

    pub(crate) fn environment(&mut self, settings: &Value) {
        self.tell(
            &json!({"Event": "SparkListenerEnvironmentUpdate", "JVM Information": {"Java Version": "17"},
            "Spark Properties": settings, "Hadoop Properties": {}, "System Properties": {},
            "Metrics Properties": {}, "Classpath Entries": {}}),
        );
    }

    pub(crate) fn executor(&mut self, id: &str, logs: &Value) {
        self.tell(&json!({"Event": "SparkListenerExecutorAdded", "Timestamp": START, "Executor ID": id,
            "Executor Info": {"Host": "worker-1.example", "Total Cores": 4, "Log Urls": logs}}));
    }

    /// A job of one stage with the same number has begun, and so has its stage.
    pub(crate) fn job(&mut self, id: i32, name: &str, tasks: i32) {
        self.job_of(id, name, &[(id, tasks)]);
        self.tell(
            &json!({"Event": "SparkListenerStageSubmitted", "Stage Info": stage_info(id, name, tasks, Some(START + 700))}),
        );
    }

    pub(crate) fn job_of(&mut self, id: i32, name: &str, stages: &[(i32, i32)]) {
        let ids: Vec<_> = stages.iter().map(|(stage, _)| *stage).collect();
        let infos: Vec<_> =
            stages.iter().map(|(stage, tasks)| stage_info(*stage, name, *tasks, None)).collect();
        self.tell(&json!({"Event": "SparkListenerJobStart", "Job ID": id, "Submission Time": START + 500,
            "Stage Infos": infos, "Stage IDs": ids, "Properties": {"spark.job.description": format!("Says {name}")}}));
    }

    pub(crate) fn end_job(&mut self, id: i32, result: &Value) {
        self.tell(&json!({"Event": "SparkListenerJobEnd", "Job ID": id, "Completion Time": START + 9_000,
            "Job Result": result}));
    }

    pub(crate) fn end_stage(&mut self, id: i32, name: &str, tasks: i32) {
        let mut info = stage_info(id, name, tasks, Some(START + 700));
        info["Completion Time"] = json!(START + 8_000);
        self.tell(&json!({"Event": "SparkListenerStageCompleted", "Stage Info": info}));
    }

    pub(crate) fn start(&mut self, task: &Task) {
        self.tell(&json!({"Event": "SparkListenerTaskStart", "Stage ID": task.stage, "Stage Attempt ID": 0,
            "Task Info": info(task, Became::Running)}));
    }

    pub(crate) fn succeed(&mut self, task: &Task) {
        self.start(task);
        self.end(task, Became::Done, &json!({"Reason": "Success"}));
    }

    pub(crate) fn fail(&mut self, task: &Task, message: &str) {
        self.start(task);
        let reason = json!({"Reason": "ExceptionFailure", "Class Name": "java.lang.RuntimeException",
            "Description": message, "Stack Trace": [], "Full Stack Trace": message});
        self.end(task, Became::Failed, &reason);
    }

    pub(crate) fn kill(&mut self, task: &Task, why: &str) {
        self.start(task);
        self.end(task, Became::Killed, &json!({"Reason": "TaskKilled", "Kill Reason": why}));
    }

    fn end(&mut self, task: &Task, became: Became, reason: &Value) {
        let mut info = info(task, became);
        info["Finish Time"] = json!(START + task.launched + task.took);
        self.tell(&json!({"Event": "SparkListenerTaskEnd", "Stage ID": task.stage, "Stage Attempt ID": 0,
            "Task Type": "ResultTask", "Task End Reason": reason, "Task Info": info, "Task Executor Metrics": {},
            "Task Metrics": {"Executor Deserialize Time": 1, "Executor Run Time": task.took - 2, "Result Size": 100,
                "JVM GC Time": task.took / 50, "Result Serialization Time": 0, "Memory Bytes Spilled": 0,
                "Disk Bytes Spilled": 0, "Input Metrics": {"Bytes Read": task.read, "Records Read": task.read / 100}}}));
    }
}

fn info(task: &Task, became: Became) -> Value {
    json!({"Task ID": task.id, "Index": task.id, "Attempt": 0, "Partition ID": task.id,
        "Launch Time": START + task.launched, "Executor ID": task.executor, "Host": "worker-1.example",
        "Locality": "NODE_LOCAL", "Speculative": false, "Getting Result Time": 0, "Finish Time": 0,
        "Failed": became == Became::Failed, "Killed": became == Became::Killed, "Accumulables": []})
}

fn stage_info(id: i32, name: &str, tasks: i32, submitted: Option<i64>) -> Value {
    let mut info = json!({"Stage ID": id, "Stage Attempt ID": 0, "Stage Name": name, "Number of Tasks": tasks,
        "RDD Info": [], "Parent IDs": [], "Details": "at main", "Accumulables": []});
    if let Some(time) = submitted {
        info["Submission Time"] = json!(time);
    }
    info
}
