//! How many decisions go over one loopback connection, beside a tonic service of the same shape that decides nothing.
//!
//! `cargo bench --package commit-coordinator --features grpc --bench decisions_grpc`

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use commit_coordinator::executors::HeartbeatReceiver;
use commit_coordinator::grpc::v1::can_commit_response::Outcome;
use commit_coordinator::grpc::v1::commit_worker_client::CommitWorkerClient;
use commit_coordinator::grpc::v1::commit_worker_server::{CommitWorker, CommitWorkerServer};
use commit_coordinator::grpc::{CommitServer, GrpcCommitWorker, v1};
use commit_coordinator::{OutputCommitCoordinator, TaskAttempt};
use tokio::task::JoinSet;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};

/// Decisions over gRPC.
#[derive(Debug, Parser)]
struct Args {
    /// Decisions of each contender.
    #[arg(long, default_value_t = 200_000)]
    decisions: i32,
    /// Calls on their way at the same time.
    #[arg(long, default_value_t = 128)]
    in_flight: i32,
    /// Attempts in one call, for the contender that asks for many.
    #[arg(long, default_value_t = 100)]
    batch: i32,
    /// How often all take their turn.
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Grants all, and remembers nothing.
#[derive(Debug)]
struct Echo;

type Answering<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl CommitWorker for Echo {
    async fn can_commit(&self, request: Request<v1::CanCommitRequest>) -> Answering<v1::CanCommitResponse> {
        let granted = v1::Permit { task: request.into_inner().task, token: 1 };
        Ok(Response::new(v1::CanCommitResponse { outcome: Some(Outcome::Granted(granted)) }))
    }

    async fn can_commit_all(
        &self,
        _: Request<v1::CanCommitAllRequest>,
    ) -> Answering<v1::CanCommitAllResponse> {
        Err(Status::unimplemented("it only echoes"))
    }

    async fn register_executor(
        &self,
        _: Request<v1::RegisterExecutorRequest>,
    ) -> Answering<v1::RegisterExecutorResponse> {
        Err(Status::unimplemented("it only echoes"))
    }

    async fn heartbeat(&self, _: Request<v1::HeartbeatRequest>) -> Answering<v1::HeartbeatResponse> {
        Err(Status::unimplemented("it only echoes"))
    }

    async fn leave(&self, _: Request<v1::LeaveRequest>) -> Answering<v1::LeaveResponse> {
        Err(Status::unimplemented("it only echoes"))
    }
}

/// Who asks.
#[derive(Clone)]
enum Asks {
    /// The client that tonic makes of the `.proto`.
    Generated(CommitWorkerClient<Channel>),
    /// The client of this crate, one attempt a call.
    Client(GrpcCommitWorker),
    /// The client of this crate, many attempts a call.
    Batches(GrpcCommitWorker, i32),
}

impl Asks {
    /// Asks for each of the partitions from `first` on, `step` apart; answers how many were granted.
    async fn run(mut self, stage: i32, first: i32, step: i32, end: i32) -> anyhow::Result<usize> {
        let mut granted = 0;
        let task = |partition| TaskAttempt::new(stage, 0, partition, 0);
        let partitions: Vec<i32> = (first..end).step_by(usize::try_from(step)?).collect();
        match &mut self {
            Self::Generated(client) => {
                for partition_id in partitions {
                    let task =
                        v1::TaskAttempt { stage_id: stage, partition_id, ..v1::TaskAttempt::default() };
                    let ask = v1::CanCommitRequest { task: Some(task), ..v1::CanCommitRequest::default() };
                    let answer = client.can_commit(ask).await?.into_inner();
                    granted += usize::from(matches!(answer.outcome, Some(Outcome::Granted(_))));
                }
            }
            Self::Client(client) => {
                for partition in partitions {
                    granted += usize::from(client.can_commit_async(task(partition)).await?.is_granted());
                }
            }
            Self::Batches(client, size) => {
                for batch in partitions.chunks(usize::try_from(*size)?) {
                    let tasks: Vec<_> = batch.iter().copied().map(task).collect();
                    let verdicts = client.can_commit_all_async(&tasks).await?;
                    granted += verdicts.iter().filter(|verdict| verdict.is_granted()).count();
                }
            }
        }
        Ok(granted)
    }
}

/// All partitions of a stage once; answers the decisions in a second.
async fn measure(asks: &Asks, stage: i32, args: &Args) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..args.in_flight {
        callers.spawn(asks.clone().run(stage, caller, args.in_flight, args.decisions));
    }
    let mut granted = 0;
    while let Some(caller) = callers.join_next().await {
        granted += caller??;
    }
    let took = begun.elapsed();
    ensure!(granted == usize::try_from(args.decisions)?, "{granted} of {} were granted", args.decisions);
    Ok(f64::from(args.decisions) / took.as_secs_f64())
}

async fn echo() -> anyhow::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(Server::builder().add_service(CommitWorkerServer::new(Echo)).serve_with_incoming(incoming));
    Ok(address)
}

async fn generated(address: SocketAddr) -> anyhow::Result<Asks> {
    Ok(Asks::Generated(CommitWorkerClient::connect(format!("http://{address}")).await?))
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let coordinator = OutputCommitCoordinator::builder().build()?;
    let executors = HeartbeatReceiver::builder(&coordinator).lost_after(Duration::from_hours(1)).build()?;
    let server = CommitServer::builder(&executors).bind()?;
    let address = server.local_addr();
    tokio::spawn(server.serve(std::future::pending()));
    let uri = format!("http://{address}");
    let plain = GrpcCommitWorker::builder(&uri).connect().await?;
    let executor = GrpcCommitWorker::builder(&uri).executor("bench", "here", 1).connect().await?;
    let contenders = [
        ("a tonic echo, generated client", generated(echo().await?).await?),
        ("`CanCommit`, generated client", generated(address).await?),
        ("`can_commit_async`", Asks::Client(plain.clone())),
        ("`can_commit_async` of an executor", Asks::Client(executor.clone())),
        ("`can_commit_all_async` of an executor", Asks::Batches(executor, args.batch)),
    ];
    let mut rates = vec![Vec::new(); contenders.len()];
    let mut stage = 0;
    for _ in 0..args.repetitions {
        for ((_, asks), rates) in contenders.iter().zip(&mut rates) {
            coordinator.stage_start(stage, args.decisions - 1)?;
            rates.push(measure(asks, stage, args).await?);
            executors.stage_end(stage);
            stage += 1;
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "| over one connection, {} calls in flight | decisions a second |", args.in_flight)?;
    writeln!(out, "|---|---:|")?;
    for ((name, _), mut rates) in contenders.iter().zip(rates) {
        rates.sort_by(f64::total_cmp);
        let median = rates.get(rates.len() / 2).context("nothing was measured")?;
        writeln!(out, "| {name} | {median:.0} |")?;
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(&Args::parse()))
}
