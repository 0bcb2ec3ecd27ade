//! From the command line to a coordinator and a server that listens.

use anyhow::{Error, anyhow, ensure};
use barrier::BarrierCoordinator;
use barrier::grpc::{BarrierServer, ServeError, ServiceError};
use commit_coordinator::executors::HeartbeatReceiver;
use commit_coordinator::grpc::{CommitDriverService, CommitWorkerService};
use commit_coordinator::{OutputCommitCoordinator, UnknownOutcome};
use listener_bus::access;
use listener_bus::prometheus::MetricsServer;
use tonic::service::Routes;

use crate::args::{Args, Metrics, ServerArgs, Timeout, Unknown};
use crate::tls::Files;
use examples::token::{Caller, Token};

/// Serves metrics, if it is asked to: of what is built afterwards.
pub(crate) fn metrics(args: &ServerArgs) -> anyhow::Result<Option<MetricsServer>> {
    match args.metrics {
        Metrics::Off => Ok(None),
        Metrics::At(address) => Ok(Some(MetricsServer::builder().address(address).serve()?)),
    }
}

/// Builds the coordinator.
pub(crate) fn coordinator(args: &Args) -> anyhow::Result<BarrierCoordinator> {
    let builder = BarrierCoordinator::builder()
        .idle_ttl(args.rounds.idle_ttl)
        .max_message_bytes(args.limits.message_bytes)
        .max_round_bytes(args.limits.round_bytes)
        .max_tasks(args.limits.tasks);
    let builder = match args.rounds.timeout {
        Timeout::Never => builder.without_timeout(),
        Timeout::After(time) => builder.timeout(time),
    };
    Ok(builder.build()?)
}

/// Builds the commit coordinator, and what notices that its executors are lost.
pub(crate) fn commits(args: &Args) -> anyhow::Result<HeartbeatReceiver> {
    let builder = OutputCommitCoordinator::builder().unknown_outcome(match args.commits.unknown_outcome {
        Unknown::AbortStage => UnknownOutcome::AbortStage,
        Unknown::Regrant => UnknownOutcome::Regrant,
    });
    let builder = match args.commits.lease {
        Timeout::Never => builder,
        Timeout::After(time) => builder.lease(time),
    };
    let coordinator = builder.build()?;
    Ok(HeartbeatReceiver::builder(&coordinator).lost_after(args.commits.executor_timeout).build()?)
}

/// The services of the commit coordinator, each with its own token.
fn commit_services(
    args: &Args,
    commits: &HeartbeatReceiver,
    token: Option<&Token>,
) -> anyhow::Result<Routes> {
    let ServerArgs { address, driver_token_file, .. } = &args.server;
    let driver_token = Token::find(Caller::Driver, driver_token_file.as_deref())?;
    let mut workers = CommitWorkerService::builder(commits).max_wait(args.rounds.max_wait);
    let mut drivers = CommitDriverService::builder(commits);
    if let Some(token) = token {
        workers = workers.token(token.secret());
    }
    let workers = workers.build().map_err(|error| origin(error.into(), token))?;
    if let Some(driver_token) = &driver_token {
        drivers = drivers.token(driver_token.secret());
    }
    let drivers = drivers.build().map_err(|error| origin(error.into(), driver_token.as_ref()))?;
    match (token, &driver_token) {
        (None, _) => {}
        (Some(token), Some(driver_token)) => {
            let (one, other) =
                (access::Token::new(token.secret())?, access::Token::new(driver_token.secret())?);
            ensure!(
                !one.is_same_as(&other),
                "the token in {} is the one of the workers",
                driver_token.origin()
            );
        }
        (Some(_), None) if access::may_serve(*address, None).is_err() => {
            return Err(anyhow!(
                "{address} is not a loopback address: serving the commit driver service there needs a token of its own: \
                 use --driver-token-file, or set {}",
                Caller::Driver.variable()
            ));
        }
        (Some(_), None) => {
            tracing::warn!("there is no token for drivers of commits: nobody can start or end a stage");
            return Ok(Routes::new(workers));
        }
    }
    Ok(Routes::new(workers).add_service(drivers))
}

/// Binds the server of both coordinators.
pub(crate) fn server(
    args: &Args,
    coordinator: &BarrierCoordinator,
    commits: &HeartbeatReceiver,
) -> anyhow::Result<BarrierServer> {
    let ServerArgs { address, token_file, tls_cert, tls_key, stop_within, .. } = &args.server;
    let token = Token::find(Caller::Worker, token_file.as_deref())?;
    let tls = tls_cert.as_deref().zip(tls_key.as_deref()).map(|(cert, key)| Files::new(cert, key));
    let mut builder = BarrierServer::builder(coordinator.clone())
        .address(*address)
        .lost_after(args.silence.lost_after)
        .reconnect_within(args.silence.reconnect_within)
        .max_wait(args.rounds.max_wait)
        .stop_within(*stop_within)
        .beside(commit_services(args, commits, token.as_ref())?);
    if let Some(token) = &token {
        builder = builder.token(token.secret());
    }
    if let Some(files) = tls {
        builder = builder.tls(files.read()?);
    }
    let server = builder.bind().map_err(|error| explain(error, token.as_ref(), tls))?;
    if tls.is_none() && !address.ip().is_loopback() {
        tracing::warn!(%address, "without TLS, the token and all messages can be read on their way");
    }
    Ok(server)
}

/// The error, with where the token is from.
fn origin(error: Error, token: Option<&Token>) -> Error {
    match (error.root_cause().downcast_ref::<access::TokenError>(), token) {
        (Some(source), Some(token)) => {
            Error::new(*source).context(format!("cannot use the token in {}", token.origin()))
        }
        _ => error,
    }
}

/// The error, with what the user can do about it.
fn explain(error: ServeError, token: Option<&Token>, tls: Option<Files<'_>>) -> Error {
    match (error, token, tls) {
        (error @ ServeError::TokenNeeded { .. }, _, _) => {
            anyhow!("{error}: use --token-file, or set {}", Caller::Worker.variable())
        }
        (ServeError::Service(ServiceError::Token(source)), Some(token), _) => {
            Error::new(source).context(format!("cannot use the token in {}", token.origin()))
        }
        (ServeError::Tls { source, .. }, _, Some(files)) => {
            Error::new(source).context(format!("cannot use {files}"))
        }
        (error, _, _) => error.into(),
    }
}
