//! Serves the metrics to Prometheus: `GET /metrics` over HTTP, from a thread of its own.
//!
//! ```
//! use listener_bus::prometheus::MetricsServer;
//! use listener_bus::{LiveListenerBus, SchedulerEvent};
//!
//! let server = MetricsServer::builder().serve_local()?;
//! let bus = server.record(|| LiveListenerBus::<SchedulerEvent>::builder().name("app").build())?;
//! println!("scrape http://{}/metrics", server.local_addr());
//! assert!(server.render().contains("listener_bus_events_posted_total"));
//! # drop(bus);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It needs no tokio runtime around it, and does not mind one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use async_event_queue::metrics::{LISTENER_PROCESSING, PROCESSING_BUCKETS, QUEUE_PROCESSING};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use thiserror::Error;

use crate::server::{ServerThread, listen};

/// Histograms are folded into their buckets this often, so that they do not grow while nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// What Prometheus calls its text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Why metrics are not served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is in use, not ours, or not allowed.
    #[error("cannot serve metrics on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The recorder could not be made.
    #[error("cannot set up the metrics recorder")]
    Recorder(#[from] BuildError),
    /// Another recorder has been installed for the whole process.
    #[error("another metrics recorder is installed already")]
    AlreadyInstalled,
    /// The server's thread could not be started.
    #[error("cannot start the thread that serves metrics")]
    Spawn(#[source] io::Error),
}

/// Sets a [`MetricsServer`] up.
#[derive(Clone, Copy, Debug)]
pub struct MetricsServerBuilder {
    address: SocketAddr,
}

impl MetricsServerBuilder {
    /// Where to listen. Defaults to a free port of the loopback address.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves, and records the metrics of the whole process. Buses built before this call are not recorded.
    ///
    /// # Errors
    /// [`ServeError`]; [`ServeError::AlreadyInstalled`] if another recorder is there, and then nothing is served.
    pub fn serve(self) -> Result<MetricsServer, ServeError> {
        let (listener, recorder) = self.prepare()?;
        metrics::set_global_recorder(Arc::clone(&recorder)).map_err(|refused| {
            drop(refused);
            ServeError::AlreadyInstalled
        })?;
        MetricsServer::start(listener, recorder)
    }

    /// Serves, and records only what is built inside [`MetricsServer::record`].
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn serve_local(self) -> Result<MetricsServer, ServeError> {
        let (listener, recorder) = self.prepare()?;
        MetricsServer::start(listener, recorder)
    }

    fn prepare(self) -> Result<(TcpListener, Arc<PrometheusRecorder>), ServeError> {
        let bind_error = |source| ServeError::Bind { address: self.address, source };
        let listener = listen(self.address).map_err(bind_error)?;
        let mut builder = PrometheusBuilder::new();
        for histogram in [QUEUE_PROCESSING, LISTENER_PROCESSING] {
            builder =
                builder.set_buckets_for_metric(Matcher::Full(histogram.to_owned()), &PROCESSING_BUCKETS)?;
        }
        Ok((listener, Arc::new(builder.build_recorder())))
    }
}

/// Serves `/metrics` until it is dropped.
#[must_use = "dropping it stops the server"]
pub struct MetricsServer {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    server: ServerThread,
}

impl std::fmt::Debug for MetricsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MetricsServer").field("address", &self.local_addr()).finish_non_exhaustive()
    }
}

impl MetricsServer {
    /// Sets a server up.
    pub fn builder() -> MetricsServerBuilder {
        MetricsServerBuilder { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) }
    }

    fn start(listener: TcpListener, recorder: Arc<PrometheusRecorder>) -> Result<Self, ServeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(ServeError::Spawn)?;
        let handle = recorder.handle();
        let scraped = handle.clone();
        let scrape = async move || ([(CONTENT_TYPE, TEXT_FORMAT)], scraped.render());
        let router = Router::new().route("/metrics", get(scrape));
        let chores = keep_up(handle.clone());
        let server = ServerThread::start("metrics-server", (listener, runtime), router, chores)
            .map_err(ServeError::Spawn)?;
        Ok(Self { recorder, handle, server })
    }

    /// The address it listens on, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// What a scrape answers now.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Runs `build` with this server's recorder: buses built and listeners added inside are recorded here, whichever
    /// threads use them later.
    pub fn record<T>(&self, build: impl FnOnce() -> T) -> T {
        metrics::with_local_recorder(&*self.recorder, build)
    }
}

async fn keep_up(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP_EVERY);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}
