//! What happens to jobs.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{LiveApplication, LiveJob, LiveStage, StageKey};
use crate::events::{JobEnd, JobId, JobStart, StageAttemptId, StageId};
use crate::status::StageStatus;

impl LiveApplication {
    pub(super) fn job_started(&mut self, event: &JobStart) {
        self.happened(event.submission_time);
        if self.jobs.contains_key(&event.job_id) {
            self.unknown_ids += 1;
            return;
        }
        let mut job = LiveJob::started(event);
        for info in &event.stage_infos {
            let key = (info.stage_id, info.stage_attempt_id);
            let stage = self.stages.entry(key).or_insert_with(|| LiveStage::new(info));
            if stage.is_over() {
                job.done_before.push(key);
            }
            if !stage.jobs.contains(&event.job_id) {
                stage.jobs.push(event.job_id);
            }
        }
        self.jobs.insert(event.job_id, job);
        self.open_jobs.insert(event.job_id);
        if let Some(end) = self.early.take_job(event.job_id) {
            self.job_ended(&end);
        }
        self.retain_jobs();
        self.retain_stages();
    }

    pub(super) fn job_ended(&mut self, event: &JobEnd) {
        self.happened(event.completion_time);
        let Some(job) = self.jobs.get_mut(&event.job_id) else {
            self.unknown_ids += 1;
            self.early.job_ended(event);
            return;
        };
        self.open_jobs.remove(&event.job_id);
        let stages = Arc::clone(&job.data.get().stage_ids);
        for stage in stages.iter() {
            let attempts = self.stages.range_mut(all_attempts(*stage)).map(|(_, attempt)| attempt);
            for attempt in attempts.filter(|attempt| attempt.data().status == StageStatus::Pending) {
                attempt.skipped();
                job.skip(*stage, i64::from(attempt.data().num_tasks));
            }
        }
        for key in std::mem::take(&mut job.done_before) {
            let tasks = self.stages.get(&key).map_or(0, |stage| stage.data().num_tasks);
            job.skip(key.0, i64::from(tasks));
        }
        job.ended(event);
        job.settle();
        if self.gaps.events > 0 {
            self.recount(event.job_id);
        }
        self.retain_stages();
    }

    /// Ends of its stages may have been dropped: what a job that is over says to run is what does.
    fn recount(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let stages = self.stages.values().map(LiveStage::data);
        let (mut active, mut tasks) = (0, 0);
        for stage in stages.filter(|stage| job.has_stage(stage.stage_id)) {
            active += i64::from(stage.status == StageStatus::Active);
            tasks += stage.num_active_tasks;
        }
        let data = job.data.get_mut();
        (data.num_active_stages, data.num_active_tasks) = (active, tasks);
    }

    /// Changes the jobs that need a stage attempt.
    pub(super) fn each_job(&mut self, jobs: &[JobId], mut change: impl FnMut(&mut LiveJob)) {
        for id in jobs {
            if let Some(job) = self.jobs.get_mut(id) {
                change(job);
            }
        }
    }
}

/// The keys of all attempts at a stage.
fn all_attempts(stage: StageId) -> RangeInclusive<StageKey> {
    (stage, StageAttemptId(i32::MIN))..=(stage, StageAttemptId(i32::MAX))
}
