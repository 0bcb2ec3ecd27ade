//! A bus for the scheduler's events, and all that can be added to it.

use std::sync::{Arc, Mutex};

use crossbeam::channel::{Receiver, Sender, unbounded};
use listener_bus::events::{
    ExecutorRemoved, JobEnd, OtherEvent, StageCompleted, StageInfo, TaskEnd, TaskInfo, TaskStart,
};
use listener_bus::{
    APP_STATUS, DropReason, EVENT_LOG, Gap, Listener, LiveListenerBus, Overflow, Posted, QueueOptions,
    SHARED, SchedulerEvent, SchedulerListener,
};

use crate::support::{SOON, assert_conserved};

/// What a [`Log`] has heard, in order.
type Heard = Arc<Mutex<Vec<String>>>;

/// A scheduler listener that writes down what it is told.
#[derive(Default)]
struct Log {
    heard: Heard,
}

impl Log {
    fn new() -> (Self, Heard) {
        let log = Self::default();
        let heard = Arc::clone(&log.heard);
        (log, heard)
    }

    fn write(&self, line: impl Into<String>) {
        self.heard.lock().unwrap().push(line.into());
    }
}

impl SchedulerListener for Log {
    fn on_task_start(&mut self, event: &TaskStart) {
        self.write(format!("task {}", event.task_info.task_id));
    }

    fn on_stage_completed(&mut self, event: &StageCompleted) {
        self.write(format!("stage {}", event.stage_info.stage_id));
    }

    fn on_job_end(&mut self, event: &JobEnd) {
        self.write(format!("job {}", event.job_id));
    }

    fn on_executor_removed(&mut self, event: &ExecutorRemoved) {
        self.write(format!("executor {}", event.executor_id));
    }

    fn on_other(&mut self, event: &OtherEvent) {
        self.write(event.name());
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.write(gap.to_string());
    }

    fn on_close(&mut self) {
        self.write("closed");
    }
}

/// Stays inside its first event until the test lets it go.
fn held() -> (impl FnMut(&SchedulerEvent) + Send + 'static, Receiver<()>, Sender<()>) {
    let (entered_in, entered) = unbounded();
    let (release, released) = unbounded();
    let listener = move |_: &SchedulerEvent| {
        let _gone = entered_in.send(());
        let _opened = released.recv();
    };
    (listener, entered, release)
}

fn task_start(task: i64) -> TaskStart {
    TaskStart { task_info: TaskInfo { task_id: task.into(), ..Default::default() }, ..Default::default() }
}

fn stage_completed(stage: i32) -> StageCompleted {
    StageCompleted {
        stage_info: StageInfo { stage_id: stage.into(), ..Default::default() },
        ..Default::default()
    }
}

#[test]
fn events_are_posted_as_their_structs_and_reach_the_method_of_their_kind() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let (log, heard) = Log::new();
    let handle = bus.add_to_shared_queue(log).unwrap();
    bus.start().unwrap();
    bus.post(task_start(7));
    bus.post(stage_completed(3));
    bus.try_post(JobEnd { job_id: 2.into(), ..Default::default() });
    bus.post(SchedulerEvent::from(ExecutorRemoved { executor_id: "4".into(), ..Default::default() }));
    bus.post(OtherEvent::from_json(r#"{"Event":"a.B"}"#).unwrap());
    bus.post(TaskEnd::default());
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(*heard.lock().unwrap(), ["task 7", "stage 3", "job 2", "executor 4", "a.B"]);
    assert_eq!(handle.listener_name(), "Log");
    let log: Log = bus.remove_listener(&handle).unwrap().wait(SOON).unwrap();
    assert_eq!(log.heard.lock().unwrap().last().unwrap(), "closed");
}

/// A listener of the bus's own kind.
struct Names(Vec<String>);

impl Listener<SchedulerEvent> for Names {
    fn on_event(&mut self, event: &SchedulerEvent) {
        self.0.push(event.name().to_owned());
    }
}

#[test]
fn each_kind_of_listener_can_be_added_and_is_given_back_as_what_it_was() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let mut count = 0;
    let (count_in, counts) = unbounded();
    let closure = bus.add_to_shared_queue(move |_: &SchedulerEvent| {
        count += 1;
        count_in.send(count).unwrap();
    });
    let closure = closure.unwrap();
    let named = bus.add_to_status_queue(Names(Vec::new())).unwrap();
    let shared = Arc::new(Mutex::new(Names(Vec::new())));
    let behind_mutex = bus.add_to_event_log_queue(Arc::clone(&shared)).unwrap();
    let scheduler = bus.add_to_management_queue(Log::default()).unwrap();
    bus.start().unwrap();
    bus.post(task_start(1));
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(shared.lock().unwrap().0, [TaskStart::NAME], "it can be looked into while it works");

    let mut closure = bus.remove_listener(&closure).unwrap().wait(SOON).unwrap();
    closure(&task_start(2).into());
    assert_eq!(counts.try_iter().collect::<Vec<_>>(), [1, 2], "the closure itself, with its state");
    let named: Names = bus.remove_listener(&named).unwrap().wait(SOON).unwrap();
    assert_eq!(named.0, [TaskStart::NAME]);
    let returned: Arc<Mutex<Names>> = bus.remove_listener(&behind_mutex).unwrap().wait(SOON).unwrap();
    assert!(Arc::ptr_eq(&returned, &shared));
    let log: Log = bus.remove_listener(&scheduler).unwrap().wait(SOON).unwrap();
    assert_eq!(*log.heard.lock().unwrap(), ["task 1", "closed"]);
    assert_eq!(bus.active_queues(), [""; 0]);
}

