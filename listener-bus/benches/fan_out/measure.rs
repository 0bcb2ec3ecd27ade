//! One run of one contender, and the median of several.

use std::fmt;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use nix::sys::resource::{UsageWho, getrusage};

/// One post in so many is timed.
const TIMED_POSTS: u64 = 8;
/// Posts longer than this are recorded as this long, in nanoseconds.
const LONGEST_POST: u64 = 60_000_000_000;

/// 64 bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Event([u64; 8]);

impl Event {
    fn numbered(number: u64) -> Self {
        Self([number; 8])
    }

    /// What every consumer does with every event.
    #[inline]
    pub(crate) fn consume(&self) {
        black_box(self.0[0]);
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) producers: usize,
    pub(crate) queues: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.producers, self.queues)
    }
}

/// Posts one event.
pub(crate) type Poster = Box<dyn FnMut(Event) + Send>;

/// A contender that is set up and waits for events.
pub(crate) struct Running {
    /// One a producer.
    pub(crate) posters: Vec<Poster>,
    /// Waits until everything is consumed; answers how many events the consumers have seen together.
    pub(crate) finish: Box<dyn FnOnce() -> u64>,
}

pub(crate) struct Run {
    wall: Duration,
    cpu: Duration,
    delivered: u64,
    expected: u64,
    queues: u64,
    posts: Histogram<u64>,
}

fn cpu_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage");
    [usage.user_time(), usage.system_time()]
        .into_iter()
        .map(|time| {
            Duration::from_micros(u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap_or(0))
        })
        .sum()
}

pub(crate) fn measure(shape: Shape, events: u64, start: fn(Shape) -> Running) -> Run {
    let Running { posters, finish } = start(shape);
    let each = events / shape.producers as u64;
    let barrier = Barrier::new(shape.producers + 1);
    let (begun, cpu_before, posts) = thread::scope(|scope| {
        let producers: Vec<_> =
            posters.into_iter().map(|poster| scope.spawn(|| produce(poster, each, &barrier))).collect();
        barrier.wait();
        let (begun, cpu_before) = (Instant::now(), cpu_time());
        let mut posts = histogram();
        for producer in producers {
            posts.add(producer.join().expect("a producer posts")).expect("the same bounds");
        }
        (begun, cpu_before, posts)
    });
    let delivered = finish();
    let posted = each * shape.producers as u64;
    Run {
        wall: begun.elapsed(),
        cpu: cpu_time().saturating_sub(cpu_before),
        delivered,
        expected: posted * shape.queues as u64,
        queues: shape.queues as u64,
        posts,
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_POST, 3).expect("bounds that hold")
}

fn produce(mut post: Poster, events: u64, barrier: &Barrier) -> Histogram<u64> {
    let mut posts = histogram();
    barrier.wait();
    for number in 0..events {
        let event = Event::numbered(number);
        if number % TIMED_POSTS == 0 {
            let begun = Instant::now();
            post(event);
            let nanos = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(LONGEST_POST);
            posts.saturating_record(nanos);
        } else {
            post(event);
        }
    }
    posts
}

/// The medians of several runs, figure by figure.
pub(crate) struct Median {
    post: [f64; 3],
    events_per_second: f64,
    pub(crate) cpu_per_delivery: f64,
    pub(crate) delivered_percent: f64,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
impl Median {
    pub(crate) fn of(runs: &[Run]) -> Self {
        let quantile = |quantile| median(runs.iter().map(|run| run.posts.value_at_quantile(quantile) as f64));
        Self {
            post: [quantile(0.5), quantile(0.99), quantile(0.999)],
            events_per_second: median(
                runs.iter().map(|run| run.delivered as f64 / run.queues as f64 / run.wall.as_secs_f64()),
            ),
            cpu_per_delivery: median(
                runs.iter().map(|run| run.cpu.as_nanos() as f64 / run.delivered.max(1) as f64),
            ),
            delivered_percent: median(
                runs.iter().map(|run| 100.0 * run.delivered as f64 / run.expected as f64),
            ),
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

impl fmt::Display for Median {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p99, p999] = self.post;
        let (speed, cpu) = (self.events_per_second, self.cpu_per_delivery);
        write!(f, "{median:.0} | {p99:.0} | {p999:.0} | {speed:.0} | {cpu:.0}")
    }
}
