//! Every codec reads what it writes, and says what is wrong with what it does not.

use std::io::{self, BufRead, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::event_log::Codec;
use crate::event_log::codec::{Encode, decode, encode};

const COMPRESSED: [Codec; 4] = [Codec::Zstd, Codec::Lz4, Codec::Snappy, Codec::Lzf];

/// A file whose bytes can be looked at while it is written.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl File {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(codec: Codec) -> (File, Box<dyn Encode>) {
    let file = File::default();
    let encoder = encode(codec, 1, Box::new(file.clone())).unwrap();
    (file, encoder)
}

/// What `texts` are stored as, with a flush behind each.
fn stored(codec: Codec, texts: &[&[u8]]) -> Vec<u8> {
    let (file, mut encoder) = open(codec);
    for text in texts {
        encoder.write_all(text).unwrap();
        encoder.flush().unwrap();
    }
    encoder.finish().unwrap();
    file.bytes()
}

/// The text that comes out of `stored`, and how that ends.
fn text_of(codec: Codec, stored: &[u8]) -> (Vec<u8>, io::Result<()>) {
    let mut decoder = decode(codec, Cursor::new(stored.to_vec())).unwrap();
    let mut text = Vec::new();
    let end = loop {
        match decoder.fill_buf() {
            Ok([]) => break Ok(()),
            Ok(there) => {
                text.extend_from_slice(there);
                let length = there.len();
                decoder.consume(length);
            }
            Err(error) => break Err(error),
        }
    };
    (text, end)
}

fn kind_of(end: &io::Result<()>) -> Option<io::ErrorKind> {
    end.as_ref().err().map(io::Error::kind)
}

#[track_caller]
fn assert_whole(codec: Codec, stored: &[u8], text: &[u8]) {
    let (found, end) = text_of(codec, stored);
    assert!(end.is_ok(), "{codec}: {end:?}");
    assert!(found == text, "{codec}: {} bytes came back, and {} were written", found.len(), text.len());
}

/// Bytes that no codec makes shorter.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| next()).collect()
}

/// Text as logs have it.
fn lines(count: usize) -> Vec<u8> {
    let line = |id: usize| {
        format!("{{\"Event\":\"SparkListenerTaskEnd\",\"Stage ID\":{},\"Task ID\":{id}}}\n", id % 7)
    };
    (0..count).flat_map(|id| line(id).into_bytes()).collect()
}

#[test]
fn what_is_written_comes_back_whatever_its_size() {
    for codec in Codec::WRITTEN {
        for length in
            [0, 1, 2, 3, 4, 31, 32, 33, 263, 264, 265, 32_767, 32_768, 32_769, 65_535, 65_536, 300_000]
        {
            for text in [vec![b'x'; length], noise(length), lines(length / 50)] {
                assert_whole(codec, &stored(codec, &[&text]), &text);
            }
        }
    }
}

#[test]
fn text_becomes_shorter_and_noise_hardly_longer() {
    let (text, noise) = (lines(5000), noise(300_000));
    for codec in COMPRESSED {
        assert!(stored(codec, &[&text]).len() < text.len() / 3, "{codec}");
        assert!(stored(codec, &[&noise]).len() < noise.len() + 1000, "{codec}");
    }
}

#[test]
fn what_was_flushed_can_be_read_whatever_comes_after() {
    for codec in COMPRESSED {
        let (file, mut encoder) = open(codec);
        let mut written = Vec::new();
        for size in [1, 100, 40_000, 7, 70_000] {
            let text = lines(size / 50 + 1);
            encoder.write_all(&text).unwrap();
            encoder.flush().unwrap();
            written.extend_from_slice(&text);
            let (found, end) = text_of(codec, &file.bytes());
            assert!(found == written, "{codec}");
            // Only lz4 marks the end of a stream.
            let expected = (codec == Codec::Lz4).then_some(io::ErrorKind::UnexpectedEof);
            assert_eq!(kind_of(&end), expected, "{codec}");
        }
    }
}

