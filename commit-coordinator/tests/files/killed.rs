//! A process that is killed at two hundred random points, and started again each time; twenty-five of them a test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use commit_coordinator::files::{FileCommitProtocol, ReadManifestError, block_on};
use tempfile::TempDir;

use crate::killed_child::{self, FOLDER, PARTITIONS, RUN};
use crate::steps::Dice;

const KILLS: u64 = 25;
/// Longer than anything takes here; a wait this long means failure.
const SOON: Duration = Duration::from_secs(20);

/// A process at work, and what it says.
struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    fn start(folder: &Path, run: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", killed_child::TEST, "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .env(RUN, run.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = sync_channel(10_000);
        let read = move || output.lines().map_while(Result::ok).try_for_each(|line| said.send(line));
        thread::Builder::new().name("reader".into()).spawn(read).unwrap();
        Self { child, lines }
    }

    /// Whether the process says as much before it ends.
    fn says(&self, lines: u64) -> bool {
        (0..lines).all(|_| match self.lines.recv_timeout(SOON) {
            Ok(_) => true,
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => panic!("the process hangs"),
        })
    }

    /// Ends it as nothing else does: it gets no chance to tidy up.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for it to end by itself; says how many lines it had to say.
    fn finish(mut self) -> u64 {
        let mut lines = 0;
        while self.says(1) {
            lines += 1;
        }
        assert!(self.child.wait().unwrap().success());
        lines
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that fails leaves no process behind.
        if !thread::panicking() {
            return;
        }
        self.child.kill().unwrap_or_default();
    }
}

/// A folder in memory where there is one. It is processes that die here, not machines, so it makes no difference but of time.
fn quick_folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

/// Sees that the output is of this run: every partition once, and every byte as it should be.
fn assert_output(protocol: &FileCommitProtocol, folder: &Path, run: u64) {
    let manifest = block_on(protocol.verify()).unwrap();
    let partitions: Vec<i32> = manifest.partitions.iter().map(|one| one.task.partition_id.0).collect();
    assert_eq!(partitions, (0..PARTITIONS).collect::<Vec<_>>());
    for partition in &manifest.partitions {
        let [file] = &partition.files[..] else { panic!("{partition:?}") };
        let content = std::fs::read_to_string(folder.join(&file.name)).unwrap();
        let expected = killed_child::content(run, partition.task.partition_id.0);
        assert_eq!(content, expected, "{partition:?}");
    }
}

/// Sees that there is nothing in the folder but the manifest and what it names.
fn assert_tidy(folder: &Path) {
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), usize::try_from(PARTITIONS).unwrap() + 1, "{names:?}");
}

fn is_exactly_right_after_each_kill(seed: u64) {
    let folder = quick_folder();
    let folder = folder.path();
    let protocol = FileCommitProtocol::on_disk(folder).unwrap().build();
    let mut dice = Dice::new(seed);
    let mut complete = None;
    let lines = {
        let scratch = quick_folder();
        Process::start(scratch.path(), 0).finish()
    };
    let mut in_the_middle = 0;
    for kill in 1..=KILLS {
        let process = Process::start(folder, 2 * kill);
        if process.says(dice.roll(lines + 1)) {
            in_the_middle += 1;
        }
        process.kill();
        match block_on(protocol.read_manifest()) {
            Ok(manifest) => {
                let run = if complete == Some(manifest.job) { 2 * kill - 1 } else { 2 * kill };
                assert_output(&protocol, folder, run);
            }
            Err(ReadManifestError::NotThere { .. }) if complete.is_none() => {}
            Err(error) => panic!("{error}"),
        }
        Process::start(folder, 2 * kill + 1).finish();
        block_on(protocol.clean()).unwrap();
        assert_output(&protocol, folder, 2 * kill + 1);
        assert_tidy(folder);
        complete = Some(block_on(protocol.read_manifest()).unwrap().job);
    }
    assert!(in_the_middle > KILLS / 2, "most were killed at work, not {in_the_middle}");
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_first_part() {
    is_exactly_right_after_each_kill(1);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_second_part() {
    is_exactly_right_after_each_kill(2);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_third_part() {
    is_exactly_right_after_each_kill(3);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_fourth_part() {
    is_exactly_right_after_each_kill(4);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_fifth_part() {
    is_exactly_right_after_each_kill(5);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_sixth_part() {
    is_exactly_right_after_each_kill(6);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_seventh_part() {
    is_exactly_right_after_each_kill(7);
}

#[test]
fn a_job_killed_at_random_and_started_again_is_exactly_right_eighth_part() {
    is_exactly_right_after_each_kill(8);
}
