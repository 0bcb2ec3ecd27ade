//! What is posted, and what a listener does with it.

use std::hint::black_box;
use std::time::Instant;

/// 64 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Event([u64; 8]);

impl Event {
    pub(crate) fn numbered(number: u64) -> Self {
        Self([number; 8])
    }
}

/// What every listener does with every event.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Reads it.
    Look,
    /// Reads it, and counts this far.
    Toil { turns: u32 },
}

impl Work {
    /// Work that takes about so many nanoseconds here.
    pub(crate) fn taking(nanos: u32) -> Self {
        const TURNS: u32 = 10_000_000;
        let timed = |_| {
            let begun = Instant::now();
            toil(TURNS);
            begun.elapsed().as_nanos()
        };
        // The quickest of some: the others were interrupted, or ran before the processor was awake.
        let quickest = (0..5).map(timed).min().unwrap_or(1).max(1);
        let turns = u128::from(nanos) * u128::from(TURNS) / quickest;
        Self::Toil { turns: u32::try_from(turns).unwrap_or(u32::MAX) }
    }

    #[inline]
    pub(crate) fn on(self, event: &Event) {
        black_box(event.0[0]);
        if let Self::Toil { turns } = self {
            toil(turns);
        }
    }
}

fn toil(turns: u32) {
    for turn in 0..turns {
        black_box(turn);
    }
}
