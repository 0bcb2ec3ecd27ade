//! The promises of the feature `files`, a module each.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

mod again;
mod crash;
mod disk;
mod faults;
mod handles;
mod interleaved;
mod killed;
mod killed_child;
mod late;
mod life;
mod manifests;
mod plain_threads;
mod races;
mod refused;
mod replace;
mod scene;
mod steps;
mod streams;
mod undecided;
