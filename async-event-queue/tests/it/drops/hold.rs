//! A listener that stays inside its event.

use async_event_queue::Listener;
use crossbeam::channel::{Receiver, Sender};

use super::table::Entry;
use crate::support::{SOON, latch};

/// Says when it gets its first event, and stays inside it until it is let go.
pub(super) struct Stuck {
    entered: Sender<()>,
    released: Receiver<()>,
}

/// Keeps a [`Stuck`] listener inside its event.
pub(super) struct Hold {
    entered: Receiver<()>,
    release: Sender<()>,
}

impl Stuck {
    pub(super) fn new() -> (Self, Hold) {
        let (entered_in, entered) = latch();
        let (release, released) = latch();
        (Self { entered: entered_in, released }, Hold { entered, release })
    }
}

impl Hold {
    pub(super) fn wait_entered(&self) {
        self.entered.recv_timeout(SOON).expect("the listener gets an event");
    }

    pub(super) fn let_go(self) {
        drop(self.release);
    }
}

impl Listener<Entry> for Stuck {
    fn on_event(&mut self, _: &Entry) {
        let _is_said = self.entered.try_send(());
        let _let_go = self.released.recv();
    }
}