#[test]
fn a_flush_of_nothing_writes_nothing() {
    for codec in Codec::WRITTEN {
        let (file, mut encoder) = open(codec);
        encoder.flush().unwrap();
        assert_eq!(file.bytes(), b"", "{codec}");
        encoder.write_all(b"text").unwrap();
        encoder.flush().unwrap();
        let before = file.bytes();
        encoder.write_all(b"").unwrap();
        encoder.flush().unwrap();
        encoder.flush().unwrap();
        assert_eq!(file.bytes(), before, "{codec}");
    }
}

#[test]
fn a_flush_ends_the_frame_of_zstandard() {
    let magic = [0x28, 0xb5, 0x2f, 0xfd];
    let stored = stored(Codec::Zstd, &[b"one", b"two", b"three"]);
    assert_eq!(stored.windows(4).filter(|bytes| *bytes == magic).count(), 3);
}

#[test]
fn streams_that_follow_each_other_are_one() {
    let (one, other) = (lines(2000), noise(50_000));
    for codec in COMPRESSED {
        let mut both = stored(codec, &[&one]);
        both.extend(stored(codec, &[]));
        both.extend(stored(codec, &[&other]));
        assert_whole(codec, &both, &[&*one, &other].concat());
    }
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    assert_whole(Codec::Gzip, &[gzip(&one), gzip(&other)].concat(), &[one, other].concat());
}

/// A stream of several blocks that each end where a flush was, and how much text and how many bytes are before each.
fn blocks(codec: Codec) -> (Vec<u8>, Vec<u8>, Vec<(usize, usize)>) {
    let (file, mut encoder) = open(codec);
    let mut text = Vec::new();
    let mut borders = vec![(0, 0)];
    for part in [lines(9), noise(300), lines(1), vec![b'x'; 3000], noise(5), lines(40)] {
        encoder.write_all(&part).unwrap();
        encoder.flush().unwrap();
        text.extend(part);
        borders.push((file.bytes().len(), text.len()));
    }
    encoder.finish().unwrap();
    (file.bytes(), text, borders)
}

#[test]
fn a_stream_cut_at_any_byte_gives_all_blocks_before_the_cut_and_says_so() {
    for codec in COMPRESSED {
        let (stored, text, borders) = blocks(codec);
        for cut in 0..stored.len() {
            let (found, end) = text_of(codec, &stored[..cut]);
            let (border, whole) = *borders.iter().rfind(|(border, _)| *border <= cut).unwrap();
            assert!(text.starts_with(&found), "{codec} cut at {cut}");
            // Zstandard may give the text of a frame before it sees the frame's end.
            let is_exact = if codec == Codec::Zstd { found.len() >= whole } else { found.len() == whole };
            assert!(is_exact, "{codec} cut at {cut}: {} bytes of {whole}", found.len());
            let is_told = border < cut || (codec == Codec::Lz4 && cut > 0);
            // The header of a snappy stream ends at no border, and yet a stream may end there.
            let is_told = is_told && !(codec == Codec::Snappy && cut == 16);
            let expected = is_told.then_some(io::ErrorKind::UnexpectedEof);
            assert_eq!(kind_of(&end), expected, "{codec} cut at {cut}");
        }
        assert_whole(codec, &stored, &text);
    }
}

#[test]
fn a_flipped_bit_is_told_or_changes_nothing_where_there_is_a_checksum() {
    for codec in COMPRESSED {
        let (stored, text, _) = blocks(codec);
        let step = if codec == Codec::Lz4 { 1 } else { 7 };
        for bit in (0..stored.len() * 8).step_by(step) {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (found, end) = text_of(codec, &flipped);
            let kinds = [None, Some(io::ErrorKind::InvalidData), Some(io::ErrorKind::UnexpectedEof)];
            assert!(kinds.contains(&kind_of(&end)), "{codec} with bit {bit} flipped: {end:?}");
            if codec == Codec::Lz4 {
                assert!(text.starts_with(&found), "{codec} with bit {bit} flipped");
                assert!(end.is_err() || found == text, "{codec} with bit {bit} flipped");
            }
        }
    }
}

