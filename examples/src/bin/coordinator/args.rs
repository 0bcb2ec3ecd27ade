//! The command line.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Serves a barrier coordinator and a commit coordinator over gRPC: the tasks of gangs meet in one, and attempts at tasks ask the
/// other whether they may commit, wherever they run and in whatever language.
#[derive(Debug, Parser)]
#[command(name = "coordinator", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) rounds: RoundArgs,
    #[command(flatten)]
    pub(crate) silence: SilenceArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) commits: CommitArgs,
}

const AFTER_HELP: &str = "\
A token is never an argument, as arguments are shown to all users of a machine: it comes from --token-file or, without \
that, from the environment variable BARRIER_TOKEN. Callers send it as metadata: `authorization: Bearer TOKEN`. Whoever \
starts and ends stages of commits shows another one: from --driver-token-file, or COMMIT_DRIVER_TOKEN. With the first \
token and without the second, nobody can.
TIME is a number with a unit, as in 500ms, 10s, 5m, 1h, or several: 1m 30s.
SIGTERM or SIGINT stops it: all who wait are told that the coordinator is gone. A second one ends it at once.
Exit code: 0 if it was stopped; 1 if it cannot serve, with one line that says why; 2 for a wrong command line.
RUST_LOG sets what is logged to stderr (default: info, and each gang that ends).";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArgs {
    /// Where to serve; port 0 takes a free one. Any address that is not a loopback one needs both tokens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7077", value_parser = address)]
    pub(crate) address: SocketAddr,

    /// A file with the token that callers must show, and nothing else
    #[arg(long, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,

    /// A file with the token that drivers of commits must show, and nothing else
    #[arg(long, value_name = "PATH")]
    pub(crate) driver_token_file: Option<PathBuf>,

    /// Serve over TLS with this certificate chain, as PEM
    #[arg(long, value_name = "PATH", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The private key of the certificate, as PEM
    #[arg(long, value_name = "PATH", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Serve metrics for Prometheus, without token or TLS, under /metrics of this address, or not at all: `off`
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9465", value_parser = metrics)]
    pub(crate) metrics: Metrics,

    /// How long it waits for connections to end when it is stopped; those who wait are answered before
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = some_time)]
    pub(crate) stop_within: Duration,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rounds")]
pub(crate) struct RoundArgs {
    /// How long a round may be waited for, from its first arrival, before its gang fails: a time, or `never`
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = timeout)]
    pub(crate) timeout: Timeout,

    /// How long a call of `Sync` may take before it is answered with `pending`
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_time)]
    pub(crate) max_wait: Duration,

    /// A gang that nobody has used for so long is forgotten
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = some_time)]
    pub(crate) idle_ttl: Duration,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Lost tasks")]
pub(crate) struct SilenceArgs {
    /// A task that gives no sign of life for so long is lost, and its gang fails
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = some_time)]
    pub(crate) lost_after: Duration,

    /// A task whose connection broke is lost if it is not back within this time
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = some_time)]
    pub(crate) reconnect_within: Duration,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// The largest message of an `all_gather`
    #[arg(long = "max-message-bytes", value_name = "BYTES", default_value_t = 4 << 20, value_parser = positive)]
    pub(crate) message_bytes: usize,

    /// The largest size of all messages of an `all_gather` together
    #[arg(long = "max-round-bytes", value_name = "BYTES", default_value_t = 256 << 20, value_parser = positive)]
    pub(crate) round_bytes: usize,

    /// The largest number of tasks of a gang
    #[arg(long = "max-tasks", value_name = "N", default_value_t = 65_536, value_parser = positive)]
    pub(crate) tasks: usize,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Commits")]
pub(crate) struct CommitArgs {
    /// What becomes of a partition whose holder is lost: nobody knows whether it was committed
    #[arg(long, value_name = "POLICY", default_value = "abort-stage")]
    pub(crate) unknown_outcome: Unknown,

    /// A grant lasts for so long unless its attempt asks again; then its holder is lost: a time, or `never`
    #[arg(long, value_name = "TIME", default_value = "never", value_parser = timeout)]
    pub(crate) lease: Timeout,

    /// An executor that gives no sign of life for so long is lost, and so are the attempts that hold grants there
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = some_time)]
    pub(crate) executor_timeout: Duration,
}

/// What becomes of a partition whose holder is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Unknown {
    /// Its stage is aborted: there is never a second commit
    AbortStage,
    /// It is granted again, with a greater token: for destinations that refuse smaller ones
    Regrant,
}

/// Where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metrics {
    /// Nowhere.
    Off,
    /// Under `/metrics` of this address.
    At(SocketAddr),
}

/// How long a round may be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    /// Until it ends by itself.
    Never,
    /// For so long.
    After(Duration),
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let mut addresses = text.to_socket_addrs().map_err(|error| error.to_string())?;
    addresses.next().ok_or_else(|| "it is no address".to_owned())
}

fn metrics(text: &str) -> Result<Metrics, String> {
    if text == "off" { Ok(Metrics::Off) } else { address(text).map(Metrics::At) }
}

fn timeout(text: &str) -> Result<Timeout, String> {
    if text == "never" { Ok(Timeout::Never) } else { some_time(text).map(Timeout::After) }
}

fn some_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("it must be above 0".to_owned()) } else { Ok(time) }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be above 0".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("it is not a whole number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_time_has_a_unit_and_is_above_zero() {
        assert_eq!(some_time("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(some_time("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "0s", "0", "10", "-1s", "soon", "never", "99999999999999999999s"] {
            assert!(some_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_timeout_may_be_never_and_metrics_may_be_off() {
        assert_eq!(timeout("never"), Ok(Timeout::Never));
        assert_eq!(timeout("1s"), Ok(Timeout::After(Duration::from_secs(1))));
        assert_eq!(metrics("off"), Ok(Metrics::Off));
        assert_eq!(metrics("127.0.0.1:0"), Ok(Metrics::At(SocketAddr::from(([127, 0, 0, 1], 0)))));
    }

    #[test]
    fn a_limit_is_a_whole_number_above_zero() {
        assert_eq!(positive("1"), Ok(1));
        for wrong in ["0", "-1", "1.5", "4k", ""] {
            assert!(positive(wrong).is_err(), "{wrong}");
        }
    }
}
