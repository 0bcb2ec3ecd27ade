//! One file: lines in, stored bytes out.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Weight;
use super::disk::Sink;
use crate::event_log::Codec;
use crate::event_log::codec::{Encode, encode};

/// One file that is written.
///
/// It knows up to where the file is whole: all that stands before can be read whatever comes after.
pub(super) struct Stream {
    encoder: Box<dyn Encode>,
    /// Lines, with their ends, that were not handed to the encoder yet.
    text: Vec<u8>,
    capacity: usize,
    codec: Codec,
    stored: Stored,
    /// What was taken, stored or not.
    taken: Tally,
    /// The part of it that is stored and whole.
    whole: Tally,
}

/// How a stream turns text into bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding {
    pub(super) codec: Codec,
    pub(super) level: i32,
    pub(super) buffer_size: usize,
}

/// How much is in a file, or in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::event_log) struct Tally {
    /// Lines that count; marks do not.
    pub(super) lines: u64,
    /// The events that marks say the queue has dropped.
    pub(in crate::event_log) dropped: u64,
    /// The lines that marks say could not be written.
    pub(in crate::event_log) lost: u64,
    /// Bytes before they are compressed, line ends included.
    pub(super) text: u64,
    /// Bytes in the file.
    pub(super) stored: u64,
}

/// The file, which the encoder writes and the stream cuts.
#[derive(Clone)]
struct Stored(Arc<Mutex<File>>);

struct File {
    sink: Box<dyn Sink>,
    written: u64,
    gate: Gate,
}

/// Whether the encoder may write; one that failed may still try to, when it is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Shut,
}

impl Stream {
    /// Writes to `sink`, where `from` stands already.
    pub(super) fn open(sink: Box<dyn Sink>, from: Tally, coding: Coding) -> io::Result<Self> {
        let file = File { sink, written: from.stored, gate: Gate::Open };
        let stored = Stored(Arc::new(Mutex::new(file)));
        Ok(Self {
            encoder: encode(coding.codec, coding.level, Box::new(stored.clone()))?,
            text: Vec::new(),
            capacity: coding.buffer_size,
            codec: coding.codec,
            stored,
            taken: from,
            whole: from,
        })
    }

    /// What was taken, stored or not.
    pub(super) fn taken(&self) -> Tally {
        self.taken
    }

    /// What is stored and whole.
    pub(super) fn whole(&self) -> Tally {
        self.whole
    }

    pub(super) fn write_line(&mut self, line: &[u8], weight: Weight) -> io::Result<()> {
        let length = line.len() + 1;
        if self.text.len() + length > self.capacity {
            self.drain()?;
        }
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        self.taken.count(weight);
        self.taken.text += length as u64;
        if self.text.len() >= self.capacity { self.drain() } else { Ok(()) }
    }

    /// Stores all that was taken, so that it can be read.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.drain()?;
        self.encoder.flush()?;
        self.make_whole();
        Ok(())
    }

    /// Stores all that was taken, and what stands at the end of a file.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.drain()?;
        self.encoder.finish()?;
        self.make_whole();
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.stored.lock().sink.sync()
    }

    /// Writes no more, and cuts the file back to what is whole.
    pub(super) fn cut_back(&mut self) -> io::Result<()> {
        self.text = Vec::new();
        self.taken = self.whole;
        let mut file = self.stored.lock();
        file.gate = Gate::Shut;
        if file.written == self.whole.stored {
            return Ok(());
        }
        file.sink.truncate(self.whole.stored)?;
        file.written = self.whole.stored;
        Ok(())
    }

    /// Writes no more, and forgets what was written: the file is gone. It may be elsewhere, and is not touched.
    pub(super) fn lose(&mut self) {
        self.text = Vec::new();
        (self.taken, self.whole) = (Tally::default(), Tally::default());
        let mut file = self.stored.lock();
        (file.gate, file.written) = (Gate::Shut, 0);
    }

    /// Whether the file is the one at `path`; it is, as long as that cannot be told.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.stored.lock().sink.is_at(path).unwrap_or(true)
    }

    /// Writes what stands at the end of a file that was cut back, if there is room for it.
    pub(super) fn seal(&mut self, coding: Coding) -> io::Result<()> {
        self.stored.lock().gate = Gate::Open;
        let sealed = encode(coding.codec, coding.level, Box::new(self.stored.clone()))?.finish();
        if sealed.is_ok() {
            self.make_whole();
        }
        self.cut_back().and(sealed)
    }

    fn drain(&mut self) -> io::Result<()> {
        self.encoder.write_all(&self.text)?;
        self.text.clear();
        self.text.shrink_to(self.capacity.saturating_mul(2));
        if self.codec == Codec::None {
            self.make_whole();
        }
        Ok(())
    }

    fn make_whole(&mut self) {
        self.taken.stored = self.stored.lock().written;
        self.whole = self.taken;
    }
}

impl Stored {
    fn lock(&self) -> MutexGuard<'_, File> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Stored {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.lock();
        if file.gate == Gate::Shut {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let written = file.sink.write(bytes)?;
        file.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut file = self.lock();
        if file.gate == Gate::Shut { Err(io::ErrorKind::BrokenPipe.into()) } else { file.sink.flush() }
    }
}

impl Tally {
    fn count(&mut self, weight: Weight) {
        match weight {
            Weight::Line => self.lines += 1,
            Weight::LogStart => {}
            Weight::Dropped(events) => self.dropped += events,
            Weight::Lost(lines) => self.lost += lines,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            dropped: self.dropped + other.dropped,
            lost: self.lost + other.lost,
            text: self.text + other.text,
            stored: self.stored + other.stored,
        }
    }
}
