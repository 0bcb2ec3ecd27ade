//! Every metric, its name and its labels in one place. The handles are those of the recorder that is current where the
//! coordinator is built.

use metrics::{Unit, describe_counter, describe_gauge};

/// Gangs that live: stage attempts with state. Label `coordinator`.
pub const LIVE_STAGE_ATTEMPTS: &str = "barrier_live_stage_attempts";
/// Tasks that wait for a round. Label `coordinator`.
pub const WAITING_TASKS: &str = "barrier_waiting_tasks";
/// How long the round has been waited for that is waited for longest, from its first arrival, in seconds; 0 if none is. Told
/// every 5 seconds while somebody waits: a round that is over sooner may never show. Label `coordinator`.
pub const LONGEST_WAIT: &str = "barrier_longest_wait_seconds";
/// Rounds completed. Labels `coordinator`, `kind`.
pub const ROUNDS_COMPLETED: &str = "barrier_rounds_completed_total";
/// Rounds that failed while tasks waited. Labels `coordinator`, `reason`.
pub const ROUNDS_FAILED: &str = "barrier_rounds_failed_total";
/// Gangs that ended, whether tasks waited or not. Labels `coordinator`, `reason`.
pub const STAGE_ATTEMPTS_ENDED: &str = "barrier_stage_attempts_ended_total";
/// Requests that were sent again, and counted once. Label `coordinator`.
pub const DUPLICATE_REQUESTS: &str = "barrier_duplicate_requests_total";
/// Requests refused without harm to their gang. Labels `coordinator`, `reason`.
pub const REFUSED_REQUESTS: &str = "barrier_refused_requests_total";
/// Calls of the gRPC service with a wrong token, or with none where one is needed. Label `coordinator`.
pub const UNAUTHENTICATED: &str = "barrier_grpc_unauthenticated_total";

/// Tells the current recorder what the metrics mean.
pub fn describe() {
    describe_gauge!(LIVE_STAGE_ATTEMPTS, Unit::Count, "Stage attempts with barrier state.");
    describe_gauge!(WAITING_TASKS, Unit::Count, "Tasks that wait for a round.");
    describe_gauge!(LONGEST_WAIT, Unit::Seconds, "The longest wait for a round that has not ended.");
    describe_counter!(ROUNDS_COMPLETED, Unit::Count, "Rounds completed, by kind.");
    describe_counter!(ROUNDS_FAILED, Unit::Count, "Rounds that failed while tasks waited, by reason.");
    describe_counter!(
        STAGE_ATTEMPTS_ENDED,
        Unit::Count,
        "Stage attempts whose barrier state ended, by reason."
    );
    describe_counter!(DUPLICATE_REQUESTS, Unit::Count, "Requests sent again, counted once.");
    describe_counter!(
        REFUSED_REQUESTS,
        Unit::Count,
        "Requests refused without harm to their gang, by reason."
    );
    describe_counter!(UNAUTHENTICATED, Unit::Count, "Calls of the gRPC service without the right token.");
}
