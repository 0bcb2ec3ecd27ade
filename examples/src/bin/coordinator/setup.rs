//! From the command line to a coordinator and a server that listens.

use anyhow::{Error, anyhow};
use barrier::BarrierCoordinator;
use barrier::grpc::{BarrierServer, ServeError, ServiceError};
use listener_bus::prometheus::MetricsServer;

use crate::args::{Args, Metrics, ServerArgs, Timeout};
use crate::tls::Files;
use crate::token::{self, Token};

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

/// Binds the server of the coordinator.
pub(crate) fn server(args: &Args, coordinator: &BarrierCoordinator) -> anyhow::Result<BarrierServer> {
    let ServerArgs { address, token_file, tls_cert, tls_key, stop_within, .. } = &args.server;
    let token = Token::find(token_file.as_deref())?;
    let tls = tls_cert.as_deref().zip(tls_key.as_deref()).map(|(cert, key)| Files::new(cert, key));
    let mut builder = BarrierServer::builder(coordinator.clone())
        .address(*address)
        .lost_after(args.silence.lost_after)
        .reconnect_within(args.silence.reconnect_within)
        .max_wait(args.rounds.max_wait)
        .stop_within(*stop_within);
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

/// The error, with what the user can do about it.
fn explain(error: ServeError, token: Option<&Token>, tls: Option<Files<'_>>) -> Error {
    match (error, token, tls) {
        (error @ ServeError::TokenNeeded { .. }, _, _) => {
            anyhow!("{error}: use --token-file, or set {}", token::VARIABLE)
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
