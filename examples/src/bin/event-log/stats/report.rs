//! The statistics for people.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, UNIX_EPOCH};

use examples::units::{bytes, duration, percent, shortened};
use indicatif::HumanCount;

use super::Stats;

/// The width of the names on the left.
const LABEL: usize = 12;
/// The width of the names of events and fields.
const NAME: usize = 48;

/// The statistics as text.
pub(super) struct Report<'a> {
    pub(super) stats: &'a Stats,
    /// The rows of each table.
    pub(super) top: usize,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let stats = self.stats;
        line(f, "Logs", &HumanCount(stats.logs).to_string())?;
        line(f, "Events", &HumanCount(stats.lines).to_string())?;
        line(f, "Size", &size(stats))?;
        line(f, "Time", &time(stats))?;
        if stats.lines == 0 {
            return Ok(());
        }
        self.events(f)?;
        self.fields(f)?;
        self.longest(f)
    }
}

impl Report<'_> {
    fn events(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let header = ["count", "bytes", "share", "average", "longest"];
        writeln!(f, "\n{:NAME$} {}", "Event", row(header))?;
        for event in &self.stats.events {
            let cells = [
                HumanCount(event.count).to_string(),
                bytes(event.bytes),
                percent(event.bytes, self.stats.bytes),
                bytes(event.bytes / event.count.max(1)),
                bytes(event.longest),
            ];
            writeln!(f, "{:NAME$} {}", shortened(short(&event.event), NAME), row(cells))?;
        }
        Ok(())
    }

    fn fields(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.top > 0 {
            writeln!(f, "\n{:NAME$} {}", "Field", row(["count", "bytes", "share"]))?;
        }
        for field in self.stats.fields.iter().take(self.top) {
            let share = percent(field.bytes, self.stats.bytes);
            let cells = [HumanCount(field.count).to_string(), bytes(field.bytes), share];
            writeln!(f, "{:NAME$} {}", shortened(&field.path, NAME), row(cells))?;
        }
        Ok(())
    }

    fn longest(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.top > 0 {
            writeln!(f, "\n{:NAME$} {:>11}  where", "Longest lines", "bytes")?;
        }
        for long in &self.stats.longest_lines {
            let event = shortened(short(&long.event), NAME);
            let file = long.file.as_ref().map(|file| format!("/{file}")).unwrap_or_default();
            writeln!(f, "{event:NAME$} {:>11}  {}{file} line {}", bytes(long.bytes), long.log, long.line)?;
        }
        Ok(())
    }
}

fn line(f: &mut Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    writeln!(f, "{label:LABEL$} {text}")
}

fn row<const N: usize>(cells: [impl Display; N]) -> String {
    cells.map(|cell| format!("{cell:>11}")).join(" ")
}

fn size(stats: &Stats) -> String {
    let (text, stored) = (bytes(stats.bytes), bytes(stats.stored_bytes));
    if stats.stored_bytes == 0 || stats.bytes <= stats.stored_bytes {
        return format!("{text} of text");
    }
    let tenths = stats.bytes * 10 / stats.stored_bytes;
    format!("{text} of text in {stored}: {}.{} to 1", HumanCount(tenths / 10), tenths % 10)
}

fn time(stats: &Stats) -> String {
    let (Some(first), Some(last)) = (stats.first_time, stats.last_time) else { return "unknown".to_owned() };
    let took = duration(Duration::from_millis(last.abs_diff(first)));
    format!("{} to {} ({took})", instant(first), instant(last))
}

fn instant(millis: i64) -> String {
    let since = Duration::from_millis(millis.unsigned_abs());
    humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
}

/// Without the package of its class.
fn short(event: &str) -> &str {
    event.rsplit('.').next().unwrap_or(event)
}
