//! Slots that are written, published, read, and given back.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * all but `two_readers_...`: the head published or loaded with `Relaxed`;
//! * all: a block that is not sealed, whose events are then not dropped;
//! * `an_event_that_nobody_takes_...`: holes not marked, be it in the block being filled or in one that begins with them; a gap
//!   that the reader is not told of.

use super::events::{Drops, Writer, read, shared};
use super::explore;
use crate::sync::{Arc, thread};

/// Looks that find everything, once all posts are over: a block and a gap a look.
const ENOUGH_LOOKS: usize = 6;

#[test]
fn an_event_is_read_once_in_order_and_only_after_it_was_written() {
    explore(3, || {
        let drops = Drops::of(3);
        let mut writer = Writer::new(1, &drops);
        let mut reader = writer.readers().remove(0);
        let writing = thread::spawn(move || (0..3).for_each(|_| writer.post()));
        let mut seen = Vec::new();
        read(&mut reader, 3, &mut seen);
        writing.join().expect("writes");
        read(&mut reader, ENOUGH_LOOKS, &mut seen);
        assert_eq!(seen, [0, 1, 2]);
        drop(reader);
        assert_eq!(drops.counts(), [1; 3]);
    });
}

#[test]
fn the_events_of_two_posters_are_read_once_in_order() {
    explore(2, || {
        let drops = Drops::of(3);
        let writer = Writer::new(1, &drops);
        let mut reader = writer.readers().remove(0);
        let writer = shared(writer);
        let (first, second) = (Arc::clone(&writer), writer);
        let first = thread::spawn(move || first.lock().post());
        let second = thread::spawn(move || (0..2).for_each(|_| second.lock().post()));
        let mut seen = Vec::new();
        read(&mut reader, 2, &mut seen);
        first.join().expect("writes");
        second.join().expect("writes");
        read(&mut reader, ENOUGH_LOOKS, &mut seen);
        assert_eq!(seen, [0, 1, 2]);
        drop(reader);
        assert_eq!(drops.counts(), [1; 3]);
    });
}

#[test]
fn a_block_lives_until_its_last_reader_is_through_and_drops_its_events_once() {
    explore(2, || {
        let drops = Drops::of(3);
        let mut writer = Writer::new(2, &drops);
        let mut readers = writer.readers();
        let (mut late, mut early) = (readers.remove(1), readers.remove(0));
        writer.post();
        let reading = thread::spawn(move || {
            let mut seen = Vec::new();
            read(&mut early, 2, &mut seen);
            (early, seen)
        });
        let writing = thread::spawn(move || {
            writer.post();
            writer.post();
        });
        let mut seen = Vec::new();
        read(&mut late, 2, &mut seen);
        writing.join().expect("writes");
        let (mut early, mut seen_early) = reading.join().expect("reads");
        read(&mut early, ENOUGH_LOOKS, &mut seen_early);
        drop(early);
        read(&mut late, ENOUGH_LOOKS, &mut seen);
        assert_eq!((&*seen, &*seen_early), (&[0, 1, 2][..], &[0, 1, 2][..]));
        drop(late);
        assert_eq!(drops.counts(), [1; 3]);
    });
}

/// Both let go of a full block while the log turns to the next one.
#[test]
fn two_readers_and_the_log_let_go_of_a_block_at_once() {
    explore(2, || {
        let drops = Drops::of(3);
        let mut writer = Writer::new(2, &drops);
        let readers = writer.readers();
        // Until all have ended: loom does not see what the last drop of an inbox is ordered behind, as that is not its `Arc`.
        let inboxes = writer.inboxes();
        writer.post();
        writer.post();
        let reading: Vec<_> = readers
            .into_iter()
            .map(|mut reader| {
                thread::spawn(move || {
                    let mut seen = Vec::new();
                    read(&mut reader, 1, &mut seen);
                    drop(reader);
                    seen
                })
            })
            .collect();
        writer.post();
        drop(writer);
        for reader in reading {
            let seen = reader.join().expect("reads");
            assert!([&[0, 1][..], &[0, 1, 2]].contains(&&*seen), "{seen:?} were read");
        }
        drop(inboxes);
        assert_eq!(drops.counts(), [1; 3]);
    });
}

#[test]
fn an_event_that_nobody_takes_leaves_a_hole_that_is_neither_read_nor_dropped() {
    explore(3, || {
        let drops = Drops::of(4);
        let mut writer = Writer::new(1, &drops);
        let mut reader = writer.readers().remove(0);
        let writing = thread::spawn(move || {
            writer.refuse();
            writer.post();
            writer.post();
            writer.refuse();
        });
        let mut seen = Vec::new();
        read(&mut reader, 3, &mut seen);
        writing.join().expect("writes");
        read(&mut reader, ENOUGH_LOOKS, &mut seen);
        assert_eq!((&*seen, reader.cursor()), (&[1, 2][..], 4));
        drop(reader);
        assert_eq!(drops.counts(), [0, 1, 1, 0]);
    });
}
