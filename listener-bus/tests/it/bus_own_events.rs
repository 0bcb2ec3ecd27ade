//! A bus for events that are not the scheduler's: the progress of streaming queries.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crossbeam::channel::bounded;
use listener_bus::{DropReason, EventClass, Gap, Listener, LiveListenerBus, Posted};

use crate::support::{SOON, assert_conserved};

/// What happens to a streaming query. Neither `Clone` nor `Debug`: a bus needs no more than `Send` and `Sync`.
enum QueryEvent {
    Started(Started),
    Progress(Progress),
    Terminated(Terminated),
}

struct Started {
    query: u32,
}

struct Progress {
    query: u32,
    rows: u64,
}

struct Terminated {
    query: u32,
}

impl From<Started> for QueryEvent {
    fn from(event: Started) -> Self {
        Self::Started(event)
    }
}

impl From<Progress> for QueryEvent {
    fn from(event: Progress) -> Self {
        Self::Progress(event)
    }
}

impl From<Terminated> for QueryEvent {
    fn from(event: Terminated) -> Self {
        Self::Terminated(event)
    }
}

/// Counts the rows of each query, and keeps which have ended.
#[derive(Default)]
struct Tally {
    rows: BTreeMap<u32, u64>,
    ended: Vec<u32>,
    missed: u64,
}

impl Listener<QueryEvent> for Tally {
    fn on_event(&mut self, event: &QueryEvent) {
        match event {
            QueryEvent::Started(started) => drop(self.rows.insert(started.query, 0)),
            QueryEvent::Progress(progress) => *self.rows.entry(progress.query).or_default() += progress.rows,
            QueryEvent::Terminated(terminated) => self.ended.push(terminated.query),
        }
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.missed += gap.events();
    }
}

#[test]
fn a_bus_of_ones_own_events_delivers_them() {
    let bus = LiveListenerBus::<QueryEvent>::builder().name("queries").build().unwrap();
    let rows = Arc::new(Mutex::new(Tally::default()));
    bus.add_to_queue("streams", Arc::clone(&rows)).unwrap();
    bus.post(Started { query: 1 });
    bus.start().unwrap();
    bus.post(Progress { query: 1, rows: 10 });
    bus.post(QueryEvent::Progress(Progress { query: 1, rows: 5 }));
    bus.poster().post(Terminated { query: 1 }.into());
    bus.wait_until_empty(SOON).unwrap();
    let rows = rows.lock().unwrap();
    assert_eq!((&rows.rows, &rows.ended), (&BTreeMap::from([(1, 15)]), &vec![1]));
    assert_eq!(bus.name(), "queries");
}

#[test]
fn ones_own_events_can_be_critical() {
    let is_critical = |event: &QueryEvent| match event {
        QueryEvent::Started(_) | QueryEvent::Terminated(_) => EventClass::Critical,
        QueryEvent::Progress(_) => EventClass::Ordinary,
    };
    let bus = LiveListenerBus::<QueryEvent>::builder().capacity(2).classify(is_critical).build().unwrap();
    let (entered_in, entered) = bounded(1);
    let (release, released) = bounded::<()>(0);
    let holds = move |_: &QueryEvent| {
        let _full = entered_in.try_send(());
        let _opened = released.recv();
    };
    bus.add_to_queue("streams", holds).unwrap();
    let rows = bus.add_to_queue("streams", Tally::default()).unwrap();
    bus.start().unwrap();
    bus.post(Started { query: 1 });
    entered.recv_timeout(SOON).unwrap();
    let kept = (0..100).filter(|_| bus.post(Progress { query: 1, rows: 1 }).is_queued()).count();
    assert_eq!(kept, 2);
    assert_eq!(bus.post(Terminated { query: 1 }), Posted::Queued);
    assert_eq!(bus.post(Progress { query: 1, rows: 1 }), Posted::Dropped(DropReason::Full));
    drop(release);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let rows = bus.remove_listener(&rows).unwrap().wait(SOON).unwrap();
    assert_eq!((rows.rows[&1], rows.ended, rows.missed), (2, vec![1], 99));
    assert_conserved(&bus);
}
