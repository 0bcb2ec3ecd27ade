use std::borrow::Cow;
use std::collections::BTreeSet;

use listener_bus::events::{
    ApplicationEnd, OtherEvent, SchedulerEvent, SchedulerListener, TaskEnd, TaskEndReason, TaskStart,
};

use crate::events_data::{SQL_AND_SERVER_EVENTS, core_event, core_events};

#[derive(Default)]
struct Heard(Vec<String>);

impl SchedulerListener for Heard {
    fn on_task_end(&mut self, event: &TaskEnd) {
        self.0.push(format!("end of {}", event.task_info.task_id));
    }

    fn on_application_end(&mut self, _: &ApplicationEnd) {
        self.0.push("the end".to_owned());
    }

    fn on_other(&mut self, event: &OtherEvent) {
        self.0.push(event.name().to_owned());
    }
}

#[test]
fn an_event_is_handed_to_the_method_of_its_kind() {
    let mut heard = Heard::default();
    let other = r#"{"Event":"a.B"}"#;
    for line in [core_event("SparkListenerTaskStart"), core_event("SparkListenerTaskEnd"), other] {
        heard.on_scheduler_event(&SchedulerEvent::from_json(line).unwrap());
    }
    heard.on_scheduler_event(&SchedulerEvent::from(ApplicationEnd::default()));
    assert_eq!(heard.0, ["end of 9", "a.B", "the end"]);
}

#[test]
fn a_listener_is_named_after_its_type_unless_it_says_otherwise() {
    struct Generic<T>(T);
    impl<T: Send + 'static> SchedulerListener for Generic<T> {}
    struct Named;
    impl SchedulerListener for Named {
        fn name(&self) -> Cow<'static, str> {
            Cow::Owned("queue 7".to_owned())
        }
    }
    assert_eq!(Heard::default().name(), "Heard");
    assert_eq!(Generic(Vec::<Heard>::new()).name(), "Generic");
    let boxed: Box<dyn SchedulerListener> = Box::new(Heard::default());
    assert_eq!(boxed.name(), "Heard");
    assert_eq!(Named.name(), "queue 7");
}

#[test]
fn critical_events_are_those_of_applications_executors_jobs_and_stages() {
    let lines = core_events().chain(SQL_AND_SERVER_EVENTS.lines());
    let events: Vec<SchedulerEvent> = lines.map(|line| SchedulerEvent::from_json(line).unwrap()).collect();
    let critical: BTreeSet<&str> =
        events.iter().filter(|event| event.is_critical()).map(SchedulerEvent::name).collect();
    let expected = [
        "SparkListenerApplicationEnd",
        "SparkListenerApplicationStart",
        "SparkListenerExecutorAdded",
        "SparkListenerExecutorRemoved",
        "SparkListenerJobEnd",
        "SparkListenerJobStart",
        "SparkListenerLogStart",
        "SparkListenerStageCompleted",
        "SparkListenerStageSubmitted",
    ];
    assert!(critical.iter().copied().eq(expected), "{critical:?}");
}

#[test]
fn an_event_is_made_from_its_struct() {
    let event = TaskStart { stage_id: 3.into(), ..Default::default() };
    assert_eq!(SchedulerEvent::from(event.clone()), SchedulerEvent::TaskStart(Box::new(event)));
    assert_eq!(TaskStart::NAME, "SparkListenerTaskStart");
    assert!(TaskEnd::default().task_end_reason.is_success());
    assert_eq!(TaskEndReason::default(), TaskEndReason::SUCCESS);
}
