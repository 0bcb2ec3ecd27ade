//! Every interleaving of the few threads that matter, up to a bound on preemptions:
//! `RUSTFLAGS="--cfg loom" cargo test -p async-event-queue --release --test loom`.
//!
//! Each file says with which change to the code its models have been seen to fail. The models of what a queue is made of, among
//! them the slots of the log and the looks at the counts, are in `src/log/models.rs`.
//!
//! No model has a clock: a wait with a deadline waits for ever, and there is no monitor. Events are few, as loom follows each
//! step of each thread; so blocks have two slots, and a third event turns the log to the next one.
#![cfg(loom)]

#[path = "loom/comings_and_goings.rs"]
mod comings_and_goings;
#[path = "loom/ends.rs"]
mod ends;
#[path = "loom/room.rs"]
mod room;
#[path = "loom/sleep.rs"]
mod sleep;
#[path = "loom/support.rs"]
mod support;
