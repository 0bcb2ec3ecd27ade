//! The report as a text for people.

use std::fmt;

use super::{PERCENTILES, Quantiles, StageOutcome, StageReport, TaskDistributions, TimeShares};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

impl fmt::Display for StageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        if let Some(distributions) = &self.distributions {
            self.write_columns(f)?;
            write_figures(f, distributions)?;
        } else {
            write!(f, "\nno task was measured")?;
        }
        match self.dropped_events {
            0 => Ok(()),
            1 => write!(f, "\n1 event was dropped: the figures may miss a task"),
            dropped => write!(f, "\n{dropped} events were dropped: the figures may miss tasks"),
        }
    }
}

impl StageReport {
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, attempt) = (self.stage_id, self.stage_attempt_id);
        write!(f, "Finished stage: Stage({id}, {attempt}); Name: '{}'; ", OneLine(&self.stage_name))?;
        match &self.outcome {
            StageOutcome::Succeeded => write!(f, "Status: succeeded; ")?,
            StageOutcome::Failed(why) => {
                write!(f, "Status: failed({}); ", OneLine(why.lines().next().unwrap_or_default()))?;
            }
        }
        write!(f, "numTasks: {}; ", self.number_of_tasks)?;
        match self.took {
            Some(took) => write!(f, "Took: {took} msec"),
            None => write!(f, "Took: - msec"),
        }
    }

    fn write_columns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = self.measured_tasks;
        write!(f, "\n{:<22}", if measured == 1 { "1 task".to_owned() } else { format!("{measured} tasks") })?;
        for percentile in PERCENTILES {
            write!(f, " {:>10}", format!("{percentile}%"))?;
        }
        Ok(())
    }
}

fn write_figures(f: &mut fmt::Formatter<'_>, figures: &TaskDistributions) -> fmt::Result {
    write_row(f, "run time", &figures.executor_run_time, time)?;
    write_row(f, "shuffle bytes written", &figures.shuffle_bytes_written, size)?;
    write_row(f, "fetch wait time", &figures.fetch_wait_time, time)?;
    write_row(f, "remote bytes read", &figures.remote_bytes_read, size)?;
    write_row(f, "result size", &figures.result_size, size)?;
    figures.time_shares.as_ref().map_or(Ok(()), |shares| write_shares(f, shares))
}

fn write_shares(f: &mut fmt::Formatter<'_>, shares: &TimeShares) -> fmt::Result {
    write_row(f, "executor (non-fetch)", &shares.executor, percent)?;
    write_row(f, "fetch wait", &shares.fetch_wait, percent)?;
    write_row(f, "other", &shares.other, percent)
}

fn write_row<T: Copy>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    quantiles: &Quantiles<T>,
    text: impl Fn(T) -> String,
) -> fmt::Result {
    write!(f, "\n{name:<22}")?;
    quantiles.values.iter().try_for_each(|value| write!(f, " {:>10}", text(*value)))
}

/// Text that begins no line of its own in a log.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}') {
                char.escape_default().fmt(f)?;
            } else {
                fmt::Write::write_char(f, char)?;
            }
        }
        Ok(())
    }
}

fn percent(share: f64) -> String {
    format!("{share:.0} %")
}

/// A time in the unit that suits it.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn time(millis: i64) -> String {
    match millis {
        ..SECOND => format!("{millis} ms"),
        SECOND..MINUTE => format!("{:.1} s", millis as f64 / SECOND as f64),
        MINUTE..HOUR => format!("{:.1} min", millis as f64 / MINUTE as f64),
        HOUR.. => format!("{:.1} h", millis as f64 / HOUR as f64),
    }
}

/// A size in the unit that suits it.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size(bytes: i64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, next);
    }
    format!("{size:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_in_units_that_suit_them() {
        let times = [0, 999, 1_000, 61_500, 5_400_000].map(time);
        assert_eq!(times, ["0 ms", "999 ms", "1.0 s", "1.0 min", "1.5 h"]);
        let sizes = [0, 1023, 1536, 5 << 20, i64::MAX].map(size);
        assert_eq!(sizes, ["0 B", "1023 B", "1.5 KiB", "5.0 MiB", "8.0 EiB"]);
    }

    #[test]
    fn a_text_of_several_lines_stays_on_one() {
        assert_eq!(OneLine("a\nb\u{1b}[2Jé").to_string(), r"a\nb\u{1b}[2Jé");
    }
}
