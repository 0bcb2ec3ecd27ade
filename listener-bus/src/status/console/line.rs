//! The line itself.

use std::fmt::Write as _;

use super::StageData;

/// The line for these stages, which share its width evenly; empty if there are none. It is ASCII, and ends where the
/// terminal does.
pub(super) fn progress_line(stages: &[&StageData], columns: usize) -> String {
    let Some(width) = columns.checked_div(stages.len()) else { return String::new() };
    stages.iter().flat_map(|stage| segment(stage, width).into_bytes()).take(columns).map(char::from).collect()
}

fn segment(stage: &StageData, width: usize) -> String {
    let (done, total) = (stage.num_completed_indices, i64::from(stage.num_tasks));
    let head = format!("[Stage {}:", stage.stage_id);
    let tail = format!("({done} + {}) / {total}]", stage.num_active_tasks);
    let room = width.saturating_sub(head.len() + tail.len());
    let mut line = head;
    if room > 0 {
        let filled = filled(done, total, room);
        let arrow = if filled < room { ">" } else { "" };
        // Writing to a text cannot fail.
        let _ = write!(line, "{:=<filled$}{arrow:<rest$}", "", rest = room - filled);
    }
    line + &tail
}

/// How much of `room` is done.
fn filled(done: i64, total: i64, room: usize) -> usize {
    let (done, total) = (u128::try_from(done).unwrap_or(0), u128::try_from(total).unwrap_or(0));
    let filled = (done * room as u128).checked_div(total).unwrap_or(0);
    usize::try_from(filled).unwrap_or(room).min(room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::StageId;

    fn stage(id: i32, done: i64, active: i64, total: i32) -> StageData {
        StageData {
            stage_id: StageId(id),
            num_completed_indices: done,
            num_active_tasks: active,
            num_tasks: total,
            ..StageData::default()
        }
    }

    #[test]
    fn a_stage_shows_what_is_done_what_runs_and_of_how_many() {
        assert_eq!(progress_line(&[&stage(2, 5, 2, 10)], 42), "[Stage 2:==========>         (5 + 2) / 10]");
        assert_eq!(progress_line(&[&stage(2, 0, 0, 10)], 32), "[Stage 2:>         (0 + 0) / 10]");
        assert_eq!(progress_line(&[&stage(2, 10, 0, 10)], 33), "[Stage 2:==========(10 + 0) / 10]");
    }

    #[test]
    fn stages_share_the_line_evenly() {
        let line = progress_line(&[&stage(1, 1, 1, 4), &stage(22, 30, 4, 400)], 80);
        assert_eq!(line, "[Stage 1:====>              (1 + 1) / 4][Stage 22:=>             (30 + 4) / 400]");
        assert_eq!(line.len(), 80);
    }

    #[test]
    fn no_stage_no_tasks_and_no_room_make_no_trouble() {
        assert_eq!(progress_line(&[], 80), "");
        assert_eq!(progress_line(&[&stage(1, 0, 0, 0)], 21), "[Stage 1:(0 + 0) / 0]");
        assert_eq!(progress_line(&[&stage(1, 0, 0, 0)], 5), "[Stag");
        assert_eq!(progress_line(&[&stage(1, 9, 0, 4)], 30), "[Stage 1:=========(9 + 0) / 4]");
    }
}
