//! One run of one contender.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use nix::sys::resource::{UsageWho, getrusage};

use crate::contenders::Contender;
use crate::rows::Row;
use crate::shape::Shape;

/// One post in so many is timed. A prime: what happens every 64 events, as a new block of them, must not always meet
/// a timed post, nor never.
pub(crate) const TIMED_POSTS: u64 = 67;
/// Posts longer than this are recorded as this long, in nanoseconds.
const LONGEST_POST: u64 = 60_000_000_000;
/// How often the clock is read to see what that costs.
const CLOCK_READINGS: usize = 10_001;

/// Eight bytes a word.
#[derive(Clone, Copy)]
pub(crate) struct Event<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Event<WORDS> {
    pub(crate) fn numbered(number: u64) -> Self {
        Self([number; WORDS])
    }

    /// What every consumer does with every event.
    #[inline]
    pub(crate) fn consume(&self) {
        black_box(self.0[0]);
    }
}

/// Posts one event.
pub(crate) type Poster<const WORDS: usize> = Box<dyn FnMut(Event<WORDS>) + Send>;

/// A contender that is set up and waits for events.
pub(crate) struct Running<const WORDS: usize> {
    /// One a producer.
    pub(crate) posters: Vec<Poster<WORDS>>,
    /// Waits until everything is consumed; answers how many events the consumers have seen together.
    pub(crate) finish: Box<dyn FnOnce() -> u64>,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) contender: Contender,
    pub(crate) shape: Shape,
    pub(crate) repetition: u32,
}

/// What all runs have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measuring {
    /// Of a run, of all producers together.
    events: u64,
    /// What a timed post has of the clock in it.
    pub(crate) clock: Duration,
}

impl Measuring {
    pub(crate) fn new(events: u64) -> Self {
        let mut readings: Vec<_> = (0..CLOCK_READINGS).map(|_| Instant::now().elapsed()).collect();
        let (_, median, _) = readings.select_nth_unstable(CLOCK_READINGS / 2);
        Self { events, clock: *median }
    }

    pub(crate) fn run(self, turn: Turn) -> Result<Row> {
        let outcome = match turn.shape.bytes {
            16 => self.run_sized::<2>(turn),
            64 => self.run_sized::<8>(turn),
            256 => self.run_sized::<32>(turn),
            1024 => self.run_sized::<128>(turn),
            bytes => bail!("no event has {bytes} bytes"),
        };
        Ok(outcome.row(turn))
    }

    fn run_sized<const WORDS: usize>(self, Turn { contender, shape, .. }: Turn) -> Outcome {
        let Running::<WORDS> { posters, finish } = contender.start(shape);
        let each = (self.events / shape.producers as u64).max(1);
        let barrier = Barrier::new(shape.producers + 1);
        let (begun, cpu_before, produced) = thread::scope(|scope| {
            let start = |poster| scope.spawn(|| self.produce(poster, each, &barrier));
            let producers: Vec<_> = posters.into_iter().map(start).collect();
            // All are there, and none begins before the clocks are read.
            barrier.wait();
            let (begun, cpu_before) = (Instant::now(), cpu_time());
            barrier.wait();
            let produced = producers.into_iter().map(|producer| producer.join().expect("a producer posts"));
            (begun, cpu_before, produced.collect())
        });
        let delivered = finish();
        let (wall, cpu) = (begun.elapsed(), cpu_time().saturating_sub(cpu_before));
        Outcome { posted: each * shape.producers as u64, produced, delivered, wall, cpu }
    }

    fn produce<const WORDS: usize>(
        self,
        mut post: Poster<WORDS>,
        events: u64,
        barrier: &Barrier,
    ) -> Produced {
        let mut posts = histogram();
        barrier.wait();
        barrier.wait();
        let begun = Instant::now();
        for number in 0..events {
            let event = Event::numbered(number);
            if number % TIMED_POSTS == 0 {
                let begun = Instant::now();
                post(event);
                let took = begun.elapsed().saturating_sub(self.clock);
                posts.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST_POST));
            } else {
                post(event);
            }
        }
        Produced { took: begun.elapsed(), posts }
    }
}

/// What one producer has to tell.
struct Produced {
    took: Duration,
    posts: Histogram<u64>,
}

/// What a run has come to.
struct Outcome {
    posted: u64,
    produced: Vec<Produced>,
    delivered: u64,
    wall: Duration,
    cpu: Duration,
}

impl Outcome {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn row(self, Turn { contender, shape, repetition }: Turn) -> Row {
        let mut posts = histogram();
        let mut posting = Duration::ZERO;
        for producer in self.produced {
            posts.add(producer.posts).expect("the same bounds");
            posting += producer.took;
        }
        let delivered = self.delivered as f64;
        Row {
            contender,
            producers: shape.producers,
            queues: shape.queues,
            bytes: shape.bytes,
            repetition,
            post_mean: posting.as_nanos() as f64 / self.posted as f64,
            post_p50: posts.value_at_quantile(0.5),
            post_p99: posts.value_at_quantile(0.99),
            post_p999: posts.value_at_quantile(0.999),
            events_per_second: delivered / shape.queues as f64 / self.wall.as_secs_f64(),
            cpu_per_delivery: self.cpu.as_nanos() as f64 / delivered.max(1.0),
            delivered: delivered / (self.posted * shape.queues as u64) as f64,
        }
    }
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

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_POST, 3).expect("bounds that hold")
}
