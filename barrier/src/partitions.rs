//! A set of partitions that an error or a log line can name.

use std::fmt;
use std::sync::Arc;

use listener_bus::events::PartitionId;

/// How many are named before "and N more".
const NAMED: usize = 10;

/// Partitions in rising order. A clone shares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partitions(Arc<[PartitionId]>);

impl Partitions {
    /// The partitions, in rising order.
    pub fn as_slice(&self) -> &[PartitionId] {
        &self.0
    }
}

impl FromIterator<PartitionId> for Partitions {
    fn from_iter<I: IntoIterator<Item = PartitionId>>(partitions: I) -> Self {
        Self(partitions.into_iter().collect())
    }
}

impl fmt::Display for Partitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (place, partition) in self.0.iter().take(NAMED).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{partition}")?;
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
