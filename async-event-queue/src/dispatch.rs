//! The thread that calls the listeners.

mod errands;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::QueueCore;
use crate::listener::Gap;
use crate::log::{Reader, Run};
use crate::mailbox::{Mailbox, Received};
use crate::roster::Seat;
use crate::sampler::Sampler;
use crate::stuck::Stuck;
use crate::sync::thread;

/// Starts the dispatch thread of a queue, once.
pub(crate) fn launch<E: Send + Sync + 'static>(queue: &Arc<QueueCore<E>>) -> io::Result<()> {
    if !queue.mailbox.launch() {
        return Ok(());
    }
    let core = Arc::clone(queue);
    let started =
        thread::Builder::new().name(queue.name.replace('\0', "?")).spawn(move || Dispatcher::new(core).run());
    started.map(drop).inspect_err(|_| queue.mailbox.launch_failed())
}

struct Dispatcher<E: 'static> {
    queue: Arc<QueueCore<E>>,
    seats: Vec<Seat<E>>,
    reader: Reader<E>,
    sampler: Sampler,
}

impl<E: 'static> Dispatcher<E> {
    fn new(queue: Arc<QueueCore<E>>) -> Self {
        let seats = queue.mailbox.take_charge();
        let reader = Reader::new(Arc::clone(&queue.mailbox.inbox), queue.joined_at());
        Self { queue, seats, reader, sampler: Sampler::new() }
    }

    fn run(mut self) {
        loop {
            match self.receive() {
                Received::Events => self.handle_claimed(),
                Received::Gap(next) => self.tell_gap_before(next),
                Received::Attention => self.attend(),
                Received::End => break,
            }
        }
        self.close_listeners();
    }

    /// Waits for something to do.
    fn receive(&mut self) -> Received {
        for seat in &self.seats {
            seat.publish_events();
        }
        if let Some(received) = self.look() {
            return received;
        }
        self.queue.mailbox.watch_head(self.reader.cursor());
        let mut has_slept = false;
        let received = loop {
            if let Some(received) = self.look() {
                break received;
            }
            if self.queue.may_sleep(self.reader.cursor()) {
                self.queue.mailbox.sleep();
                has_slept = true;
            }
        };
        if has_slept {
            self.queue.wake_monitor();
        }
        received
    }

    fn look(&mut self) -> Option<Received> {
        self.queue.mailbox.look(&mut self.reader, self.queue.options.overflow)
    }

    fn handle_claimed(&mut self) {
        if self.queue.mailbox.wants_attention() {
            self.attend();
        }
        while let Some(run) = self.reader.take_run() {
            self.handle_run(&run);
            self.reader.keep(run);
        }
    }

    fn handle_run(&mut self, run: &Run<E>) {
        let mut events = run.events();
        while let Some(Pause { sequence, event, cause }) =
            deliver_untimed(&self.queue.mailbox, &mut self.seats, &mut self.sampler, &mut events)
        {
            self.reader.advance_to(sequence + 1);
            self.finish(sequence, event, cause);
            if self.queue.mailbox.wants_attention() {
                self.log_if_slow(event);
                self.attend();
                // The claim may have been taken back.
                return;
            }
        }
        self.reader.advance_to(run.end());
    }

    fn finish(&mut self, sequence: u64, event: &E, cause: Cause) {
        match cause {
            Cause::Attention => return,
            Cause::Due => {
                self.queue.mailbox.progress.begin_event();
                self.deliver_timed(sequence, event);
            }
            Cause::Panic { index, panic } => {
                let index = index + self.after_panic(index, &panic);
                self.deliver_from(index, sequence, event);
            }
        }
        self.queue.mailbox.progress.finish_event();
    }

    fn deliver_from(&mut self, index: usize, sequence: u64, event: &E) {
        let mut index = index;
        while let Some(seat) = self.seats.get_mut(index) {
            self.queue.mailbox.progress.enter(seat.stats.id);
            match seat.deliver(sequence, event) {
                Ok(()) => index += 1,
                Err(panic) => index += self.after_panic(index, &panic),
            }
        }
    }

    fn deliver_timed(&mut self, sequence: u64, event: &E) {
        let begun = Instant::now();
        let weight = self.sampler.take(begun);
        let mut lap = begun;
        let mut index = 0;
        while let Some(seat) = self.seats.get_mut(index) {
            self.queue.mailbox.progress.enter(seat.stats.id);
            let outcome = seat.deliver(sequence, event);
            let now = Instant::now();
            let took = now.saturating_duration_since(lap);
            lap = now;
            seat.stats.record(took, weight);
            if took >= self.queue.shared.slow_event {
                let name = seat.stats.name.clone();
                self.log_slow(&name, event, took);
            }
            match outcome {
                Ok(()) => index += 1,
                Err(panic) => index += self.after_panic(index, &panic),
            }
        }
        self.queue.processing.record(lap.saturating_duration_since(begun).as_secs_f64());
    }

    fn log_slow(&self, listener: &str, event: &E, took: Duration) {
        // Timed exactly; what the monitor has seen of the same call is not logged again.
        self.queue.mailbox.forget_stuck();
        self.queue.log_slow(listener, event, took);
    }

    /// Logs the call that the monitor found slow, if it was for this event and has not been timed.
    fn log_if_slow(&self, event: &E) {
        let Some(Stuck { position, since }) = self.queue.mailbox.forget_stuck() else { return };
        let listener = self.seats.iter().find(|seat| seat.stats.id == position.listener);
        if let Some(seat) = listener.filter(|_| self.queue.mailbox.progress.was_last(position)) {
            self.queue.log_slow(&seat.stats.name, event, since.elapsed());
        }
    }

    fn tell_gap_before(&mut self, next: u64) {
        let gap = Gap { first: self.reader.cursor(), last: next - 1 };
        self.reader.advance_to(next);
        let mut index = 0;
        while let Some(seat) = self.seats.get_mut(index) {
            self.queue.mailbox.progress.enter_apart(seat.stats.id);
            match seat.call(|listener| listener.on_gap(&gap)) {
                Ok(()) => index += 1,
                Err(panic) => index += self.after_panic(index, &panic),
            }
        }
        self.queue.mailbox.progress.leave_apart();
    }
}

