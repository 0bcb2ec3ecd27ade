//! Every metric, its name and its labels in one place. The handles are those of the recorder that is current where the
//! coordinator is built; a thread copies the numbers to them, a quarter of a second after they change at the latest.

use metrics::{Unit, describe_counter, describe_gauge};

/// Stages that have been started and have not ended. Label `coordinator`.
pub const STAGES: &str = "commit_coordinator_stages";
/// Partitions that are granted to an attempt that has not ended. Label `coordinator`.
pub const GRANTS_HELD: &str = "commit_coordinator_grants_held";
/// Partitions whose holder is lost, so that nobody knows yet whether they are committed. Label `coordinator`.
pub const OUTCOMES_UNKNOWN: &str = "commit_coordinator_outcomes_unknown";
/// Attempts that wait until whoever holds their partition has ended. Label `coordinator`.
pub const WAITING_ATTEMPTS: &str = "commit_coordinator_waiting_attempts";
/// Requests granted. Label `coordinator`.
pub const GRANTS: &str = "commit_coordinator_grants_total";
/// Requests denied. Labels `coordinator`, `reason`.
pub const DENIALS: &str = "commit_coordinator_denials_total";
/// Requests that had been granted before. Label `coordinator`.
pub const REPEATED_REQUESTS: &str = "commit_coordinator_repeated_requests_total";
/// What was said of grants: `committed`, `failed`, `unknown`, `stage_ended`. A grant may be counted more than once: one that
/// was unknown or failed and turns out to be committed, one whose committed output is lost. Labels `coordinator`, `outcome`.
pub const GRANT_OUTCOMES: &str = "commit_coordinator_grant_outcomes_total";
/// Leases that ended before their attempts did. Label `coordinator`.
pub const LEASES_EXPIRED: &str = "commit_coordinator_leases_expired_total";
/// Stages aborted because the outcome of a grant could not be known. Label `coordinator`.
pub const STAGES_ABORTED: &str = "commit_coordinator_stages_aborted_total";
/// Attempts that succeeded after their partition had been granted to another one. Label `coordinator`.
pub const SUPERSEDED_COMMITS: &str = "commit_coordinator_superseded_commits_total";
/// Executors that have registered and have not gone. Label `coordinator`.
pub const EXECUTORS: &str = "commit_coordinator_executors";
/// Executors that have gone: `lost`, `silent`, `replaced`, `left`. Labels `coordinator`, `reason`.
pub const EXECUTORS_REMOVED: &str = "commit_coordinator_executors_removed_total";
/// Calls of a gRPC service with a wrong token, or with none where one is needed. Labels `coordinator`, `service`.
pub const UNAUTHENTICATED: &str = "commit_coordinator_grpc_unauthenticated_total";

/// Tells the current recorder what the metrics mean.
pub fn describe() {
    describe_gauge!(STAGES, Unit::Count, "Stages that have been started and have not ended.");
    describe_gauge!(GRANTS_HELD, Unit::Count, "Partitions granted to an attempt that has not ended.");
    describe_gauge!(OUTCOMES_UNKNOWN, Unit::Count, "Partitions whose holder is lost and may have committed.");
    describe_gauge!(WAITING_ATTEMPTS, Unit::Count, "Attempts that wait for a decision.");
    describe_gauge!(EXECUTORS, Unit::Count, "Executors that have registered and have not gone.");
    describe_counter!(EXECUTORS_REMOVED, Unit::Count, "Executors that have gone, by reason.");
    describe_counter!(UNAUTHENTICATED, Unit::Count, "Calls of a gRPC service without the right token.");
    describe_counter!(GRANTS, Unit::Count, "Requests to commit that were granted.");
    describe_counter!(DENIALS, Unit::Count, "Requests to commit that were denied, by reason.");
    describe_counter!(REPEATED_REQUESTS, Unit::Count, "Requests to commit that had been granted before.");
    describe_counter!(GRANT_OUTCOMES, Unit::Count, "Grants that ended, by outcome.");
    describe_counter!(LEASES_EXPIRED, Unit::Count, "Leases that ended before their attempts did.");
    describe_counter!(STAGES_ABORTED, Unit::Count, "Stages aborted because an outcome could not be known.");
    describe_counter!(
        SUPERSEDED_COMMITS,
        Unit::Count,
        "Successes of attempts whose grant had been taken over."
    );
}
