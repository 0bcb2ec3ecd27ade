//! Serves until a signal comes, and says what became of it.

use std::io::{self, Write};

use anyhow::{Context as _, bail};
use barrier::BarrierCoordinator;
use barrier::grpc::BarrierServer;
use commit_coordinator::OutputCommitCoordinator;
use listener_bus::prometheus::MetricsServer;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::args::Args;
use crate::setup;
use examples::signals::Signals;

/// Serves until it is stopped.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = Runtime::new().context("cannot start the threads that serve")?;
    // A signal that comes while the rest is set up is not lost.
    let signals = runtime.block_on(async { Signals::listen() }).context("cannot take signals")?;
    // Before the coordinator, which keeps the recorder that it finds.
    let metrics = setup::metrics(&args.server)?;
    let coordinator = setup::coordinator(args)?;
    let executors = setup::commits(args)?;
    let server = setup::server(args, &coordinator, &executors)?;
    announce(args, &server, metrics.as_ref());
    let outcome = runtime.block_on(serve(server, &coordinator, executors.coordinator(), signals));
    // What a connection still does is not waited for: all have been answered, or had their time.
    runtime.shutdown_background();
    outcome
}

/// Says where it serves; whoever has closed standard output does not want to know.
fn announce(args: &Args, server: &BarrierServer, metrics: Option<&MetricsServer>) {
    let scheme = if args.server.tls_cert.is_some() { "https" } else { "http" };
    let address = server.local_addr();
    let metrics = metrics.map_or_else(
        || "no metrics".to_owned(),
        |metrics| format!("metrics on http://{}/metrics", metrics.local_addr()),
    );
    let mut out = io::stdout().lock();
    drop(writeln!(out, "coordinator: serving on {scheme}://{address}, {metrics}").and_then(|()| out.flush()));
}

async fn serve(
    server: BarrierServer,
    coordinator: &BarrierCoordinator,
    commits: &OutputCommitCoordinator,
    mut signals: Signals,
) -> anyhow::Result<()> {
    let (stop, stopping) = oneshot::channel::<()>();
    let second = async {
        let first = signals.next().await;
        farewell(coordinator, commits, first);
        drop(stop);
        signals.next().await
    };
    tokio::select! {
        ended = server.serve(stops(stopping, commits)) => ended?,
        signal = second => bail!("ended by a second signal, {signal}, before all connections had ended"),
    }
    let (counts, granted) = (coordinator.snapshot().counts, commits.snapshot().counts.granted);
    tracing::info!(barriers = counts.barriers, all_gathers = counts.all_gathers, granted, "stopped");
    Ok(())
}

/// Waits for the stop; whoever waits to commit is told, as the server does for its own.
async fn stops(stopping: oneshot::Receiver<()>, commits: &OutputCommitCoordinator) {
    drop(stopping.await);
    commits.stop();
}

/// Says whom the stop concerns.
fn farewell(coordinator: &BarrierCoordinator, commits: &OutputCommitCoordinator, signal: &str) {
    let gangs = coordinator.snapshot().gangs;
    let waiting: usize = gangs.iter().map(|gang| gang.arrived.as_slice().len()).sum();
    let stages = commits.snapshot().stages.len();
    tracing::info!(gangs = gangs.len(), waiting, stages, "stopping on {signal}: all who wait are told");
}
