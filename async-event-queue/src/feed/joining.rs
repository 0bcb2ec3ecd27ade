//! How queues join a feed, fall asleep in it, and leave it.

use std::sync::Arc;

use super::members::Member;
use super::{FeedCore, FeedPhase};
use crate::core::QueueCore;
use crate::error::AttachError;
use crate::posted::DropReason;
use crate::sync::lock;

impl<E> FeedCore<E> {
    /// Takes a queue into the feed, as one of `members`; answers whether the feed has started, and so needs it to be launched.
    pub(super) fn join(&self, queue: &Arc<QueueCore<E>>, members: usize) -> Result<bool, AttachError> {
        // Made before the lock is taken, so that no post waits for memory.
        let mut roomy = Vec::with_capacity(members);
        let mut state = self.state();
        if matches!(state.phase, FeedPhase::Stopped(_)) {
            return Err(AttachError::Stopped { bus: self.options.bus.clone(), queue: queue.name.clone() });
        }
        let has_started = state.phase != FeedPhase::Waiting;
        queue.join_at(if has_started { state.next_sequence } else { 0 });
        roomy.append(&mut state.members);
        roomy.push(Member::new(Arc::clone(queue)));
        std::mem::swap(&mut state.members, &mut roomy);
        drop(state);
        Ok(has_started)
    }

    /// Takes a queue out of the feed, whatever waits in it.
    pub(super) fn part(&self, queue: &QueueCore<E>) {
        let mut state = self.state();
        let index = state.members.iter().position(|member| member.core.id == queue.id);
        let member = index.map(|index| state.members.remove(index));
        state.asleep.forget(queue);
        drop(state);
        drop(member);
    }

    /// Notes that a dispatch thread sleeps, unless something has been posted since `cursor`.
    pub(crate) fn fall_asleep(&self, queue: &Arc<QueueCore<E>>, cursor: u64) -> bool {
        let mut state = self.state.lock();
        if self.head.get() > cursor {
            return false;
        }
        // One that has left is woken by who asks something of it.
        if state.members.iter().any(|member| member.core.id == queue.id) {
            state.asleep.add(queue);
        }
        true
    }

    /// Takes a queue whose dispatch thread is dying out of the feed, and drops what waits in it.
    pub(crate) fn expel(&self, queue: &QueueCore<E>) {
        let mut queues = lock(&self.queues);
        let mut state = self.state();
        let Some(index) = state.members.iter().position(|member| member.core.id == queue.id) else { return };
        let mut member = state.members.remove(index);
        let head = self.head.get();
        let leftover = member.discard(DropReason::Stopped, head);
        state.asleep.forget(queue);
        queue.leave_at(head);
        drop(state);
        queues.retain(|other| other.id != queue.id);
        drop(queues);
        drop(leftover);
    }

    /// Takes a queue without listeners out of the feed, if its settings say so.
    pub(crate) fn leave_if_deserted(&self, queue: &QueueCore<E>) {
        if !queue.stops_without_listeners() {
            return;
        }
        let mut queues = lock(&self.queues);
        let mut state = self.state();
        let Some(index) = state.members.iter().position(|member| member.core.id == queue.id) else { return };
        let head = self.head.get();
        let Some(leftover) = queue.discard_if_deserted(head, state.members[index].admitted()) else { return };
        let member = state.members.remove(index);
        state.asleep.forget(queue);
        queue.leave_at(head);
        drop(state);
        queues.retain(|other| other.id != queue.id);
        drop(queues);
        drop((member, leftover));
        queue.publish();
    }
}
