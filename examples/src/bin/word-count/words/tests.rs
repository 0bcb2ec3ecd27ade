//! Stretches of any size have the words of the whole text, each once.

use std::io::Cursor;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// The words of a text, by the definition.
fn by_definition(text: &str) -> Vec<String> {
    let words = text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().flat_map(char::to_lowercase).collect()).collect()
}

/// The words of stretches that end at these places, as they come.
fn by_stretches(text: &[u8], ends: &[usize], chunk: usize) -> Result<Vec<String>, u64> {
    let mut found = Vec::new();
    let mut start = 0;
    for end in ends.iter().copied().chain([text.len()]) {
        let bytes = start as u64..end as u64;
        start = end;
        let mut words = Words::open(Cursor::new(text), bytes, chunk).unwrap();
        while words.read().unwrap() {
            let each = |word: &[u8]| found.push(String::from_utf8(word.to_vec()).unwrap());
            words.cut(each).map_err(|error| error.offset)?;
        }
    }
    Ok(found)
}

/// Texts of few letters, so that what is special comes often: long runs, letters of all lengths, signs of all lengths.
fn texts() -> impl Strategy<Value = String> {
    let signs =
        prop::sample::select(vec!['a', 'Z', ' ', '\n', '7', 'é', 'ß', 'Я', '–', 'İ', '字', '🦀', '𝔸', '\0']);
    vec(signs, 0..60).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn stretches_of_any_size_have_the_words_of_the_whole(
        text in texts(),
        places in vec(0..240_usize, 0..8),
        chunk in 1..40_usize,
    ) {
        let mut ends: Vec<_> = places.into_iter().map(|place| place.min(text.len())).collect();
        ends.sort_unstable();
        prop_assert_eq!(by_stretches(text.as_bytes(), &ends, chunk), Ok(by_definition(&text)));
    }

    #[test]
    fn a_stretch_for_each_byte_has_the_words_of_the_whole(text in texts(), chunk in 1..9_usize) {
        let ends: Vec<_> = (1..=text.len()).collect();
        prop_assert_eq!(by_stretches(text.as_bytes(), &ends, chunk), Ok(by_definition(&text)));
    }

    #[test]
    fn what_is_not_utf_8_is_found_in_whichever_stretch_it_is(
        text in texts(),
        at in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
        chunk in 1..40_usize,
    ) {
        let places: Vec<_> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
        let bad = *at.get(&places);
        let mut bytes = text.into_bytes();
        bytes.insert(bad, 0xff);
        let end = end.index(bytes.len());
        prop_assert_eq!(by_stretches(&bytes, &[end], chunk), Err(bad as u64));
    }
}

#[test]
fn a_character_that_is_cut_off_at_the_end_is_not_utf_8() {
    assert_eq!(by_stretches(b"abc \xe2\x82", &[], 4), Err(4));
    assert_eq!(by_stretches(b"abc \xe2\x82", &[5], 4), Err(4));
}

#[test]
fn letters_beyond_ascii_are_part_of_words_and_digits_are_not() {
    let words = by_stretches("Don't ZÄHLE 2nd naïve—Straße".as_bytes(), &[], 7).unwrap();
    assert_eq!(words, ["don", "t", "zähle", "nd", "naïve", "straße"]);
}
