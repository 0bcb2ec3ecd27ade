//! Numbers that no application has, as a damaged log may.

use listener_bus::SchedulerListener;
use listener_bus::events::{
    BlockManagerId, BlockUpdated, BlockUpdatedInfo, SchedulerEvent, ShuffleReadMetrics, StorageLevel,
    TaskMetrics,
};
use listener_bus::status::{AppStatusListener, Date};
use proptest::prelude::*;

use crate::support::at_once;
use crate::support::events::{
    application_end, application_start, completed, executor_added, executor_removed, job_end, job_start,
    stage, submitted, task_end, task_start,
};

fn number() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX])
}

fn small() -> impl Strategy<Value = i32> {
    prop::sample::select(vec![i32::MIN, -1, 0, 1, i32::MAX])
}

/// A block of this size that is stored in so many copies.
fn block(size: i64, replication: i32) -> SchedulerEvent {
    let is_stored = replication > 0;
    let storage_level = StorageLevel {
        use_memory: is_stored,
        use_disk: is_stored,
        replication: 1,
        ..StorageLevel::default()
    };
    let block_manager_id = BlockManagerId { executor_id: "1".into(), ..BlockManagerId::default() };
    let block_id = "rdd_1_1".to_owned();
    let (memory_size, disk_size) = (size, size);
    let block_updated_info = BlockUpdatedInfo {
        block_manager_id,
        block_id,
        storage_level,
        memory_size,
        disk_size,
        ..BlockUpdatedInfo::default()
    };
    BlockUpdated { block_updated_info, ..BlockUpdated::default() }.into()
}

/// Puts these numbers wherever an event of a task has one.
fn with_numbers(mut event: SchedulerEvent, numbers: &[i64], small: i32) -> SchedulerEvent {
    let (info, metrics) = match &mut event {
        SchedulerEvent::TaskStart(event) => (&mut event.task_info, &mut None),
        SchedulerEvent::TaskEnd(event) => (&mut event.task_info, &mut event.task_metrics),
        _ => return event,
    };
    let [time, start, end, cost] = numbers[..] else { return event };
    (info.getting_result_time, info.launch_time, info.finish_time) = (time, start, end);
    info.index = small;
    let read = ShuffleReadMetrics {
        remote_bytes_read: cost,
        local_bytes_read: cost,
        remote_blocks_fetched: cost,
        local_blocks_fetched: cost,
        ..ShuffleReadMetrics::default()
    };
    *metrics = Some(TaskMetrics {
        executor_run_time: cost,
        executor_deserialize_time: cost,
        result_serialization_time: cost,
        jvm_gc_time: cost,
        shuffle_read_metrics: read,
        ..TaskMetrics::default()
    });
    event
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_the_numbers_are_it_is_kept_and_shown(
        numbers in prop::collection::vec((prop::collection::vec(number(), 4), small()), 8),
        times in prop::collection::vec(number(), 4),
        sizes in prop::collection::vec(number(), 3),
        tasks in small(),
    ) {
        let mut listener = AppStatusListener::new(at_once());
        let mut events = vec![
            application_start("a", times[0]),
            executor_added("1"),
            job_start(0, &[stage(0, 0, tasks), stage(1, 0, tasks)]),
            submitted(stage(0, 0, tasks)),
        ];
        events.extend(sizes.iter().flat_map(|size| [block(*size, 1), block(*size, 0)]));
        for (id, (numbers, small)) in (0..).zip(&numbers) {
            events.push(with_numbers(task_start(0, id), numbers, *small));
            events.push(with_numbers(task_end(0, id), numbers, *small));
        }
        events.extend([completed(stage(0, 0, tasks)), job_end(0), executor_removed("1", times[1])]);
        events.push(application_end(times[2]));
        for event in &events {
            listener.on_scheduler_event(event);
        }
        let view = listener.store().view();
        let application = view.current().unwrap();
        let jobs: Vec<_> = application.jobs.values().collect();
        let executors: Vec<_> = application.executors.values().collect();
        let stages: Vec<_> = application.stages.values().map(|stage| (stage.data(), stage.quantiles())).collect();
        serde_json::to_string(&(&application.info, jobs, executors, stages)).unwrap();
        for task in application.stages.values().flat_map(|stage| stage.tasks()) {
            let now = Date(times[3]);
            let _ = (task.duration(now), task.scheduler_delay(), task.getting_result_time(now));
        }
    }
}
