//! Random posts, additions, removals, panics and a stop, against a naive list that does the same.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_event_queue::{AsyncEventQueue, DropReason, EventClass, Gap, Listener, ListenerHandle, Overflow};
use proptest::prelude::*;

use crate::support::{Gate, Recorder, SOON, Told};

/// A listener with this many panics in a row is removed.
const PANICS: u32 = 2;
/// Events from here on are critical.
const CRITICAL: u64 = 1_000_000;

#[derive(Clone, Copy, Debug)]
enum Action {
    Post(EventClass),
    /// Let the event being handled go, and the next one begin.
    Step,
    Add,
    Remove(prop::sample::Index),
    /// Make a listener panic with the next event it gets.
    Panic(prop::sample::Index),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        5 => Just(Action::Post(EventClass::Ordinary)),
        2 => Just(Action::Post(EventClass::Critical)),
        4 => Just(Action::Step),
        1 => Just(Action::Add),
        1 => any::<prop::sample::Index>().prop_map(Action::Remove),
        2 => any::<prop::sample::Index>().prop_map(Action::Panic),
    ];
    prop::collection::vec(action, 1..60)
}

/// Records, and panics when asked to.
#[derive(Clone, Default)]
struct Moody {
    recorder: Recorder,
    panics_next: Arc<AtomicBool>,
}

impl Listener<u64> for Moody {
    fn on_event(&mut self, _: &u64) {}

    fn on_sequenced(&mut self, sequence: u64, event: &u64) {
        self.recorder.on_sequenced(sequence, event);
        assert!(!self.panics_next.swap(false, Ordering::SeqCst), "as asked");
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.recorder.on_gap(gap);
    }

    fn on_close(&mut self) {
        self.recorder.on_close();
    }
}

/// What the real listener should have been told.
struct Expected {
    moody: Moody,
    handle: ListenerHandle<Moody>,
    told: Vec<Told>,
    panics_next: u32,
    panics_in_a_row: u32,
    is_leaving: bool,
}

/// The same queue as a plain list: the front gate holds `current` back, so every step is one step here too.
#[derive(Default)]
struct Model {
    capacity: usize,
    reserve: usize,
    drops_oldest: bool,
    waiting: Vec<(u64, u64)>,
    current: Option<(u64, u64)>,
    next: u64,
    expected: u64,
    delivered: u64,
    dropped: u64,
    listeners: Vec<Expected>,
    added: Vec<Expected>,
    gone: Vec<Expected>,
}

impl Model {
    fn post(&mut self, event: u64) {
        let sequence = self.next;
        self.next += 1;
        let is_critical = event >= CRITICAL;
        let limit = if is_critical { self.capacity + self.reserve } else { self.capacity };
        if self.waiting.len() < limit {
            self.waiting.push((sequence, event));
            return;
        }
        self.dropped += 1;
        if !self.drops_oldest {
            return;
        }
        let ordinary = self.waiting.iter().position(|(_, event)| *event < CRITICAL);
        if let Some(victim) = ordinary.or(is_critical.then_some(0)) {
            self.waiting.remove(victim);
            self.waiting.push((sequence, event));
        }
    }

    /// Begins the next event, if there is one.
    fn begin(&mut self) -> Option<u64> {
        if self.waiting.is_empty() {
            self.tell_gap(self.next);
            return None;
        }
        let (sequence, event) = self.waiting.remove(0);
        self.tell_gap(sequence);
        self.expected = sequence + 1;
        self.current = Some((sequence, event));
        Some(event)
    }

    fn tell_gap(&mut self, next: u64) {
        if next > self.expected {
            let gap = Told::Gap(Gap { first: self.expected, last: next - 1 });
            self.listeners.iter_mut().for_each(|listener| listener.told.push(gap));
            self.expected = next;
        }
    }

    fn finish(&mut self) {
        if let Some((sequence, event)) = self.current.take() {
            self.delivered += 1;
            for listener in &mut self.listeners {
                listener.told.push(Told::Event(sequence, event));
                let panics = std::mem::take(&mut listener.panics_next);
                listener.panics_in_a_row = panics * (listener.panics_in_a_row + 1);
            }
            self.let_go(|listener| listener.panics_in_a_row >= PANICS);
        }
        self.apply();
    }

    /// Additions and removals take effect between two events.
    fn apply(&mut self) {
        self.let_go(|listener| listener.is_leaving);
        self.listeners.append(&mut self.added);
    }

