//! The thread that calls the listeners.

mod batch;
mod errands;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use batch::Batch;
use batch::Cause;

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
        let queue = Arc::clone(&self.queue);
        loop {
            match self.receive() {
                Received::Events => self.handle_claimed(&queue.mailbox),
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

    fn handle_claimed(&mut self, mailbox: &Mailbox<E>) {
        if self.queue.mailbox.wants_attention() {
            self.attend();
        }
        while let Some(run) = self.reader.take_run() {
            self.handle_run(mailbox, &run);
            self.reader.keep(run);
        }
    }

    fn handle_run(&mut self, mailbox: &Mailbox<E>, run: &Run<E>) {
        let mut batch = Batch::new(mailbox, run);
        loop {
            batch.begin_pass(&self.sampler);
            let panicked = self.deliver_untimed(&mut batch);
            self.sampler.pass(batch.begun());
            let Some((sequence, event, cause)) = batch.pause() else { break };
            self.reader.advance_to(sequence + 1);
            match (cause, panicked) {
                (Cause::Due, _) => self.handle_due(sequence, event),
                (Cause::Panic, Some((index, panic))) => {
                    self.finish_after_panic(index, &panic, (sequence, event));
                }
                (Cause::Attention | Cause::Panic, _) => {}
            }
            if self.queue.mailbox.wants_attention() {
                self.log_if_slow(event);
                self.attend();
                // The claim may have been taken back.
                return;
            }
        }
        self.reader.advance_to(run.end());
    }

    /// Delivers to all listeners, until the batch pauses or a listener panics: then answers which, and with what.
    fn deliver_untimed(&mut self, batch: &mut Batch<'_, E>) -> Option<(usize, String)> {
        let progress = &self.queue.mailbox.progress;
        if let [seat] = self.seats.as_mut_slice() {
            progress.enter(seat.stats.id);
            return seat.handle(batch).err().map(|panic| (0, panic));
        }
        while let Some((sequence, event)) = batch.next() {
            let panicked = self.seats.iter_mut().enumerate().find_map(|(index, seat)| {
                progress.enter(seat.stats.id);
                seat.deliver(sequence, event).err().map(|panic| (index, panic))
            });
            if panicked.is_some() {
                return panicked;
            }
        }
        None
    }

    fn handle_due(&mut self, sequence: u64, event: &E) {
        self.queue.mailbox.progress.begin_event();
        self.deliver_timed(sequence, event);
        self.queue.mailbox.progress.finish_event();
    }

    /// The listeners behind the one that has panicked get the event too.
    fn finish_after_panic(&mut self, index: usize, panic: &str, (sequence, event): (u64, &E)) {
        let next = index + self.after_panic(index, panic);
        self.deliver_from(next, sequence, event);
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

/// The end of the thread, however it comes: the queue is stopped, waiters are woken, and counters are final.
impl<E: 'static> Drop for Dispatcher<E> {
    fn drop(&mut self) {
        let queue = &self.queue;
        if thread::panicking() {
            tracing::error!(
                bus = queue.shared.bus,
                queue = queue.name,
                "the dispatch thread ends by a panic outside any listener, as of a logger or a metrics recorder"
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
