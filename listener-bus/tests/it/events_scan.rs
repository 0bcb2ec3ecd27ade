//! Lines that stand just as Spark writes them are read in a way of their own: with the same result as all others.

use listener_bus::events::{EventError, SchedulerEvent};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::events_data::{SQL_AND_SERVER_EVENTS, core_events, core_events_with_reasons, json, unzipped};

/// Values that may stand where another one stood.
const VALUES: [&str; 30] = [
    "0",
    "-0",
    "-1",
    "-",
    "01",
    "-01",
    "1.0",
    "1.5",
    "1e3",
    "1E400",
    "2147483648",
    "-2147483649",
    "999999999999999999",
    "1000000000000000000",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "123456789012345678901234567890",
    "null",
    "true",
    "tru",
    "\"\"",
    "\"7\"",
    "\"\\\"quotes\\\" \\\\ and \\u00e9\\n\"",
    "\"not as ASCII: äöü\"",
    "\"half a pair: \\ud800\"",
    "\"a raw\ttab\"",
    "\"no end",
    "[]",
    "{}",
];

fn lines() -> Vec<String> {
    let logs = [
        unzipped(include_bytes!("../data/logs/b_barrier_ok.gz")),
        unzipped(include_bytes!("../data/logs/v248-a_wordcount.gz")),
    ];
    let logged = logs.iter().flat_map(|log| log.lines()).map(str::to_owned);
    let samples = core_events().chain(SQL_AND_SERVER_EVENTS.lines()).map(str::to_owned);
    let reasons = core_events_with_reasons().into_iter().map(|event| event.to_string());
    logged.chain(samples).chain(reasons).collect()
}

/// What is told of an error; `shift` is what the line is longer by before the error.
fn told(error: &EventError, shift: usize) -> (Option<&str>, bool, usize, String) {
    let column = error.column() - shift;
    let message = error.to_string().replace(&format!("column {}", error.column()), "");
    (error.event(), error.is_truncated(), column, message)
}

/// Reads `line`, and reads it with a space behind the name, which Spark never writes.
fn assert_read_alike(line: &str) {
    let start = r#"{"Event":""#;
    let Some((name, rest)) = line.strip_prefix(start).and_then(|rest| rest.split_once('"')) else { return };
    if name.contains('\\') {
        return;
    }
    let spaced = format!("{start}{name}\" {rest}");
    let space = start.len() + name.len() + 1;
    match (SchedulerEvent::from_json(line), SchedulerEvent::from_json(&spaced)) {
        (Ok(event), Ok(other)) if event.name() == other.name() => match (&event, &other) {
            (SchedulerEvent::Other(_), SchedulerEvent::Other(_)) => {}
            _ => assert_eq!(format!("{event:?}"), format!("{other:?}"), "{line}"),
        },
        (Err(error), Err(other)) => {
            let shift = usize::from(other.column() > space);
            assert_eq!(told(&error, 0), told(&other, shift), "{line}");
        }
        (event, other) => panic!("{event:?} and {other:?} of {line}"),
    }
}

#[test]
fn a_line_of_spark_is_read_as_one_with_a_space() {
    for line in lines() {
        assert_read_alike(&line);
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for line in lines() {
        // A tree has its keys in another order.
        let reordered = json(&line).to_string();
        let event = SchedulerEvent::from_json(&line).expect(&line);
        if !matches!(event, SchedulerEvent::Other(_)) {
            assert_eq!(SchedulerEvent::from_json(&reordered).expect(&reordered), event);
        }
    }
}

/// Where the values of fields and of lists begin and end.
fn values(line: &str) -> Vec<(usize, usize)> {
    let is_start = |at: &usize| matches!(line.as_bytes()[*at], b':' | b'[');
    let ends = [',', '}', ']'];
    let end = |start: usize| line[start..].find(ends).map(|length| (start, start + length));
    (0..line.len()).filter(is_start).filter_map(|at| end(at + 1)).collect()
}

fn any_line() -> impl Strategy<Value = String> {
    // The environment is long and has nothing that others do not have.
    select(lines().into_iter().filter(|line| line.len() < 20_000).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn a_line_with_another_value_is_read_as_one_with_a_space(
        line in any_line(),
        place in any::<Index>(),
        value in select(&VALUES[..]),
    ) {
        let values = values(&line);
        let (start, end) = values[place.index(values.len())];
        assert_read_alike(&format!("{}{value}{}", &line[..start], &line[end..]));
    }

    #[test]
    fn a_line_with_a_piece_left_out_or_twice_is_read_as_one_with_a_space(
        line in any_line(),
        (from, to) in any::<(Index, Index)>(),
    ) {
        let places: Vec<_> = line.match_indices(['"', ',', ':', '{', '}', '[', ']']).map(|(at, _)| at).collect();
        let (from, to) = (places[from.index(places.len())], places[to.index(places.len())]);
        // Left out if it ends before it begins, twice otherwise.
        assert_read_alike(&format!("{}{}", &line[..to], &line[from..]));
    }

    #[test]
    fn a_line_with_another_character_is_read_as_one_with_a_space(
        line in any_line(),
        place in any::<Index>(),
        character in select(&['"', '\\', ',', ':', '{', '}', '[', ']', '-', '.', '0', '7', 'e', 'n', ' ', '\t', 'ü'][..]),
    ) {
        let at = place.index(line.len());
        if line.is_char_boundary(at) && line.is_char_boundary(at + 1) {
            assert_read_alike(&format!("{}{character}{}", &line[..at], &line[at + 1..]));
        }
    }
}

#[test]
fn a_line_cut_anywhere_is_read_as_one_with_a_space() {
    for line in lines().iter().filter(|line| line.len() < 1_000) {
        (0..line.len())
            .filter(|end| line.is_char_boundary(*end))
            .for_each(|end| assert_read_alike(&line[..end]));
    }
}
