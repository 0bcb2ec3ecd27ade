//! Without an async runtime.

use std::io::Write;
use std::thread;

use commit_coordinator::files::{BlockingOutputFile, FileCommitProtocol, OutputJob, block_on};
use tempfile::TempDir;

use crate::scene::{attempt, permit};

fn write_partition(job: &OutputJob, partition: i32) {
    let output = job.setup_task(attempt(partition, 0));
    let mut file = BlockingOutputFile::new(output.writer("part.txt").unwrap());
    for number in 0..100 {
        writeln!(file, "{partition} {number}").unwrap();
        file.add_rows(1);
    }
    file.flush().unwrap();
    file.close().unwrap();
    block_on(output.commit_task(permit(attempt(partition, 0), 1))).unwrap();
}

#[test]
fn plain_threads_write_and_commit_a_job_on_disk() {
    const PARTITIONS: i32 = 4;
    let folder = TempDir::new().unwrap();
    let small = std::num::NonZeroUsize::new(100).unwrap();
    let protocol = FileCommitProtocol::on_disk(folder.path()).unwrap().part_size(small).build();
    let job = block_on(protocol.setup_job()).unwrap();
    let job = &job;
    thread::scope(|scope| {
        (0..PARTITIONS).for_each(|partition| drop(scope.spawn(move || write_partition(job, partition))));
    });
    assert!(block_on(job.commit_job(0..PARTITIONS)).is_ok());
    let manifest = block_on(protocol.verify()).unwrap();
    assert_eq!(manifest.totals.rows, 400);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn waiting_for_a_future_wakes_up_when_another_thread_makes_it_ready() {
    let (told, mut hears) = tokio::sync::oneshot::channel();
    thread::scope(|scope| {
        let waits = scope.spawn(move || block_on(&mut hears));
        told.send(7).unwrap();
        assert_eq!(waits.join().unwrap(), Ok(7));
    });
}