/// Where a delivery does not simply go on.
struct Pause<'a, E> {
    sequence: u64,
    event: &'a E,
    cause: Cause,
}

enum Cause {
    /// The event is to be timed, and has not been begun.
    Due,
    /// The event is handled, and the desk is to be looked at.
    Attention,
    /// The listener at this place has panicked in the event; those behind it have not got it.
    Panic { index: usize, panic: String },
}

/// Delivers events to all listeners, up to the one that is to be timed: nearly all of what a dispatch thread does, and so in a
/// function with nothing else in it.
#[inline(never)]
fn deliver_untimed<'a, E: 'static>(
    mailbox: &Mailbox<E>,
    seats: &mut [Seat<E>],
    sampler: &mut Sampler,
    events: &mut impl Iterator<Item = (u64, &'a E)>,
) -> Option<Pause<'a, E>> {
    let until_due = sampler.until_due();
    let mut delivered = 0;
    let pause = 'events: loop {
        let Some((sequence, event)) = events.next() else {
            sampler.pass(delivered);
            return None;
        };
        if delivered == until_due {
            break Pause { sequence, event, cause: Cause::Due };
        }
        mailbox.progress.begin_event();
        delivered += 1;
        for (index, seat) in seats.iter_mut().enumerate() {
            mailbox.progress.enter(seat.stats.id);
            if let Err(panic) = seat.deliver(sequence, event) {
                break 'events Pause { sequence, event, cause: Cause::Panic { index, panic } };
            }
        }
        mailbox.progress.finish_event();
        if mailbox.wants_attention() {
            break Pause { sequence, event, cause: Cause::Attention };
        }
    };
    sampler.pass(delivered);
    Some(pause)
}

/// The end of the thread, however it comes: the queue is stopped, waiters are woken, and counters are final.
impl<E: 'static> Drop for Dispatcher<E> {
    fn drop(&mut self) {
        let queue = &self.queue;
        if thread::panicking() {
            tracing::error!(
                bus = queue.shared.bus,
                queue = queue.name,
                "the dispatch thread ends by a panic outside any listener, as when an event's drop panics"
            );
            queue.mailbox.progress.abandon_event();
            queue.abandon(self.reader.unread());
        }
        self.reader.clear();
        queue.mailbox.retire(std::mem::take(&mut self.seats));
        queue.log_outstanding_drops();
        queue.publish();
    }
}
