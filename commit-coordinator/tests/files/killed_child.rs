//! The process that is killed: a job of many partitions with speculation.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread;

use commit_coordinator::files::{
    BlockingOutputFile, ExistingOutput, FileCommitProtocol, OutputJob, TaskOutput, block_on,
};
use commit_coordinator::{CommitPermit, OutputCommitCoordinator, TaskAttempt, Verdict};
use listener_bus::events::{Bare, TaskEndReason};

use crate::scene::attempt;

pub(crate) const TEST: &str = "killed_child::writes_when_it_is_told_where";
pub(crate) const FOLDER: &str = "FILES_KILLED_CHILD_FOLDER";
pub(crate) const RUN: &str = "FILES_KILLED_CHILD_RUN";
pub(crate) const PARTITIONS: i32 = 200;
const EXECUTORS: usize = 2;

/// What a run writes for a partition: other lengths for each, some in one part and some in many.
pub(crate) fn content(run: u64, partition: i32) -> String {
    let line = |number: i32| format!("run {run} partition {partition} line {number}\n");
    (0..5 + partition % 40).map(line).collect::<Vec<_>>().concat()
}

/// Whoever reads this learns how far the process has come.
fn say(what: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}").unwrap();
    out.flush().unwrap();
}

/// Every partition once, and every fifth by two attempts that run at the same time.
fn attempts() -> VecDeque<TaskAttempt> {
    let copies = |partition: i32| if partition % 5 == 0 { 2 } else { 1 };
    (0..PARTITIONS)
        .flat_map(|partition| (0..copies(partition)).map(move |number| attempt(partition, number)))
        .collect()
}

fn write(output: &TaskOutput, run: u64) {
    let partition = output.task().partition_id.0;
    let mut file = BlockingOutputFile::new(output.writer(&format!("part-{partition:05}.txt")).unwrap());
    for line in content(run, partition).split_inclusive('\n') {
        file.write_all(line.as_bytes()).unwrap();
        file.add_rows(1);
    }
    file.close().unwrap();
}

fn run_attempt(coordinator: &OutputCommitCoordinator, job: &OutputJob, task: TaskAttempt, run: u64) {
    let output = job.setup_task(task);
    write(&output, run);
    say(&format!("{task} has written"));
    match coordinator.can_commit(task) {
        Verdict::Granted(permit) => commit(coordinator, &output, permit),
        Verdict::Denied(_) => drop(block_on(output.abort_task())),
    }
    say(&format!("{task} has ended"));
}

fn commit(coordinator: &OutputCommitCoordinator, output: &TaskOutput, permit: CommitPermit) {
    block_on(output.commit_task(permit)).unwrap();
    let _completion = coordinator.task_completed(output.task(), &TaskEndReason::Success(Bare::default()));
}

fn run_job(protocol: &FileCommitProtocol, run: u64) {
    block_on(protocol.clean()).unwrap();
    say("cleaned");
    let job = block_on(protocol.setup_job()).unwrap();
    let coordinator = OutputCommitCoordinator::builder().build().unwrap();
    coordinator.stage_start(0, PARTITIONS - 1).unwrap();
    let queue = Mutex::new(attempts());
    let next = || queue.lock().unwrap().pop_front();
    let execute = || std::iter::from_fn(next).for_each(|task| run_attempt(&coordinator, &job, task, run));
    thread::scope(|scope| (0..EXECUTORS).for_each(|_| drop(scope.spawn(execute))));
    block_on(job.commit_job(0..PARTITIONS)).unwrap();
    say("committed");
}

#[test]
fn writes_when_it_is_told_where() {
    let (Ok(folder), Ok(run)) = (std::env::var(FOLDER), std::env::var(RUN)) else { return };
    let builder = FileCommitProtocol::on_disk(folder).unwrap();
    let part = NonZeroUsize::new(512).unwrap();
    run_job(&builder.part_size(part).existing_output(ExistingOutput::Replace).build(), run.parse().unwrap());
}
