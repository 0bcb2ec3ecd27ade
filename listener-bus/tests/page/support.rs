//! A client of HTTP that hides nothing, and pages to ask.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use listener_bus::SchedulerListener;
use listener_bus::events::SchedulerEvent;
use listener_bus::page::{PageServer, StatusPage};
use listener_bus::status::{AppStatusListener, StatusSettings};
use serde_json::Value;

/// Longer than anything takes here; a wait this long means failure.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("it is JSON")
    }

    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// What its error says.
    pub(crate) fn message(&self) -> String {
        self.json()["error"]["message"].as_str().expect("there is one").to_owned()
    }
}

/// Sends a request; the server closes the connection behind its answer.
pub(crate) fn connect(address: SocketAddr, request: &str, headers: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).expect("the server is there");
    stream.set_read_timeout(Some(SOON)).expect("it is a time");
    stream.write_all(format!("{request} HTTP/1.0\r\n{headers}\r\n").as_bytes()).expect("it is read");
    BufReader::new(stream)
}

pub(crate) fn head_of(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).expect("it comes in time"), 0, "{head}");
    }
    head
}

pub(crate) fn status_of(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it has a status")
}

pub(crate) fn ask(address: SocketAddr, request: &str, headers: &str) -> Answer {
    let mut stream = connect(address, request, headers);
    let head = head_of(&mut stream);
    let mut body = String::new();
    stream.read_to_string(&mut body).expect("it comes in time");
    Answer { status: status_of(&head), head, body }
}

pub(crate) fn get(server: &PageServer, path: &str) -> Answer {
    ask(server.local_addr(), &format!("GET {path}"), "")
}

pub(crate) fn serve(page: &StatusPage) -> PageServer {
    page.serve(([127, 0, 0, 1], 0).into(), None).expect("a port is free")
}

pub(crate) fn event(json: &Value) -> SchedulerEvent {
    SchedulerEvent::from_json(&json.to_string()).expect("it is an event")
}

/// A server that shows what a listener keeps of these events.
pub(crate) fn told(events: impl IntoIterator<Item = Value>) -> PageServer {
    let mut listener = AppStatusListener::new(StatusSettings::default().live_update_period(Duration::ZERO));
    for json in events {
        listener.on_scheduler_event(&event(&json));
    }
    serve(&StatusPage::builder().status(listener.store()).build())
}
