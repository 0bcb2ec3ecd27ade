//! Stages for tests, and what a bus was told of them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use barrier::{BarrierCoordinator, BarrierStageBuilder, SlotPool};
use listener_bus::events::{StageCompleted, StageSubmitted, TaskEnd, TaskEndReason, TaskInfo, TaskStart};
use listener_bus::{LiveListenerBus, SchedulerEvent, SchedulerListener};

use crate::support::{SOON, patient};

/// A coordinator that never times out, a pool, and a bus that is listened to.
pub(crate) struct Ground {
    pub(crate) coordinator: BarrierCoordinator,
    pub(crate) pool: SlotPool,
    bus: LiveListenerBus<SchedulerEvent>,
    events: Arc<Mutex<Vec<SchedulerEvent>>>,
}

/// What the bus was told of one stage attempt, after its order was found right: submitted, each task started once, each
/// task ended once, completed.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) submitted: StageSubmitted,
    pub(crate) started: Vec<TaskInfo>,
    pub(crate) ended: Vec<TaskEnd>,
    pub(crate) completed: StageCompleted,
}

#[derive(Default)]
struct Recorder(Arc<Mutex<Vec<SchedulerEvent>>>);

impl SchedulerListener for Recorder {
    fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Ground {
    pub(crate) fn new(slots: usize) -> Self {
        Self::of(SlotPool::local(slots))
    }

    pub(crate) fn of(pool: SlotPool) -> Self {
        let bus = LiveListenerBus::scheduler().build().expect("the defaults are in order");
        let events = Arc::default();
        bus.add_to_shared_queue(Recorder(Arc::clone(&events))).expect("the bus takes listeners");
        bus.start().expect("starts");
        Self { coordinator: patient().build().expect("builds"), pool, bus, events }
    }

    /// A stage that gives up at its first failure.
    pub(crate) fn stage(&self) -> BarrierStageBuilder {
        barrier::BarrierStage::builder(&self.coordinator, &self.pool).bus(&self.bus).max_attempts(1)
    }

    /// Answers how many tasks were told to have ended.
    pub(crate) fn count_ends(&self) -> impl Fn() -> usize + Send + Sync + 'static {
        let events = Arc::clone(&self.events);
        let is_end = |event: &&SchedulerEvent| matches!(event, SchedulerEvent::TaskEnd(_));
        move || events.lock().unwrap().iter().filter(is_end).count()
    }

    pub(crate) fn events(&self) -> Vec<SchedulerEvent> {
        self.bus.wait_until_empty(SOON).expect("the listeners are quick");
        self.events.lock().unwrap().clone()
    }

    /// What was told of each attempt, in order.
    #[track_caller]
    pub(crate) fn told(&self) -> Vec<Told> {
        let mut events = self.events().into_iter();
        let mut told = Vec::new();
        while let Some(event) = events.next() {
            let SchedulerEvent::StageSubmitted(submitted) = event else { panic!("first is {event:?}") };
            told.push(Told::read(*submitted, &mut events));
        }
        told
    }

    /// What was told of the only attempt.
    #[track_caller]
    pub(crate) fn told_once(&self) -> Told {
        let mut told = self.told();
        assert_eq!(told.len(), 1, "one attempt");
        told.remove(0)
    }

    #[track_caller]
    pub(crate) fn assert_all_free(&self) {
        let slots = self.pool.snapshot();
        assert_eq!((slots.free, slots.waiting), (slots.total, 0));
    }
}

