use super::json::{json_object, json_tagged};
use super::{Bare, ExceptionInfo, JobId, Properties, StageAttemptId, StageId, StageInfo, UnknownFields};

json_object! {
    /// A job has been submitted.
    pub event JobStart {
        /// The job.
        job_id: JobId = "Job ID" [required],
        /// When, in milliseconds since the Unix epoch. Absent in old logs: -1.
        submission_time: i64 = "Submission Time" [or -1],
        /// The stages it may need. Absent in old logs: for each id a stage of which nothing else is known.
        stage_infos: Vec<StageInfo> = "Stage Infos" [or_from unknown_stages(stage_ids.as_deref())],
        /// The ids of these stages.
        stage_ids: Vec<StageId> = "Stage IDs" [required],
        /// The job's properties, such as its group and its description.
        properties: Option<Properties> = "Properties" [or_omit],
    }
}

fn unknown_stages(ids: Option<&[StageId]>) -> Vec<StageInfo> {
    let unknown = |&stage_id| StageInfo {
        stage_id,
        stage_attempt_id: StageAttemptId(0),
        stage_name: "unknown".to_owned(),
        details: "unknown".to_owned(),
        ..StageInfo::default()
    };
    ids.unwrap_or_default().iter().map(unknown).collect()
}

json_object! {
    /// A job is over.
    pub event JobEnd {
        /// The job.
        job_id: JobId = "Job ID" [required],
        /// When, in milliseconds since the Unix epoch. Absent in old logs: -1.
        completion_time: i64 = "Completion Time" [or -1],
        /// How.
        job_result: JobResult = "Job Result" [required],
    }
}

json_tagged! {
    /// How a job ended. The default is success.
    pub enum JobResult by "Result" {
        /// All its tasks did their work.
        Succeeded = "JobSucceeded",
        /// It was given up.
        Failed(JobFailed) = "JobFailed",
    }
}

impl JobResult {
    /// The result of a job whose tasks all did their work.
    pub const SUCCEEDED: Self = Self::Succeeded(Bare { extra: UnknownFields::NONE });

    /// Whether the job succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded(_))
    }
}

impl Default for JobResult {
    fn default() -> Self {
        Self::SUCCEEDED
    }
}

json_object! {
    /// A job was given up.
    pub struct JobFailed {
        /// Why.
        exception: ExceptionInfo = "Exception" [required],
    }
}
