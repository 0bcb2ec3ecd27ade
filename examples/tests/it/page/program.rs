//! A program that serves a page, which ends with its test.

use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::lines::{PATIENCE, lines, next};

/// A program that serves a page on a free port.
pub(super) struct Program {
    child: Child,
    name: &'static str,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// What it has said so far.
    told: Vec<String>,
    address: String,
}

/// What became of it.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<String>,
    pub(super) stderr: Vec<String>,
}

/// What it answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
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
        write!(f, "exit code {:?}\n{}\n{}", self.code, self.stdout.join("\n"), self.stderr.join("\n"))
    }
}

impl Program {
    /// Starts a command with `--page` on a free port, and waits until it says where that is.
    pub(super) fn start(name: &'static str, command: &mut Command) -> Self {
        if !command.get_args().any(|arg| arg == "--page") {
            command.args(["--page", "127.0.0.1:0"]);
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let stdout = lines(child.stdout.take().expect("it is piped"));
        let stderr = lines(child.stderr.take().expect("it is piped"));
        let mut program = Self { child, name, stdout, stderr, told: Vec::new(), address: String::new() };
        let address = program.wait_for("page on http://");
        address.trim_end_matches('/').clone_into(&mut program.address);
        program
    }

    /// Waits for a note; answers what follows in its line.
    pub(super) fn wait_for(&mut self, note: &str) -> String {
        let start = format!("{}: {note}", self.name);
        loop {
            let line = next(&self.stderr).ok_or(&self.told).expect(note);
            if let Some(rest) = line.strip_prefix(&start) {
                return rest.to_owned();
            }
            self.told.push(line);
        }
    }

    /// Where the page is, as a host and a port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    /// Gets what is at a path, with more headers.
    pub(super) fn get_with(&self, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).expect("it serves");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is some time");
        let host = self.address();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect(head);
        Answer { status, body: body.to_owned() }
    }

    /// The JSON at a path of the API.
    pub(super) fn api(&self, path: &str) -> Value {
        let answer = self.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).expect(&answer.body)
    }

    /// Waits until the API tells this.
    pub(super) fn wait_until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told = self.api(path);
            if is_so(&told) {
                return told;
            }
            assert!(Instant::now() < deadline, "{path} still tells {told}");
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Whether it is still at work.
    pub(super) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is there").is_none()
    }

    pub(super) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("process ids are small");
        kill(Pid::from_raw(id), signal).expect("it is there");
    }

    /// Waits until it has ended by itself.
    pub(super) fn ended(mut self) -> Ended {
        let mut stderr = std::mem::take(&mut self.told);
        stderr.extend(std::iter::from_fn(|| next(&self.stderr)));
        let stdout = std::iter::from_fn(|| next(&self.stdout)).collect();
        let code = self.child.wait().expect("it has closed its output").code();
        assert!(stderr.iter().all(|line| !line.contains("panicked")), "{stderr:?}");
        Ended { code, stdout, stderr }
    }
}
