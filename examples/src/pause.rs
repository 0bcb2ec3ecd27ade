//! Waiting.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// Waits for `duration`: for a message that never comes, which no spurious wake-up cuts short.
pub fn pause(duration: Duration) {
    if duration.is_zero() {
        return;
    }
    let (sender, messages) = sync_channel::<()>(0);
    let nothing = messages.recv_timeout(duration);
    debug_assert!(nothing.is_err(), "nobody sends");
    drop(sender);
}