#[test]
fn a_damaged_block_does_not_lose_those_before_it() {
    for codec in COMPRESSED {
        let (stored, text, borders) = blocks(codec);
        for (border, whole) in borders {
            let damaged = [&stored[..border], b"this is the header of no codec's block"].concat();
            let (found, end) = text_of(codec, &damaged);
            // Snappy takes the first bytes of a chunk for its length.
            assert_eq!(kind_of(&end), Some(io::ErrorKind::InvalidData), "{codec} damaged at {border}");
            assert!(found == text[..whole], "{codec} damaged at {border}");
        }
    }
}

#[test]
fn a_damaged_block_of_a_frame_of_zstandard_does_not_lose_those_before_it() {
    let text = lines(20_000);
    let stored = stored(Codec::Zstd, &[&text]);
    let mut most = 0;
    for damaged in (stored.len() / 2..stored.len()).step_by(997) {
        // A block of the reserved type, wherever it is taken for one.
        let mut bytes = stored.clone();
        bytes[damaged..].fill(0xff);
        let (found, end) = text_of(Codec::Zstd, &bytes);
        assert!(end.is_err());
        most = most.max(found.len());
    }
    assert!(most >= 128 * 1024, "{most}");
}

#[test]
fn an_error_is_told_again_to_who_asks_again() {
    for codec in [Codec::Lz4, Codec::Snappy, Codec::Lzf] {
        let (stored, ..) = blocks(codec);
        let mut decoder = decode(codec, Cursor::new(stored[..stored.len() / 2].to_vec())).unwrap();
        let mut text = Vec::new();
        for _ in 0..3 {
            let error = decoder.read_to_end(&mut text).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{codec}");
        }
    }
}

#[test]
fn lengths_that_lie_are_told_without_memory_for_them() {
    let lz4 = |token: u8, packed: u32, text: u32| {
        let mut block = b"LZ4Block".to_vec();
        block.push(token);
        block.extend(packed.to_le_bytes().into_iter().chain(text.to_le_bytes()).chain([0; 4]));
        block
    };
    let snappy = |length: u32, rest: &[u8]| {
        let mut chunk = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
        chunk.extend(length.to_be_bytes());
        chunk.extend(rest);
        chunk
    };
    let told = [
        (Codec::Lz4, lz4(0x25, 10, 40_000), "a block of lz4 is 40000 bytes long, which is more than 32768"),
        (
            Codec::Lz4,
            lz4(0x2f, 10, 32 << 20),
            "a block of lz4 that is 10 bytes long cannot hold 33554432 bytes of text",
        ),
        (
            Codec::Lz4,
            lz4(0x2f, u32::MAX, 9),
            "a block of lz4 is 4294967295 bytes long, which is more than 33554432",
        ),
        (Codec::Lz4, lz4(0x15, 10, 11), "a block of lz4 that is 10 bytes long cannot hold 11 bytes of text"),
        (Codec::Lz4, lz4(0x35, 10, 11), "a block of lz4 is packed in an unknown way: 0x35"),
        (
            Codec::Snappy,
            snappy(u32::MAX, b""),
            "a block of snappy is 4294967295 bytes long, which is more than 33554432",
        ),
        (
            Codec::Snappy,
            snappy(5, &[0xff, 0xff, 0xff, 0x0f, 0]),
            "a block of snappy that is 5 bytes long cannot hold 33554431 bytes of text",
        ),
        (
            Codec::Snappy,
            b"\x82SNAPPY\0\0\0\0\x02\0\0\0\x02".to_vec(),
            "a stream of snappy asks for a reader of version 2",
        ),
        (
            Codec::Lzf,
            b"ZV\x01\0\x01\xff\xff\0".to_vec(),
            "a block of lzf that is 1 bytes long cannot hold 65535 bytes of text",
        ),
        (Codec::Lzf, b"ZV\x02\0\x01\xff\xff\0".to_vec(), "there is no block of lzf where one should begin"),
        (
            Codec::Lzf,
            b"ZV\x01\0\x02\0\x09\x20\x00".to_vec(),
            "a block of lzf cannot be decoded: it refers to text before its start at byte 0",
        ),
    ];
    for (codec, stored, message) in told {
        let (text, end) = text_of(codec, &stored);
        let error = end.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (message, io::ErrorKind::InvalidData));
        assert_eq!(text, b"");
    }
}

