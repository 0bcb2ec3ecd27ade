//! What became of everything at a stop.

use std::fmt;

use crate::posted::Drops;
use crate::stuck::StuckListener;

/// How a stop went, queue by queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "says whether everything was delivered"]
pub struct StopReport {
    /// The queues, in the order they were added.
    pub queues: Vec<QueueReport>,
}

impl StopReport {
    /// Whether every queue has delivered all it had accepted, and its listeners are closed.
    pub fn is_drained(&self) -> bool {
        self.queues.iter().all(|queue| queue.end == QueueEnd::Drained)
    }
}

/// How a stop went for one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueReport {
    /// The queue's name.
    pub queue: String,
    /// Events delivered since the queue was made.
    pub delivered: u64,
    /// Events dropped since the queue was made, by reason; the undelivered ones are among them.
    pub dropped: Drops,
    /// Events that waited when the deadline passed and are dropped for that, the last few of them when the thread that
    /// has taken them already comes back.
    pub undelivered: u64,
    /// How the queue ended.
    pub end: QueueEnd,
}

/// How a queue ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueEnd {
    /// All was delivered, and the listeners were closed.
    Drained,
    /// The deadline passed. The thread is left behind and ends when its listener returns.
    TimedOut {
        /// The listener it was inside.
        stuck: Option<StuckListener>,
    },
    /// An earlier stop had cut it off at its deadline, or its last listener had left: what waited then was dropped.
    CutOff,
    /// Its thread had died, which was logged; what waited was dropped.
    Died,
    /// The stop was called by one of this queue's own listeners: what waits is delivered after it returns.
    /// A later call from outside waits for that.
    Draining,
}

impl fmt::Display for QueueReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "queue {}: {} delivered, {} dropped", self.queue, self.delivered, self.dropped.total())?;
        match &self.end {
            QueueEnd::Drained => Ok(()),
            QueueEnd::Draining => f.write_str(", still draining"),
            QueueEnd::CutOff => f.write_str(", cut off before"),
            QueueEnd::Died => f.write_str(", its thread had died"),
            QueueEnd::TimedOut { stuck } => {
                write!(f, ", {} undelivered at the deadline", self.undelivered)?;
                match stuck {
                    Some(stuck) => {
                        write!(f, ", listener {} stuck for {:.1?}", stuck.listener, stuck.for_at_least)
                    }
                    None => Ok(()),
                }
            }
        }
    }
}
