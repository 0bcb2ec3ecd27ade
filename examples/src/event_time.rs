//! When an event happened.

use listener_bus::SchedulerEvent;

/// When the event happened, in milliseconds since the Unix epoch, for the kinds that say so.
pub fn time_of(event: &SchedulerEvent) -> Option<i64> {
    use SchedulerEvent as E;
    let time = match event {
        E::ApplicationStart(event) => event.timestamp,
        E::ApplicationEnd(event) => event.timestamp,
        E::ExecutorAdded(event) => event.timestamp,
        E::ExecutorRemoved(event) => event.timestamp,
        E::BlockManagerAdded(event) => event.timestamp,
        E::BlockManagerRemoved(event) => event.timestamp,
        E::JobStart(event) => event.submission_time,
        E::JobEnd(event) => event.completion_time,
        E::StageSubmitted(event) => event.stage_info.submission_time?,
        E::StageCompleted(event) => event.stage_info.completion_time?,
        E::TaskStart(event) => event.task_info.launch_time,
        E::TaskEnd(event) => event.task_info.finish_time,
        _ => return None,
    };
    // Old logs have -1 or 0 where the time is not known.
    (time > 0).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use listener_bus::events::{BlockManagerAdded, LogStart, StageInfo, StageSubmitted, TaskEnd, TaskInfo};

    #[test]
    fn an_event_has_the_time_it_tells_of() {
        let task_info = TaskInfo { launch_time: 3, finish_time: 5, ..Default::default() };
        assert_eq!(time_of(&TaskEnd { task_info, ..Default::default() }.into()), Some(5));
        let stage_info = StageInfo { submission_time: Some(7), ..Default::default() };
        assert_eq!(time_of(&StageSubmitted { stage_info, ..Default::default() }.into()), Some(7));
    }

    #[test]
    fn what_an_event_does_not_tell_is_no_time() {
        assert_eq!(time_of(&LogStart::default().into()), None);
        assert_eq!(time_of(&StageSubmitted::default().into()), None);
        assert_eq!(time_of(&BlockManagerAdded { timestamp: -1, ..Default::default() }.into()), None);
    }
}
