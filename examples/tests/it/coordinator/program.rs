//! The coordinator as a process, which ends with its test.

use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

pub(crate) use crate::lines::PATIENCE;
use crate::lines::{lines, next};

/// The coordinator, as a command that is yet to be run.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coordinator"));
    command
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .env_remove("BARRIER_TOKEN")
        .env_remove("COMMIT_DRIVER_TOKEN")
        .env("RUST_BACKTRACE", "1");
    command
}

/// A coordinator that serves on free ports.
pub(crate) struct Program {
    child: Child,
    announced: String,
    log: Receiver<String>,
}

/// What became of one.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) log: Vec<String>,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {:?}\n{}", self.code, self.log.join("\n"))
    }
}

impl Program {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(command().args(args))
    }

    /// Starts a command, at free ports unless it says otherwise.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        for name in ["--address", "--metrics"] {
            if !command.get_args().any(|arg| arg == name) {
                command.args([name, "127.0.0.1:0"]);
            }
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the coordinator runs");
        let out = lines(child.stdout.take().expect("it is piped"));
        let log = lines(child.stderr.take().expect("it is piped"));
        let announced = next(&out);
        let program = Self { child, announced: announced.clone().unwrap_or_default(), log };
        if announced.is_some() { Ok(program) } else { Err(program.ended()) }.expect("it serves")
    }

    /// What it says on standard output.
    pub(crate) fn announced(&self) -> &str {
        &self.announced
    }

    /// Where it serves, with `http` or `https`.
    pub(crate) fn uri(&self) -> &str {
        let rest = self.announced.strip_prefix("coordinator: serving on ");
        rest.and_then(|rest| rest.split_once(", ")).expect(&self.announced).0
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.uri().split_once("://").and_then(|(_, address)| address.parse().ok()).expect(&self.announced)
    }

    /// What a scrape gets now.
    pub(crate) fn scrape(&self) -> String {
        let metrics = self.announced.split_once(", metrics on http://");
        let address = metrics.and_then(|(_, rest)| rest.strip_suffix("/metrics")).expect(&self.announced);
        let mut stream = TcpStream::connect(address).expect("it serves metrics");
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }

    /// Waits until a scrape shows this line.
    pub(crate) fn wait_for_metric(&self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let scraped = self.scrape();
            if scraped.lines().any(|scraped| scraped == line) {
                return;
            }
            assert!(Instant::now() < deadline, "no `{line}` in\n{scraped}");
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits for a log line with this text.
    pub(crate) fn wait_for_log(&mut self, text: &str) -> String {
        let mut before = Vec::new();
        loop {
            let line = next(&self.log).ok_or(&before).expect(text);
            if line.contains(text) {
                return line;
            }
            before.push(line);
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("process ids are small");
        kill(Pid::from_raw(id), signal).expect("it is there");
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) -> Ended {
        let mut log = Vec::new();
        while let Some(line) = next(&self.log) {
            log.push(line);
        }
        let code = self.child.wait().expect("it has closed its log").code();
        assert!(log.iter().all(|line| !line.contains("panicked")), "{log:?}");
        Ended { code, log }
    }
}
