//! Tasks that take much longer than the others, or read much more.

use maud::{Markup, html};

use crate::page::views::format::{bytes, count, float, millis, whole};
use crate::status::{Date, StageView, TaskRow, TaskStatus};

/// A task is slow if it takes more than so many times the median,
const TIMES: i64 = 2;
/// and so much longer, in milliseconds: what is short is not worth a word.
const LONGER: i64 = 100;
/// The same of what it reads, in bytes.
const MORE: i64 = 1 << 20;
/// With fewer tasks that did their work, the median says nothing.
const ENOUGH: usize = 4;

/// How the tasks of a stage attempt differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skew {
    /// The median and the longest time, in milliseconds.
    time: Option<(i64, i64)>,
    /// The median and the most that was read, in bytes.
    read: Option<(i64, i64)>,
    /// The tasks that are slow.
    slow: usize,
    now: Date,
}

impl Skew {
    pub(super) fn of(stage: &StageView, now: Date) -> Self {
        let done = || stage.tasks().filter(|task| task.status == TaskStatus::Success);
        let time = median_and_most(done().map(|task| task.duration(now)));
        let read = median_and_most(done().map(read_by));
        let skew = Self { time, read, slow: 0, now };
        Self { slow: stage.tasks().filter(|task| skew.is_slow(task)).count(), ..skew }
    }

    /// Whether a task took, or runs for, much longer than the median.
    pub(super) fn is_slow(&self, task: &TaskRow) -> bool {
        let Some((median, _)) = self.time else { return false };
        let is_counted =
            matches!(task.status, TaskStatus::Success | TaskStatus::Running | TaskStatus::GetResult);
        is_counted && is_much_longer(task.duration(self.now), median)
    }

    fn reads_unevenly(&self) -> Option<(i64, i64)> {
        self.read.filter(|(median, most)| {
            *most > median.saturating_mul(TIMES) && most.saturating_sub(*median) >= MORE
        })
    }
}

fn is_much_longer(duration: i64, median: i64) -> bool {
    duration > median.saturating_mul(TIMES) && duration.saturating_sub(median) >= LONGER
}

fn read_by(task: &TaskRow) -> i64 {
    task.metrics.as_ref().map_or(0, |metrics| metrics.input_bytes.saturating_add(metrics.shuffle_read_bytes))
}

fn median_and_most(values: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    let mut values: Vec<i64> = values.collect();
    if values.len() < ENOUGH {
        return None;
    }
    let most = values.iter().copied().max()?;
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable(middle);
    Some((*median, most))
}

/// What there is to say of it; nothing if all are alike.
pub(super) fn words(skew: &Skew) -> Markup {
    html! {
        @if let (true, Some((median, most))) = (skew.slow > 0, skew.time) {
            p.notice #skew data-slow=(skew.slow) {
                strong { "Skew: " (count(skew.slow)) @if skew.slow == 1 { " task is slow. " } @else { " tasks are slow. " } }
                "Slow means more than " (TIMES) " times the median of the tasks that did their work (" (millis(median))
                "), and " (millis(LONGER)) " longer at least. The longest of these took " (millis(most)) (times(median, most)) "."
            }
        }
        @if let Some((median, most)) = skew.reads_unevenly() {
            p.notice #skew-read {
                strong { "Uneven input: " }
                "the task that read most has read " (bytes(most)) (times(median, most)) "; the median is " (bytes(median)) "."
            }
        }
    }
}

fn times(median: i64, most: i64) -> String {
    if median <= 0 {
        String::new()
    } else {
        format!(", {} times the median", count(whole(float(most) / float(median))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_needs_some_tasks() {
        assert_eq!(median_and_most([1, 2, 3].into_iter()), None);
        assert_eq!(median_and_most([9, 1, 5, 3, 7].into_iter()), Some((5, 9)));
    }

    #[test]
    fn times_that_cannot_be_do_no_harm() {
        let skew = Skew { read: Some((i64::MIN, i64::MAX)), ..Skew::default() };
        assert!(skew.reads_unevenly().is_some());
        assert!(is_much_longer(i64::MAX, i64::MIN) && !is_much_longer(i64::MIN, i64::MAX));
    }

    #[test]
    fn uneven_input_must_be_worth_a_word() {
        let skew = |median, most| Skew { read: Some((median, most)), ..Skew::default() };
        assert_eq!(skew(10, 1_000).reads_unevenly(), None, "a kilobyte is not");
        assert_eq!(skew(MORE, 2 * MORE).reads_unevenly(), None, "twice as much is not");
        assert!(skew(MORE, 3 * MORE).reads_unevenly().is_some());
    }
}
