//! Which queue has which name, now and before.

use async_event_queue::{AttachError, Feed, FeedQueue, QueueOptions, QueueSnapshot};

/// The queues of a bus, in the order their names were first used.
pub(super) struct Queues<E> {
    named: Vec<Named<E>>,
}

/// All queues there have been under one name.
struct Named<E> {
    latest: FeedQueue<E>,
    /// Those before it that still count, or have a listener that may be asked for.
    earlier: Vec<FeedQueue<E>>,
    /// What those before them have counted.
    counted: QueueSnapshot,
}

impl<E> Default for Queues<E> {
    fn default() -> Self {
        Self { named: Vec::new() }
    }
}

impl<E: Send + Sync + 'static> Queues<E> {
    pub(super) fn active(&self, name: &str) -> Option<FeedQueue<E>> {
        self.all_active().find(|queue| queue.name() == name).cloned()
    }

    pub(super) fn all_active(&self) -> impl Iterator<Item = &FeedQueue<E>> {
        self.named.iter().map(|named| &named.latest).filter(|queue| queue.is_active())
    }

    pub(super) fn by_id(&self, id: u64) -> Option<FeedQueue<E>> {
        let mut all = self.named.iter().flat_map(|named| named.earlier.iter().chain([&named.latest]));
        all.find(|queue| queue.id() == id).cloned()
    }

    /// Makes a queue; with it come those of the name before it that are not needed any more, to be let go once no lock
    /// is held, for listeners may go with them.
    pub(super) fn attach(
        &mut self,
        feed: &Feed<E>,
        name: &str,
        options: QueueOptions,
    ) -> Result<(FeedQueue<E>, Vec<FeedQueue<E>>), AttachError> {
        let queue = feed.attach(name, options)?;
        if let Some(named) = self.named.iter_mut().find(|named| named.latest.name() == name) {
            let spent = named.succeed(queue.clone());
            return Ok((queue, spent));
        }
        let (latest, counted) = (queue.clone(), QueueSnapshot::default());
        self.named.push(Named { latest, earlier: Vec::new(), counted });
        Ok((queue, Vec::new()))
    }

    pub(super) fn snapshots(&self) -> Vec<QueueSnapshot> {
        self.named.iter().map(Named::snapshot).collect()
    }
}

impl<E: 'static> Named<E> {
    fn succeed(&mut self, queue: FeedQueue<E>) -> Vec<FeedQueue<E>> {
        self.earlier.push(std::mem::replace(&mut self.latest, queue));
        let spent: Vec<_> = self.earlier.extract_if(.., |earlier| earlier.is_spent()).collect();
        for queue in &spent {
            self.counted.add_counts_of(&queue.snapshot());
        }
        spent
    }

    fn snapshot(&self) -> QueueSnapshot {
        let mut snapshot = self.latest.snapshot();
        snapshot.add_counts_of(&self.counted);
        for earlier in &self.earlier {
            snapshot.add_counts_of(&earlier.snapshot());
        }
        snapshot
    }
}
