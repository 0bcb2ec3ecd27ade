//! Many readers of the page, and a flood of events at once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use listener_bus::LiveListenerBus;
use listener_bus::events::SchedulerEvent;
use listener_bus::page::StatusPage;

use crate::log::{beginning, task_end, task_start};
use crate::median;

/// What a reader opens, one after the other.
const PATHS: [&str; 4] = ["/", "/jobs", "/stages/0/0", "/api/v1/bus"];
/// A reader opens one so often, as the page's own script does.
const EVERY: Duration = Duration::from_secs(1);
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Flood,
    Readers,
    Both,
}

/// What one run has found.
#[derive(Default)]
struct Found {
    posts: f64,
    post_p50: f64,
    post_p999: f64,
    delivered: f64,
    answers: f64,
    answer_p50: f64,
    answer_p99: f64,
}

pub(crate) fn measure(
    out: &mut impl Write,
    readers: usize,
    length: Duration,
    repetitions: u32,
) -> Result<()> {
    writeln!(
        out,
        "{readers} readers, each of whom opens a view a second, and a producer that posts task events as fast as it can; {length:?} \
         a run, medians of {repetitions} in turn. Posts in nanoseconds, answers in milliseconds.\n"
    )?;
    let cases = [(Case::Flood, "flood"), (Case::Readers, "readers"), (Case::Both, "both")];
    let mut found: Vec<Vec<Found>> = cases.iter().map(|_| Vec::new()).collect();
    for _ in 0..repetitions {
        for ((case, _), found) in cases.iter().zip(&mut found) {
            found.push(run(*case, readers, length)?);
        }
    }
    writeln!(out, "| who is there | posts/s | p50 | p99.9 | events kept/s | answers | p50 | p99 |")?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for ((_, name), found) in cases.iter().zip(&found) {
        let of = |pick: fn(&Found) -> f64| median(found.iter().map(pick).collect());
        writeln!(
            out,
            "| {name} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} |",
            of(|found| found.posts),
            of(|found| found.post_p50),
            of(|found| found.post_p999),
            of(|found| found.delivered),
            of(|found| found.answers),
            of(|found| found.answer_p50),
            of(|found| found.answer_p99)
        )?;
    }
    Ok(())
}

fn run(case: Case, readers: usize, length: Duration) -> Result<Found> {
    let bus = LiveListenerBus::scheduler().build()?;
    let server = StatusPage::of(&bus)?.serve(SocketAddr::from(([127, 0, 0, 1], 0)), None)?;
    bus.start()?;
    for event in beginning() {
        bus.post(event);
    }
    let address = server.local_addr();
    let is_over = AtomicBool::new(false);
    let count = if case == Case::Flood { 0 } else { readers };
    let mut found = thread::scope(|scope| {
        let readers: Vec<_> = (0..count)
            .map(|reader| {
                scope.spawn({
                    let is_over = &is_over;
                    move || read(address, reader, is_over)
                })
            })
            .collect();
        let mut found = Found::default();
        if case == Case::Readers {
            thread::park_timeout(length);
        } else {
            found = flood(&bus, length)?;
        }
        is_over.store(true, Ordering::Relaxed);
        let mut answers = Histogram::<u64>::new(3)?;
        for reader in readers {
            answers.add(reader.join().map_err(|_panic| anyhow::anyhow!("a reader panicked"))??)?;
        }
        found.answers = answers.len() as f64;
        found.answer_p50 = answers.value_at_quantile(0.5) as f64 / 1e6;
        found.answer_p99 = answers.value_at_quantile(0.99) as f64 / 1e6;
        anyhow::Ok(found)
    })?;
    let delivered = bus
        .snapshot()
        .queues
        .iter()
        .find(|queue| queue.name == "appStatus")
        .map_or(0, |queue| queue.delivered);
    found.delivered = delivered as f64 / length.as_secs_f64();
    drop(bus.stop(PATIENCE)?);
    Ok(found)
}

fn flood(bus: &LiveListenerBus<SchedulerEvent>, length: Duration) -> Result<Found> {
    let mut posts = Histogram::<u64>::new(3)?;
    let begin = Instant::now();
    for id in 0.. {
        if begin.elapsed() > length {
            break;
        }
        for event in [task_start(id), task_end(id)] {
            let before = Instant::now();
            bus.post(event);
            posts.record(before.elapsed().as_nanos().try_into()?)?;
        }
    }
    Ok(Found {
        posts: posts.len() as f64 / length.as_secs_f64(),
        post_p50: posts.value_at_quantile(0.5) as f64,
        post_p999: posts.value_at_quantile(0.999) as f64,
        ..Found::default()
    })
}

/// Reads until it is over; gives how long the answers took, in nanoseconds.
fn read(address: SocketAddr, reader: usize, is_over: &AtomicBool) -> Result<Histogram<u64>> {
    let mut answers = Histogram::new(3)?;
    let mut paths = PATHS.iter().cycle().skip(reader);
    // They do not all come at once.
    thread::park_timeout(EVERY * u32::try_from(reader % 50)? / 50);
    while !is_over.load(Ordering::Relaxed) {
        let begin = Instant::now();
        let path = paths.next().context("there is always one more")?;
        get(address, path)?;
        answers.record(begin.elapsed().as_nanos().try_into()?)?;
        thread::park_timeout(EVERY.saturating_sub(begin.elapsed()));
    }
    Ok(answers)
}

fn get(address: SocketAddr, path: &str) -> Result<()> {
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    ensure!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{path}: {}",
        String::from_utf8_lossy(&answer[..answer.len().min(200)])
    );
    Ok(())
}
