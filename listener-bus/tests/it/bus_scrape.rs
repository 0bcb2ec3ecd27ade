//! A scraper of metrics: plain HTTP over a plain socket, and Prometheus's text format.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::support::SOON;

/// What a server answers.
pub(crate) struct Answer {
    pub(crate) status: String,
    /// The header's lines, in small letters.
    pub(crate) header: Vec<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Asks a server for what lies under `path`.
pub(crate) fn get(server: SocketAddr, path: &str) -> Answer {
    let mut stream = TcpStream::connect_timeout(&server, SOON).expect("the server listens");
    stream.set_read_timeout(Some(SOON)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    let (header, body) = answer.split_once("\r\n\r\n").expect("a header and a body");
    let mut header = header.lines().map(str::to_lowercase);
    let status = header.next().expect("a status");
    Answer { status, header: header.collect(), body: body.to_owned() }
}

/// The values of a scrape by name and labels.
#[derive(Debug)]
pub(crate) struct Scrape(BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Scrape {
    pub(crate) fn of(server: SocketAddr) -> Self {
        Self::parse(&get(server, "/metrics").body)
    }

    pub(crate) fn parse(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(samples.map(parse_sample).collect())
    }

    /// The value of one series, which is a whole number.
    #[track_caller]
    pub(crate) fn whole(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
        let value = self.0.get(&(name.to_owned(), labels));
        let value = value.unwrap_or_else(|| panic!("no {name} with these labels in {:#?}", self.0.keys()));
        // Written as a decimal: a whole number has no fraction there.
        value.to_string().parse().expect("a whole number")
    }

    /// The labels of all series of this name.
    pub(crate) fn series(&self, name: &str) -> Vec<&BTreeMap<String, String>> {
        self.0.keys().filter(|(series, _)| series == name).map(|(_, labels)| labels).collect()
    }

    /// Every series.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, String>)> {
        self.0.keys().map(|(name, labels)| (name.as_str(), labels))
    }
}

fn parse_sample(line: &str) -> ((String, BTreeMap<String, String>), f64) {
    let (series, value) = line.rsplit_once(' ').expect("a value behind the series");
    let value = value.parse().expect("a number");
    let Some((name, labels)) = series.split_once('{') else {
        return ((series.to_owned(), BTreeMap::new()), value);
    };
    let labels = labels.strip_suffix('}').expect("labels in braces");
    let labels = labels.split(',').map(|label| {
        let (label, value) = label.split_once('=').expect("a label and its value");
        (label.to_owned(), value.trim_matches('"').to_owned())
    });
    ((name.to_owned(), labels.collect()), value)
}