#[test]
fn a_scheduler_listener_is_told_of_gaps_and_of_its_end() {
    let bus = LiveListenerBus::scheduler().capacity(1).build().unwrap();
    let (held, entered, release) = held();
    bus.add_to_shared_queue(held).unwrap();
    let (log, heard) = Log::new();
    bus.add_to_shared_queue(log).unwrap();
    bus.start().unwrap();
    bus.post(task_start(0));
    entered.recv_timeout(SOON).unwrap();
    assert!(bus.post(task_start(1)).is_queued());
    assert_eq!(bus.post(task_start(2)), Posted::Dropped(DropReason::Full));
    assert!(bus.post(stage_completed(3)).is_queued());
    drop(release);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let expected = ["task 0", "task 1", "events 2 to 2 (1) were dropped", "stage 3", "closed"];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[test]
fn a_flood_of_task_events_drops_nothing_critical() {
    let one_place = |overflow| QueueOptions::new().capacity(1).overflow(overflow);
    let bus = LiveListenerBus::scheduler()
        .queue(SHARED, one_place(Overflow::DropNewest))
        .queue(APP_STATUS, one_place(Overflow::DropOldest))
        .build()
        .unwrap();
    let mut helds = Vec::new();
    let logs = [SHARED, APP_STATUS].map(|queue| {
        let (held, entered, release) = held();
        bus.add_to_queue(queue, held).unwrap();
        helds.push((entered, release));
        let (log, heard) = Log::new();
        bus.add_to_queue(queue, log).unwrap();
        heard
    });
    bus.start().unwrap();
    bus.post(task_start(0));
    assert!(helds.iter().all(|(entered, _)| entered.recv_timeout(SOON).is_ok()));
    for round in 0..300 {
        for task in 0..10 {
            bus.post(task_start(task));
        }
        assert!(bus.post(stage_completed(round)).is_queued());
        assert!(bus.post(JobEnd { job_id: round.into(), ..Default::default() }).is_queued());
        let removed = ExecutorRemoved { executor_id: round.to_string().into(), ..Default::default() };
        assert!(bus.post(removed).is_queued());
    }
    drop(helds);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let expected: Vec<_> = (0..300)
        .flat_map(|round| [format!("stage {round}"), format!("job {round}"), format!("executor {round}")])
        .collect();
    for heard in logs {
        let heard = heard.lock().unwrap();
        let is_critical =
            |line: &&String| ["stage", "job", "executor"].iter().any(|kind| line.starts_with(kind));
        assert!(heard.iter().filter(is_critical).eq(&expected), "{heard:?}");
    }
    let dropped = bus.snapshot().queues.iter().map(|queue| queue.dropped.total()).collect::<Vec<_>>();
    assert_eq!(dropped, [2_999, 2_999], "all tasks but one, which has the only place");
    assert_conserved(&bus);
}

#[test]
fn a_listener_of_scheduler_events_may_post_others() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let poster = bus.poster();
    let announces = move |event: &SchedulerEvent| {
        if let SchedulerEvent::TaskStart(start) = event {
            poster.post(stage_completed(i32::try_from(start.task_info.task_id.0).unwrap()).into());
        }
    };
    bus.add_to_event_log_queue(announces).unwrap();
    let (log, heard) = Log::new();
    bus.add_to_shared_queue(log).unwrap();
    bus.start().unwrap();
    (0..3).for_each(|task| {
        bus.post(task_start(task));
    });
    // The second wait is for what listeners have posted during the first.
    bus.wait_until_empty(SOON).unwrap();
    bus.wait_until_empty(SOON).unwrap();
    let stages: Vec<_> =
        heard.lock().unwrap().iter().filter(|line| line.starts_with("stage")).cloned().collect();
    assert_eq!(stages, ["stage 0", "stage 1", "stage 2"]);
    assert_eq!(bus.active_queues(), [EVENT_LOG, SHARED]);
}
