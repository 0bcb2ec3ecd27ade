//! What is told in the end.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};

use crate::bus::Left;
use crate::job::{Counted, Summary};
use crate::journal::StageRecord;

/// The width of the names on the left.
const LABEL: usize = 12;

/// The summary as text.
pub(crate) struct Report<'a>(pub(crate) &'a Summary);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Summary { outcome, bus: Left { journal, queues, .. }, .. } = self.0;
        if let Ok(counted) = outcome {
            let width = counted.top.0.iter().map(|(_, word)| word.chars().count()).max().unwrap_or_default();
            let top = counted.top.0.iter();
            lines(
                f,
                "Top words",
                top.map(|(count, word)| format!("{word:width$} {:>12}", HumanCount(*count).to_string())),
            )?;
        }
        lines(f, "Stages", journal.stages.iter().map(|(id, record)| format!("{id}  {}", stage(record))))?;
        lines(f, "Mishaps", journal.mishaps.iter())?;
        lines(f, "Commits", journal.commits.iter())?;
        lines(f, "Time", [time(self.0)].iter())?;
        lines(f, "Bus", queues.queues.first().map(|_| bus(self.0)).iter())?;
        if let Ok(counted) = outcome {
            lines(f, "Output", [output(counted)].iter())?;
        }
        for queue in &queues.queues {
            let [posted, delivered, dropped] =
                [queue.posted, queue.delivered, queue.dropped.total()].map(HumanCount);
            let text = format!("{}: {posted} posted, {delivered} delivered, {dropped} dropped", queue.name);
            lines(f, "Queue", [text].iter())?;
        }
        Ok(())
    }
}

fn lines(f: &mut Formatter<'_>, label: &str, mut texts: impl Iterator<Item = impl Display>) -> fmt::Result {
    if let Some(first) = texts.next() {
        writeln!(f, "{label:LABEL$} {first}")?;
    }
    texts.try_for_each(|text| writeln!(f, "{:LABEL$} {text}", ""))
}

fn stage(record: &StageRecord) -> String {
    let ends: Vec<_> = record.ends.iter().map(|(reason, attempts)| format!("{attempts} {reason}")).collect();
    let StageRecord { name, tasks, attempts, speculative, millis, .. } = record;
    let took =
        Duration::from_millis(millis.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default());
    format!(
        "{name}: {tasks} tasks, {attempts} attempts ({speculative} speculative): {}; {took:?}",
        ends.join(", ")
    )
}

fn time(summary: &Summary) -> String {
    let phases: Vec<_> = summary.clock.read().map(|(phase, time)| format!("{phase} {time:.1?}")).collect();
    format!("{:.1?} in all; of all attempts: {}", summary.took, phases.join(", "))
}

/// What the events have cost: the driver's time to post them, and the listeners' to handle them.
fn bus(summary: &Summary) -> String {
    let (posted, posting) = summary.events;
    let listeners = summary.bus.queues.queues.iter().flat_map(|queue| &queue.listeners);
    let handling: Duration = listeners.map(|listener| listener.processing_time).sum();
    let share = 100.0 * (posting + handling).as_secs_f64() / summary.took.as_secs_f64();
    format!("{posted} events posted in {posting:.1?} and handled in {handling:.1?}: {share:.2} % of the time")
}

fn output(counted: &Counted) -> String {
    let totals = &counted.manifest.totals;
    let (files, rows, bytes) = (HumanCount(totals.files), HumanCount(totals.rows), HumanBytes(totals.bytes));
    format!("{} ({files} files, {rows} words, {bytes})", counted.folder.display())
}
