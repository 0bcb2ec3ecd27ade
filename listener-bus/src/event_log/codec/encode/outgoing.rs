//! Stored bytes on their way out, none of which is lost or sent twice when what is below fails in the middle.

use std::io::{self, Write};

/// Bytes that are yet to be written.
#[derive(Default)]
pub(super) struct Outgoing {
    pub(super) bytes: Vec<u8>,
    sent: usize,
}

impl Outgoing {
    /// Writes all of them; after an error, what is left of them can be sent again.
    pub(super) fn send(&mut self, stored: &mut impl Write) -> io::Result<()> {
        while self.sent < self.bytes.len() {
            match stored.write(&self.bytes[self.sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => self.sent += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes.clear();
        self.sent = 0;
        Ok(())
    }
}
