//! What Prometheus sees: the gauges of the whole family in one place.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::program::command;

/// However slow the machine is.
const AT_MOST: Duration = Duration::from_secs(20);

/// A run that lingers, until it is dropped.
struct Lingering(Child);

impl Drop for Lingering {
    fn drop(&mut self) {
        self.0.kill().expect("it lingers for longer than any test");
        self.0.wait().expect("it was killed");
    }
}

fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it serves");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn the_gauges_of_all_four_crates_are_served_together() {
    let scratch = TempDir::new().expect("there is room for a folder");
    let input = scratch.path().join("text");
    fs::write(&input, "one two").expect("there is room for a file");
    let mut command = command();
    command.arg(&input).env("TMPDIR", scratch.path()).args([
        "--tasks",
        "4",
        "--slots",
        "2",
        "--barrier",
        "--kill-executor",
        "1",
        "--metrics",
        "127.0.0.1:0",
        "--linger",
        "3600",
    ]);
    let mut run = Lingering(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs"));
    let stderr = run.0.stderr.take().expect("it is piped");
    let first = BufReader::new(stderr).lines().next().expect("it tells").expect("it writes UTF-8");
    let address =
        first.strip_prefix("word-count: metrics on http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.expect(&first);
    let expected = [
        r#"listener_bus_queue_size_events{bus="word-count",queue="shared"} 0"#,
        r#"barrier_rounds_completed_total{coordinator="barrier",kind="ALL_GATHER"} 1"#,
        r#"barrier_live_stage_attempts{coordinator="barrier"} 0"#,
        r#"commit_coordinator_grants_held{coordinator="commit-coordinator"} 0"#,
        r#"commit_coordinator_grants_total{coordinator="commit-coordinator"} 4"#,
        r#"commit_coordinator_grant_outcomes_total{coordinator="commit-coordinator",outcome="unknown"} 1"#,
    ];
    let deadline = Instant::now() + AT_MOST;
    loop {
        let scraped = scrape(address);
        let missing = expected.iter().find(|expected| !scraped.contains(**expected));
        match missing {
            None => return,
            Some(missing) => assert!(Instant::now() < deadline, "{missing} is not in {scraped}"),
        }
    }
}
