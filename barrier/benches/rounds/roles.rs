//! What the processes of the benchmark do: the server, one task with its own connection, and a crowd of tasks on one.

use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use barrier::grpc::{BarrierServer, GrpcCoordinator};
use barrier::{BarrierCoordinator, BarrierTask, BarrierTaskContext, StageAttempt};
use tokio::runtime::{Builder, Runtime};

/// Rounds before the first one that is measured.
const WARM_UP: u64 = 20;

/// Does the work of a role, if the first argument names one.
pub(crate) fn play() -> Option<io::Result<()>> {
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next()?;
    let arguments: Vec<String> = arguments.collect();
    let number = |place: usize| arguments[place].parse::<i64>().expect("a number");
    match &*role {
        "--server" => Some(serve()),
        "--worker" => Some(work(&arguments[0], number(1), number(2), number(3))),
        "--crowd" => Some(crowd(&arguments[0], number(1), number(2), number(3))),
        _ => None,
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn say(what: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    out.flush()
}

fn gang() -> StageAttempt {
    StageAttempt::new(0, 0)
}

/// Answers each line with how many tasks wait.
fn serve() -> io::Result<()> {
    let coordinator = BarrierCoordinator::builder().build().expect("settings in order");
    let watched = coordinator.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::Builder::new().spawn(move || {
        runtime().block_on(async {
            let server = BarrierServer::builder(coordinator).bind().expect("a free port");
            say(&format!("http://{}", server.local_addr())).expect("somebody reads");
            server.serve(async { drop(stopped.await) }).await.expect("serves");
        });
    })?;
    for _ in io::stdin().lock().lines() {
        let arrived =
            watched.snapshot().gangs.iter().map(|gang| gang.arrived.as_slice().len()).sum::<usize>();
        say(&arrived.to_string())?;
    }
    drop(stop);
    serving.join().expect("the server ends");
    Ok(())
}

fn context(coordinator: &GrpcCoordinator, partition: i64, tasks: i64) -> BarrierTaskContext {
    let partition_id = i32::try_from(partition).expect("a partition");
    let tasks = usize::try_from(tasks).expect("a number of tasks");
    coordinator.context(BarrierTask::new(gang(), tasks, partition_id, partition)).expect("a task of the gang")
}

/// Says how many microseconds a round of `barrier` took, and one of `all_gather` of 64 bytes.
fn work(address: &str, partition: i64, tasks: i64, rounds: i64) -> io::Result<()> {
    runtime().block_on(async {
        let coordinator = GrpcCoordinator::builder(address).connect().await.expect("a server");
        let mut context = context(&coordinator, partition, tasks);
        for _ in 0..WARM_UP {
            context.all_gather_async(vec![7; 64]).await.expect("all come");
        }
        let begun = Instant::now();
        for _ in 0..rounds {
            context.barrier_async().await.expect("all come");
        }
        let met = Instant::now();
        for _ in 0..rounds {
            context.all_gather_async(vec![7; 64]).await.expect("all come");
        }
        let each = |time: Duration| time.as_secs_f64() * 1e6 / rounds as f64;
        say(&format!("{} {}", each(met - begun), each(met.elapsed())))
    })
}

/// Every task whose number has this remainder, on one connection.
fn crowd(address: &str, number: i64, connections: i64, tasks: i64) -> io::Result<()> {
    runtime().block_on(async {
        let coordinator = GrpcCoordinator::builder(address).connect().await.expect("a server");
        let own = (number..tasks).step_by(usize::try_from(connections).expect("a few"));
        let mut contexts: Vec<_> = own.map(|partition| context(&coordinator, partition, tasks)).collect();
        say("ready")?;
        assert_eq!(hear()?, "go");
        contexts = all_meet(contexts).await;
        say("done")?;
        assert_eq!(hear()?, "go but one");
        let held_back = (number == 0).then(|| contexts.swap_remove(0));
        let waiting = tokio::spawn(all_meet(contexts));
        let told = tokio::task::spawn_blocking(hear).await.expect("not cancelled")?;
        assert_eq!(told, "go on");
        if let Some(last) = held_back {
            all_meet(vec![last]).await;
        }
        waiting.await.expect("all come");
        say("done")
    })
}

async fn all_meet(contexts: Vec<BarrierTaskContext>) -> Vec<BarrierTaskContext> {
    let mut meeting = tokio::task::JoinSet::new();
    for mut context in contexts {
        meeting.spawn(async move {
            context.barrier_async().await.expect("all come");
            context
        });
    }
    meeting.join_all().await
}

fn hear() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
