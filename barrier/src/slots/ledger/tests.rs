//! The ledger against the rules it is to keep, whatever is done with it.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Action {
    Add(u8, usize),
    Remove(u8),
    Join(usize),
    /// Everybody in the line looks, in this order of places.
    Look(Vec<prop::sample::Index>),
    Leave(prop::sample::Index),
    GiveBack(prop::sample::Index),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (0..3u8, 0..5usize).prop_map(|(id, slots)| Action::Add(id, slots)),
        (0..3u8).prop_map(Action::Remove),
        (0..7usize).prop_map(Action::Join),
        vec(any::<prop::sample::Index>(), 1..6).prop_map(Action::Look),
        any::<prop::sample::Index>().prop_map(Action::Leave),
        any::<prop::sample::Index>().prop_map(Action::GiveBack),
    ]
}

/// What is known without the ledger.
#[derive(Debug, Default)]
struct Model {
    /// By id: the slots there are.
    executors: BTreeMap<u8, usize>,
    /// Those who wait, in their order.
    line: Vec<(u64, usize)>,
    /// What is handed out.
    out: Vec<Place>,
    /// The number of the executor that has this id now, as far as it is known.
    current: BTreeMap<String, u64>,
}

impl Model {
    fn total(&self) -> usize {
        self.executors.values().sum()
    }

    /// What is handed out of the executors that are there.
    fn taken(&self) -> usize {
        let is_current =
            |place: &&Place| self.current.get(place.executor_id.as_str()) == Some(&place.executor);
        self.out.iter().filter(is_current).count()
    }

    fn apply(&mut self, ledger: &mut Ledger, action: &Action) {
        match action {
            Action::Add(id, slots) => self.add(ledger, *id, *slots),
            Action::Remove(id) => {
                let removed = ledger.remove(&id.to_string());
                assert_eq!(removed, self.executors.remove(id).is_some());
                self.current.remove(&id.to_string());
            }
            Action::Join(needed) => self.line.push((ledger.join(*needed), *needed)),
            Action::Look(order) => order.iter().for_each(|place| self.look(ledger, *place)),
            Action::Leave(place) if !self.line.is_empty() => {
                let (ticket, _) = self.line.remove(place.index(self.line.len()));
                drop(ledger.leave(ticket));
            }
            Action::GiveBack(place) if !self.out.is_empty() => {
                let place = self.out.swap_remove(place.index(self.out.len()));
                ledger.give_back(place.executor);
            }
            Action::Leave(_) | Action::GiveBack(_) => {}
        }
    }

    fn add(&mut self, ledger: &mut Ledger, id: u8, slots: usize) {
        let added = ledger.add(ExecutorId::from(id.to_string()), Arc::from("host"), slots);
        assert_eq!(added, !self.executors.contains_key(&id));
        if added {
            self.executors.insert(id, slots);
            let newest = ledger.executors.last().expect("just added");
            self.current.insert(id.to_string(), newest.number);
        }
    }

    fn look(&mut self, ledger: &mut Ledger, place: prop::sample::Index) {
        if self.line.is_empty() {
            return;
        }
        let (ticket, needed) = self.line[place.index(self.line.len())];
        let (total, free) = (self.total(), self.total() - self.taken());
        let first = self.line.iter().find(|(_, needed)| *needed <= total).map(|(ticket, _)| *ticket);
        match ledger.look(ticket, needed) {
            Look::Short { total: told } => assert!(needed > total && told == total),
            Look::Busy => assert!(needed <= total && (needed > free || first != Some(ticket))),
            Look::Granted(places) => {
                assert_eq!((places.len(), first), (needed, Some(ticket)));
                assert!(needed <= free);
                self.line.retain(|(waiting, _)| *waiting != ticket);
                self.out.extend(places);
            }
        }
    }
}

proptest! {
    #[test]
    fn slots_are_handed_out_whole_and_in_turn(actions in vec(action(), 0..60)) {
        let (mut ledger, mut model) = (Ledger::default(), Model::default());
        for action in &actions {
            model.apply(&mut ledger, action);
            prop_assert_eq!(ledger.total(), model.total());
            prop_assert_eq!(ledger.free(), model.total() - model.taken());
            prop_assert_eq!(ledger.waiting(), model.line.len());
        }
    }
}
