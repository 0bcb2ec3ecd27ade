//! A thread that falls asleep while others ring.
//!
//! Parking is that of `crate::sync::thread`: a token under a lock, as loom's own `unpark` also ends a wait for something else.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * `who_is_rung_...`: `ring` or `sleep` with `Relaxed`;
//! * `a_ring_that_comes_...`: the same; the flag looked at and set in two steps, by `ring` or by `sleep`.

use super::explore;
use crate::sleeper::Sleeper;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, UnsafeCell, thread};

#[test]
fn who_is_rung_wakes_and_sees_what_was_done_before() {
    explore(3, || {
        let shared = Arc::new((Sleeper::default(), UnsafeCell::new(0)));
        let sleeper = Arc::clone(&shared);
        let sleeping = thread::spawn(move || {
            sleeper.0.belongs_to_this_thread();
            sleeper.0.sleep();
            sleeper.1.with(|_| ());
        });
        shared.1.with_mut(|_| ());
        shared.0.ring();
        sleeping.join().expect("is woken");
    });
}

#[test]
fn a_ring_that_comes_while_another_one_wakes_is_not_lost() {
    explore(3, || {
        let shared = Arc::new((Sleeper::default(), AtomicU64::new(0)));
        let (sleeper, first, second) = (Arc::clone(&shared), Arc::clone(&shared), shared);
        let sleeping = thread::spawn(move || {
            sleeper.0.belongs_to_this_thread();
            while sleeper.1.load(Ordering::Relaxed) < 2 {
                sleeper.0.sleep();
            }
        });
        let ring = |ringer: &(Sleeper, AtomicU64)| {
            ringer.1.fetch_add(1, Ordering::Relaxed);
            ringer.0.ring();
        };
        let ringing = thread::spawn(move || ring(&first));
        ring(&second);
        ringing.join().expect("rings");
        sleeping.join().expect("is woken");
    });
}
