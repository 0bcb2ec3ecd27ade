//! Rounds within one process: threads, and async tasks.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use barrier::{BarrierCoordinator, BarrierTask, BarrierTaskContext, StageAttempt};

use crate::median;

const WORKERS: usize = 2;
/// Tasks have so many times the rounds of threads: theirs are that much shorter.
const ROUNDS_OF_TASKS: u64 = 20;

struct Contender {
    name: &'static str,
    /// The time of so many rounds of so many tasks.
    run: fn(tasks: usize, rounds: u64) -> Duration,
    /// The name of the one it is compared with.
    yardstick: &'static str,
}

const CONTENDERS: [Contender; 6] = [
    Contender {
        name: "`std::sync::Barrier`, threads",
        run: std_barrier,
        yardstick: "`std::sync::Barrier`, threads",
    },
    Contender {
        name: "`barrier()`, threads",
        run: barrier_threads,
        yardstick: "`std::sync::Barrier`, threads",
    },
    Contender {
        name: "`all_gather` of 64 bytes, threads",
        run: gather_threads,
        yardstick: "`std::sync::Barrier`, threads",
    },
    Contender {
        name: "`tokio::sync::Barrier`, tasks",
        run: tokio_barrier,
        yardstick: "`tokio::sync::Barrier`, tasks",
    },
    Contender {
        name: "`barrier_async()`, tasks",
        run: barrier_tasks,
        yardstick: "`tokio::sync::Barrier`, tasks",
    },
    Contender {
        name: "`all_gather_async` of 64 bytes, tasks",
        run: gather_tasks,
        yardstick: "`tokio::sync::Barrier`, tasks",
    },
];

impl Contender {
    fn scale(&self) -> u64 {
        if self.yardstick.ends_with("tasks") { ROUNDS_OF_TASKS } else { 1 }
    }
}

pub(crate) fn table(out: &mut impl Write, rounds: u64, repetitions: u64) -> io::Result<()> {
    writeln!(out, "| tasks | contender | microseconds a round | against its peer |")?;
    writeln!(out, "|---:|---|---:|---:|")?;
    for tasks in [4, 32] {
        let mut runs = CONTENDERS.map(|_| Vec::new());
        for _ in 0..repetitions {
            for (contender, runs) in CONTENDERS.iter().zip(&mut runs) {
                runs.push((contender.run)(tasks, rounds * contender.scale()));
            }
        }
        let medians = runs.map(median);
        for (contender, time) in CONTENDERS.iter().zip(&medians) {
            let peer = CONTENDERS.iter().zip(&medians).find(|(other, _)| other.name == contender.yardstick);
            let against = peer.map_or(f64::NAN, |(_, peer)| time.as_secs_f64() / peer.as_secs_f64());
            let each = time.as_secs_f64() * 1e6 / (rounds * contender.scale()) as f64;
            writeln!(out, "| {tasks} | {} | {each:.2} | {against:.2}x |", contender.name)?;
        }
        out.flush()?;
    }
    Ok(())
}

fn contexts(tasks: usize) -> (BarrierCoordinator, Vec<BarrierTaskContext>) {
    let coordinator = BarrierCoordinator::builder().build().expect("settings in order");
    let context = |partition| {
        let task = BarrierTask::new(StageAttempt::new(0, 0), tasks, partition, i64::from(partition));
        coordinator.context(task).expect("a task of the gang")
    };
    let contexts = (0..).take(tasks).map(context).collect();
    (coordinator, contexts)
}

fn threads<T: Send>(workers: Vec<T>, work: impl Fn(T) + Sync) -> Duration {
    let begun = Instant::now();
    thread::scope(|scope| {
        for worker in workers {
            scope.spawn(|| work(worker));
        }
    });
    begun.elapsed()
}

fn std_barrier(tasks: usize, rounds: u64) -> Duration {
    let barrier = std::sync::Barrier::new(tasks);
    threads(vec![(); tasks], |()| {
        for _ in 0..rounds {
            barrier.wait();
        }
    })
}

fn barrier_threads(tasks: usize, rounds: u64) -> Duration {
    let (_coordinator, contexts) = contexts(tasks);
    threads(contexts, |mut context| {
        for _ in 0..rounds {
            context.barrier().expect("all come");
        }
    })
}

fn gather_threads(tasks: usize, rounds: u64) -> Duration {
    let (_coordinator, contexts) = contexts(tasks);
    threads(contexts, |mut context| {
        for _ in 0..rounds {
            context.all_gather(vec![7; 64]).expect("all come");
        }
    })
}

fn tasks<F: Future<Output = ()> + Send + 'static>(work: impl Iterator<Item = F>) -> Duration {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).build().expect("a runtime");
    runtime.block_on(async {
        let begun = Instant::now();
        let tasks: Vec<_> = work.map(tokio::spawn).collect();
        for task in tasks {
            task.await.expect("a task ends");
        }
        begun.elapsed()
    })
}

fn tokio_barrier(count: usize, rounds: u64) -> Duration {
    let barrier = Arc::new(tokio::sync::Barrier::new(count));
    tasks((0..count).map(|_| {
        let barrier = Arc::clone(&barrier);
        async move {
            for _ in 0..rounds {
                barrier.wait().await;
            }
        }
    }))
}

fn barrier_tasks(count: usize, rounds: u64) -> Duration {
    let (_coordinator, contexts) = contexts(count);
    tasks(contexts.into_iter().map(|mut context| async move {
        for _ in 0..rounds {
            context.barrier_async().await.expect("all come");
        }
    }))
}

fn gather_tasks(count: usize, rounds: u64) -> Duration {
    let (_coordinator, contexts) = contexts(count);
    tasks(contexts.into_iter().map(|mut context| async move {
        for _ in 0..rounds {
            context.all_gather_async(vec![7; 64]).await.expect("all come");
        }
    }))
}
