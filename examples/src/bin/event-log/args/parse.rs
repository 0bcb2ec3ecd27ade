//! Values on the command line.

use std::time::{Duration, UNIX_EPOCH};

use listener_bus::event_log::{Codec, MIN_FILE_SIZE};

use super::StageArg;

/// A stage, or one attempt at it.
pub(super) fn stage(text: &str) -> Result<StageArg, String> {
    let (id, attempt) = match text.split_once('.') {
        Some((id, attempt)) => (id, Some(attempt)),
        None => (text, None),
    };
    let number =
        |text: &str| text.parse::<u32>().map(i64::from).map_err(|_wrong| "it is not ID or ID.ATTEMPT");
    let attempt = attempt.map(number).transpose()?;
    Ok(StageArg { id: number(id)?, attempt })
}

/// Milliseconds since the Unix epoch, from those or from RFC 3339.
pub(super) fn time(text: &str) -> Result<i64, String> {
    if let Ok(millis) = text.parse() {
        return Ok(millis);
    }
    let time = humantime::parse_rfc3339_weak(text);
    let since = time.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok());
    millis.ok_or_else(|| "it is neither milliseconds nor a time such as 2026-11-21T03:00:00Z".to_owned())
}

/// A codec that logs are written in.
pub(super) fn codec(text: &str) -> Result<Codec, String> {
    let written = Codec::WRITTEN.into_iter();
    Codec::by_name(text)
        .ok()
        .filter(|codec| written.clone().any(|written| written == *codec))
        .ok_or_else(|| format!("it is none of {}", written.map(Codec::name).collect::<Vec<_>>().join(", ")))
}

/// A time span.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_wrong| "it is not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// The size of a file of a rolling log, in bytes.
pub(super) fn file_size(text: &str) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase();
    let units = [("k", 10), ("m", 20), ("g", 30)];
    let unit = units.into_iter().find_map(|(unit, bits)| Some((lower.strip_suffix(unit)?, bits)));
    let (number, bits) = unit.unwrap_or((&lower, 0));
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << bits));
    match bytes {
        Some(bytes) if bytes >= MIN_FILE_SIZE => Ok(bytes),
        Some(_) => Err("it is less than 2m".to_owned()),
        None => Err("it is not a size such as 64m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_an_id_with_or_without_an_attempt() {
        assert_eq!(stage("3"), Ok(StageArg { id: 3, attempt: None }));
        assert_eq!(stage("3.1"), Ok(StageArg { id: 3, attempt: Some(1) }));
        for wrong in ["", "3.", ".1", "-1", "a", "1.2.3"] {
            assert!(stage(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_is_milliseconds_or_rfc_3339() {
        assert_eq!(time("1795231420899"), Ok(1_795_231_420_899));
        assert_eq!(time("2026-11-21T03:23:40.899Z"), Ok(1_795_231_420_899));
        assert_eq!(time("2026-11-21 03:23:40"), Ok(1_795_231_420_000));
        for wrong in ["", "noon", "2026-13-01T00:00:00Z"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_size_has_a_unit_and_is_not_small() {
        assert_eq!(file_size("2m"), Ok(2 << 20));
        assert_eq!(file_size("1G"), Ok(1 << 30));
        assert_eq!(file_size("4194304"), Ok(4 << 20));
        for wrong in ["", "m", "1m", "-2m", "2.5m", "99999999999999999g"] {
            assert!(file_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn gzip_is_read_and_not_written() {
        assert_eq!(codec("ZSTD"), Ok(Codec::Zstd));
        assert_eq!(codec("gzip"), Err("it is none of none, zstd, lz4, snappy, lzf".to_owned()));
    }
}
