//! Loom's models of the log, the head and the sleeper: every interleaving of two or three threads, up to a bound on preemptions.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p async-event-queue --release --lib models`
//!
//! Blocks have two slots here, and a look at the counts is tried three times. Each file says with which change to the code its
//! models have been seen to fail. The models of whole queues are in `tests/loom.rs`.

mod events;
mod settled;
mod sleep;
mod slots;

/// Explores `model`, with at most so many switches away from a thread that could go on.
fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    builder.check(model);
}
