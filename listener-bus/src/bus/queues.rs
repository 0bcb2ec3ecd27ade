//! Which queue has which name, now and before.

use async_event_queue::{AttachError, Feed, FeedQueue, QueueOptions, QueueSnapshot};

/// The queues of a bus, in the order their names were first used.
pub(super) struct Queues<E> {
    named: Vec<Named<E>>,
}

/// All queues there have been under one name.
struct Named<E> {
    latest: FeedQueue<E>,
    /// Those before it that may still count.
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
        let all = self.named.iter().flat_map(|named| named.earlier.iter().chain([&named.latest]));
        all.into_iter().find(|queue| queue.id() == id).cloned()
    }

    pub(super) fn attach(
        &mut self,
        feed: &Feed<E>,
        name: &str,
        options: QueueOptions,
    ) -> Result<FeedQueue<E>, AttachError> {
        let queue = feed.attach(name, options)?;
        match self.named.iter_mut().find(|named| named.latest.name() == name) {
            Some(named) => named.succeed(queue.clone()),
            None => self.named.push(Named {
                latest: queue.clone(),
                earlier: Vec::new(),
                counted: QueueSnapshot::default(),
            }),
        }
        Ok(queue)
    }

    pub(super) fn snapshots(&self) -> Vec<QueueSnapshot> {
        self.named.iter().map(Named::snapshot).collect()
    }
}

impl<E: 'static> Named<E> {
    fn succeed(&mut self, queue: FeedQueue<E>) {
        self.earlier.push(std::mem::replace(&mut self.latest, queue));
        let counted = &mut self.counted;
        self.earlier.retain(|earlier| {
            let is_over = earlier.has_ended();
            if is_over {
                counted.add_counts_of(&earlier.snapshot());
            }
            !is_over
        });
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
