//! What is varied: producers, queues and the size of an event.

use std::fmt;

/// Bytes of the events of which the contenders are compared.
pub(crate) const BYTES: usize = 64;

/// Who posts what to how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) producers: usize,
    pub(crate) queues: usize,
    /// Of an event.
    pub(crate) bytes: usize,
}

impl Shape {
    /// Those of the comparison.
    pub(crate) fn compared() -> Vec<Self> {
        Self::combined(&[BYTES], &[1, 4], &[1, 4])
    }

    /// Those of the scaling table.
    pub(crate) fn scaled() -> Vec<Self> {
        Self::combined(&[16, 64, 256, 1024], &[1, 2, 4, 8], &[1, 2, 4, 8, 16])
    }

    fn combined(sizes: &[usize], producers: &[usize], queues: &[usize]) -> Vec<Self> {
        let mut shapes = Vec::new();
        for &bytes in sizes {
            for &queues in queues {
                shapes.extend(producers.iter().map(|&producers| Self { producers, queues, bytes }));
            }
        }
        shapes
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.producers, self.queues)
    }
}
