//! What a program serves while it works, and afterwards: metrics, and a status page.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Error, anyhow};
use clap::ArgGroup;
use listener_bus::access;
use listener_bus::page::{PageServer, ServeError, StatusPage};
use listener_bus::prometheus::MetricsServer;
use listener_bus::{LiveListenerBus, SchedulerEvent};

use crate::address::address;
use crate::linger::{Linger, Stay};
use crate::token::{Caller, Token};

/// What is served, where, to whom and for how long.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "the help is plain text")]
#[command(next_help_heading = "Metrics and status page", group = ArgGroup::new("served").multiple(true))]
pub struct ServeArgs {
    /// Serve metrics for Prometheus under /metrics of this address; port 0 takes a free one
    #[arg(long, value_name = "ADDR", value_parser = address, group = "served")]
    metrics: Option<SocketAddr>,

    /// Serve a page of the bus, its jobs, stages and executors at this address, until SIGTERM or SIGINT unless --linger
    /// says otherwise; port 0 takes a free one. An address that is not a loopback one needs a token
    #[arg(long, value_name = "ADDR", value_parser = address, group = "served")]
    page: Option<SocketAddr>,

    /// A file with the token that readers of the page must show, and nothing else. Default: the environment variable
    /// STATUS_PAGE_TOKEN
    #[arg(long, value_name = "PATH", requires = "page")]
    token_file: Option<PathBuf>,

    /// Go on serving for this long after the end, or until SIGTERM or SIGINT
    #[arg(long, value_name = "SECONDS", requires = "served", value_parser = seconds)]
    linger: Option<Duration>,
}

/// What is served, until it is dropped.
#[derive(Debug)]
#[must_use = "dropping it stops the servers"]
pub struct Serving {
    program: &'static str,
    args: ServeArgs,
    metrics: Option<MetricsServer>,
    page: Option<ServedPage>,
}

#[derive(Debug)]
struct ServedPage {
    server: PageServer,
    /// The page shows it for as long as it is there.
    _bus: LiveListenerBus<SchedulerEvent>,
}

impl Serving {
    /// Serves metrics, if that is asked for, of buses and coordinators that are made later.
    ///
    /// # Errors
    /// The address is not to be had.
    pub fn metrics(program: &'static str, args: &ServeArgs) -> anyhow::Result<Self> {
        let metrics = args.metrics.map(|address| MetricsServer::builder().address(address).serve());
        let serving = Self { program, args: args.clone(), metrics: metrics.transpose()?, page: None };
        if let Some(metrics) = &serving.metrics {
            serving.note(&format!("metrics on http://{}/metrics", metrics.local_addr()));
        }
        Ok(serving)
    }

    /// Serves a page of a bus, if that is asked for.
    ///
    /// # Errors
    /// The page cannot be made, the address is not to be had, or it needs a token that nobody gives.
    pub fn page(
        &mut self,
        bus: &LiveListenerBus<SchedulerEvent>,
        page: impl FnOnce() -> anyhow::Result<StatusPage>,
    ) -> anyhow::Result<()> {
        let Some(address) = self.args.page else { return Ok(()) };
        let token = token(&self.args)?;
        let server = page()?.serve(address, token).map_err(explain)?;
        self.note(&format!("page on http://{}/", server.local_addr()));
        self.page = Some(ServedPage { server, _bus: bus.clone() });
        Ok(())
    }

    /// Goes on serving for as long as is asked for: a page, until a signal if nobody says for how long.
    ///
    /// # Errors
    /// The operating system gives no signals.
    pub fn linger(&self) -> anyhow::Result<()> {
        let stay = match (self.args.linger, &self.page) {
            (Some(time), _) => Stay::AtMost(time),
            (None, Some(_)) => Stay::UntilSignal,
            (None, None) => return Ok(()),
        };
        let linger = Linger::begin()?;
        if let Some(metrics) = &self.metrics {
            self.note(&format!("metrics stay on http://{}/metrics {stay}", metrics.local_addr()));
        }
        if let Some(page) = &self.page {
            self.note(&format!("page stays on http://{}/ {stay}", page.server.local_addr()));
        }
        linger.wait(stay);
        Ok(())
    }

    /// Writes a line to standard error; if that is closed, there is nobody to tell.
    fn note(&self, text: &str) {
        drop(writeln!(io::stderr(), "{}: {text}", self.program));
    }
}

fn token(args: &ServeArgs) -> anyhow::Result<Option<access::Token>> {
    let Some(token) = Token::find(Caller::Reader, args.token_file.as_deref())? else { return Ok(None) };
    let usable = access::Token::new(token.secret());
    usable.map(Some).with_context(|| format!("cannot use the token in {}", token.origin()))
}

/// The error, with what the user can do about it.
fn explain(error: ServeError) -> Error {
    match error {
        ServeError::TokenNeeded(error) => {
            anyhow!("{error}: use --token-file, or set {}", Caller::Reader.variable())
        }
        error => error.into(),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().ok().ok_or("it is not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