    fn let_go(&mut self, leaves: impl Fn(&Expected) -> bool) {
        for mut listener in self.listeners.extract_if(.., |listener| leaves(listener)) {
            listener.told.push(Told::Closed);
            self.gone.push(listener);
        }
    }
}

struct Run {
    queue: AsyncEventQueue<u64>,
    gate: Gate,
    model: Model,
    posted: u64,
}

impl Run {
    fn new(capacity: usize, reserve: usize, overflow: Overflow) -> Self {
        let queue = AsyncEventQueue::builder("model")
            .capacity(capacity)
            .critical_reserve(reserve)
            .overflow(overflow)
            .remove_after_panics(NonZeroU32::new(PANICS).unwrap())
            .classify(
                |event: &u64| if *event >= CRITICAL { EventClass::Critical } else { EventClass::Ordinary },
            )
            .build()
            .unwrap();
        let (gate, gated) = Gate::new();
        queue.add_listener(gated).unwrap();
        queue.start().unwrap();
        let drops_oldest = overflow == Overflow::DropOldest;
        Self { queue, gate, model: Model { capacity, reserve, drops_oldest, ..Model::default() }, posted: 0 }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Post(class) => {
                let event = self.posted + if class == EventClass::Critical { CRITICAL } else { 0 };
                self.posted += 1;
                self.queue.post(event);
                self.model.post(event);
                if self.model.current.is_none() {
                    self.begin();
                }
            }
            Action::Step if self.model.current.is_some() => {
                self.gate.release(1);
                self.model.finish();
                self.begin();
            }
            Action::Add => {
                let moody = Moody::default();
                let handle = self.queue.add_listener(moody.clone()).unwrap();
                self.model.added.push(Expected {
                    moody,
                    handle,
                    told: vec![],
                    panics_next: 0,
                    panics_in_a_row: 0,
                    is_leaving: false,
                });
                self.apply_if_idle();
            }
            Action::Remove(index) if !self.model.listeners.is_empty() => {
                let index = index.index(self.model.listeners.len());
                let listener = &mut self.model.listeners[index];
                // Asked for twice, it is unknown the second time.
                let removal = self.queue.remove_listener(&listener.handle);
                assert_eq!(removal.is_err(), std::mem::replace(&mut listener.is_leaving, true));
                if self.model.current.is_none() {
                    drop(removal.unwrap().wait(SOON).unwrap());
                }
                self.apply_if_idle();
            }
            Action::Panic(index) if !self.model.listeners.is_empty() => {
                let index = index.index(self.model.listeners.len());
                let listener = &mut self.model.listeners[index];
                listener.panics_next = 1;
                listener.moody.panics_next.store(true, Ordering::SeqCst);
            }
            Action::Step | Action::Remove(_) | Action::Panic(_) => {}
        }
    }

    fn apply_if_idle(&mut self) {
        if self.model.current.is_none() {
            self.model.apply();
        }
    }

    fn begin(&mut self) {
        match self.model.begin() {
            Some(event) => assert_eq!(self.gate.wait_entered(), event),
            None => self.queue.wait_until_empty(SOON).unwrap(),
        }
    }

    fn check_counts(&self) {
        let snapshot = self.queue.snapshot();
        assert_eq!(snapshot.posted, self.model.next);
        assert_eq!(snapshot.dropped.total(), self.model.dropped);
        assert_eq!(snapshot.size, self.model.waiting.len());
        assert_eq!(snapshot.delivered, self.model.delivered);
        assert_eq!(
            snapshot.pending(),
            self.model.waiting.len() as u64 + u64::from(self.model.current.is_some())
        );
    }

    fn finish(mut self) {
        while self.model.current.is_some() {
            self.act(Action::Step);
        }
        assert!(self.queue.stop(SOON).unwrap().is_drained());
        self.model.let_go(|_| true);
        self.check_counts();
        for expected in &self.model.gone {
            assert_eq!(expected.moody.recorder.told(), expected.told);
        }
        self.queue.post(0);
        assert_eq!(self.queue.snapshot().dropped.get(DropReason::Stopped), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_queue_does_what_a_plain_list_would(
        capacity in 1_usize..5,
        reserve in 0_usize..3,
        drops_oldest in any::<bool>(),
        actions in actions(),
    ) {
        let overflow = if drops_oldest { Overflow::DropOldest } else { Overflow::DropNewest };
        let mut run = Run::new(capacity, reserve, overflow);
        for action in actions {
            run.act(action);
            run.check_counts();
        }
        run.finish();
    }
}