#[test]
fn a_length_that_the_file_does_not_have_is_a_cut_and_takes_no_memory() {
    let mut block = b"LZ4Block\x2f".to_vec();
    block.extend((32_u32 << 20).to_le_bytes().into_iter().chain((32_u32 << 20).to_le_bytes()).chain([0; 4]));
    let (_, end) = text_of(Codec::Lz4, &block);
    assert_eq!(kind_of(&end), Some(io::ErrorKind::UnexpectedEof));
}

/// Takes a few bytes at a time, and fails every other time.
struct Balky(File, u32);

impl Write for Balky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(2) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write(&bytes[..bytes.len().min(50)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_could_not_be_written_is_written_later_and_once() {
    for codec in COMPRESSED {
        let file = File::default();
        let mut encoder = encode(codec, 1, Box::new(Balky(file.clone(), 0))).unwrap();
        let text = [lines(300), noise(3000), lines(3)].concat();
        let mut rest = &*text;
        while !rest.is_empty() {
            if let Ok(length) = encoder.write(rest) {
                rest = &rest[length..];
            }
        }
        while encoder.flush().is_err() {}
        while encoder.finish().is_err() {}
        assert_whole(codec, &file.bytes(), &text);
    }
}

/// Gives a few bytes at a time, and is interrupted before each.
struct Slow(Cursor<Vec<u8>>, bool);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = buffer.len().min(3);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn stored_bytes_may_come_in_small_pieces_and_with_interruptions() {
    for codec in COMPRESSED {
        let (stored, text, _) = blocks(codec);
        let slow = io::BufReader::with_capacity(5, Slow(Cursor::new(stored), false));
        let mut found = Vec::new();
        decode(codec, slow).unwrap().read_to_end(&mut found).unwrap();
        assert!(found == text, "{codec}");
    }
}

#[test]
fn an_error_of_the_stored_bytes_is_no_damage_of_the_stream() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                length => Ok(length),
            }
        }
    }
    for codec in COMPRESSED {
        let (stored, ..) = blocks(codec);
        let failing = io::BufReader::new(Failing(Cursor::new(stored[..stored.len() / 2].to_vec())));
        let error = decode(codec, failing).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other, "{codec}");
    }
}

#[test]
fn gzip_is_only_read() {
    assert!(encode(Codec::Gzip, 1, Box::new(File::default())).is_err());
}

/// What is done to an encoder.
#[derive(Clone, Debug)]
enum Action {
    Write(Vec<u8>),
    Flush,
    /// Ends the stream; what comes after is another behind it.
    Finish,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..300).prop_map(Action::Write),
        4 => (0..400_usize).prop_map(|count| Action::Write(lines(count))),
        1 => (0..100_000_usize).prop_map(|length| Action::Write(noise(length))),
        1 => (any::<u8>(), 0..100_000_usize).prop_map(|(byte, length)| Action::Write(vec![byte; length])),
        3 => Just(Action::Flush),
        1 => Just(Action::Finish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_written_comes_back(actions in vec(action(), 0..20), of in 0..Codec::WRITTEN.len()) {
        let codec = Codec::WRITTEN[of];
        let (file, mut encoder) = open(codec);
        let mut text = Vec::new();
        for action in actions {
            match action {
                Action::Write(part) => {
                    encoder.write_all(&part).unwrap();
                    text.extend(part);
                }
                Action::Flush => {
                    encoder.flush().unwrap();
                    prop_assert!(text_of(codec, &file.bytes()).0 == text, "{codec}");
                }
                Action::Finish => {
                    encoder.finish().unwrap();
                    assert_whole(codec, &file.bytes(), &text);
                }
            }
        }
        encoder.finish().unwrap();
        assert_whole(codec, &file.bytes(), &text);
    }
}
