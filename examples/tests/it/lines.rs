//! The lines that a program writes, as a test reads them.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// After so long, a test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Room for the lines of any test.
const LINES: usize = 10_000;

/// The next line; `None` at the end.
pub(crate) fn next(lines: &Receiver<String>) -> Option<String> {
    match lines.recv_timeout(PATIENCE) {
        Ok(line) => Some(line),
        Err(error) => {
            assert_eq!(error, RecvTimeoutError::Disconnected, "the program neither goes on nor ends");
            None
        }
    }
}

/// The lines of a stream, from a thread that ends with it.
pub(crate) fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(LINES);
    let read = move || {
        for line in BufReader::new(stream).lines() {
            if sender.send(line.expect("it writes UTF-8")).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("lines".to_owned()).spawn(read).expect("there is room for a thread");
    receiver
}
