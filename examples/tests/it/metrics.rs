use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{command, number};

/// A replay that lingers, until it is dropped.
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
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

/// The value of the series of this name with all of these labels.
fn value(scraped: &str, name: &str, labels: &[(&str, &str)]) -> u64 {
    let labels: Vec<_> = labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
    let series = |line: &&str| {
        line.starts_with(&format!("{name}{{")) && labels.iter().all(|label| line.contains(label.as_str()))
    };
    let line = scraped.lines().find(series).expect(scraped);
    line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect(line)
}

#[test]
fn the_metrics_that_linger_are_those_of_the_summary() {
    let lossy = ["--slow-listener", "2", "--capacity", "1", "--overflow", "drop-newest"];
    let mut command = command();
    command.args(["--metrics", "127.0.0.1:0", "--linger", "3600", "--json"]).args(lossy);
    let mut replay =
        Lingering(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the replay runs"));
    let stderr = BufReader::new(replay.0.stderr.take().expect("it is piped"));
    let mut notes =
        stderr.lines().map(|line| line.expect("it writes UTF-8")).filter(|line| line.starts_with("replay:"));
    let first = notes.next().expect("it says where the metrics are");
    let address =
        first.strip_prefix("replay: metrics on http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.expect(&first).to_owned();
    let mut json = String::new();
    let stdout = replay.0.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut json).expect("it writes UTF-8");
    let summary: Value = serde_json::from_str(&json).expect("the summary is one line");
    assert_eq!(
        notes.next(),
        Some(format!("replay: metrics stay on http://{address}/metrics for 1 h 00 min"))
    );

    let scraped = scrape(&address);
    assert_eq!(value(&scraped, "listener_bus_events_posted_total", &[("bus", "replay")]), 174);
    for queue in summary["queues"].as_array().expect("a list") {
        let of_queue = ("queue", queue["name"].as_str().expect("a text"));
        let count = |name: &str| value(&scraped, name, &[("bus", "replay"), of_queue]);
        assert_eq!(count("listener_bus_queue_events_posted_total"), number(&queue["posted"]));
        assert_eq!(count("listener_bus_queue_events_delivered_total"), number(&queue["delivered"]));
        for (reason, events) in queue["dropped"].as_object().expect("an object") {
            let dropped = "listener_bus_queue_events_dropped_total";
            assert_eq!(value(&scraped, dropped, &[of_queue, ("reason", reason)]), number(events));
        }
    }
}