impl Told {
    #[track_caller]
    fn read(submitted: StageSubmitted, events: &mut impl Iterator<Item = SchedulerEvent>) -> Self {
        let (mut started, mut ended): (Vec<TaskInfo>, Vec<TaskEnd>) = (Vec::new(), Vec::new());
        loop {
            match events.next().expect("a stage that was submitted is completed") {
                SchedulerEvent::TaskStart(start) => {
                    assert!(ended.is_empty(), "all tasks start together");
                    started.push(started_in(&submitted, *start));
                }
                SchedulerEvent::TaskEnd(end) => {
                    assert_eq!(stage_of_end(&end), stage_of(&submitted));
                    let once = ended.iter().all(|other| other.task_info.task_id != end.task_info.task_id);
                    assert!(once, "two ends of one task");
                    ended.push(*end);
                }
                SchedulerEvent::StageCompleted(completed) => {
                    assert_eq!(started.len(), ended.len(), "each task that has started ends");
                    return Self { submitted, started, ended, completed: *completed };
                }
                other => panic!("not of a stage: {other:?}"),
            }
        }
    }

    /// How the tasks ended, in the order they did.
    pub(crate) fn ends(&self) -> Vec<String> {
        self.ended.iter().map(end).collect()
    }

    /// How the tasks ended, by partition.
    pub(crate) fn ends_by_partition(&self) -> Vec<String> {
        let mut ended = self.ended.clone();
        ended.sort_by_key(|end| end.task_info.index);
        ended.iter().map(end).collect()
    }

    pub(crate) fn failure(&self) -> Option<&str> {
        self.completed.stage_info.failure_reason.as_deref()
    }

    pub(crate) fn attempt(&self) -> (i32, i32) {
        stage_of(&self.submitted)
    }
}

fn stage_of(submitted: &StageSubmitted) -> (i32, i32) {
    (submitted.stage_info.stage_id.0, submitted.stage_info.stage_attempt_id.0)
}

fn stage_of_end(end: &TaskEnd) -> (i32, i32) {
    (end.stage_id.0, end.stage_attempt_id.0)
}

#[track_caller]
fn started_in(submitted: &StageSubmitted, start: TaskStart) -> TaskInfo {
    assert_eq!((start.stage_id.0, start.stage_attempt_id.0), stage_of(submitted));
    start.task_info
}

fn end(end: &TaskEnd) -> String {
    let how = match &end.task_end_reason {
        TaskEndReason::Success(_) => "success".to_owned(),
        TaskEndReason::ExceptionFailure(failure) => {
            format!("{}: {}", failure.class_name, failure.description.as_deref().unwrap_or_default())
        }
        TaskEndReason::TaskKilled(killed) => format!("killed: {}", killed.kill_reason),
        other => format!("{other:?}"),
    };
    let info = &end.task_info;
    let flags = (info.failed, info.killed);
    let expected = match &end.task_end_reason {
        TaskEndReason::Success(_) => (false, false),
        TaskEndReason::TaskKilled(_) => (false, true),
        _ => (true, false),
    };
    assert_eq!(flags, expected, "the info says what the reason says");
    assert!(info.launch_time > 0 && info.finish_time >= info.launch_time, "times in {info:?}");
    format!("{} {how}", info.index)
}

/// Does the work on a thread of its own, so that a wait without end fails the test.
#[track_caller]
pub(crate) fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    begin(work).recv_timeout(SOON).expect("ends, without a panic")
}

/// Begins work on a thread of its own; its result comes from the channel.
pub(crate) fn begin<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (done_in, done) = sync_channel(1);
    let run = move || drop(done_in.send(work()));
    thread::Builder::new().name("test-work".to_owned()).spawn(run).expect("starts");
    done
}

/// A task that does not notice anything until it is let go; tells when it is there.
pub(crate) struct Deaf {
    entered: SyncSender<()>,
    released: Mutex<Receiver<()>>,
}

impl Deaf {
    pub(crate) fn new() -> (Arc<Self>, Receiver<()>, SyncSender<()>) {
        let (entered, has_entered) = sync_channel(16);
        let (release, released) = sync_channel(16);
        (Arc::new(Self { entered, released: Mutex::new(released) }), has_entered, release)
    }

    pub(crate) fn block(&self) {
        self.entered.send(()).expect("the test is there");
        let _gone = self.released.lock().unwrap().recv();
    }
}
