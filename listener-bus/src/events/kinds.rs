/// Hands the table of all kinds of events to the macro `$define`.
///
/// A row is `Kind "name in JSON" listener_method weight`, where Kind is the name of the variant and of its struct. This
/// is the only list of kinds: the enum, its JSON and the listener are made from it.
macro_rules! event_kinds {
    ($define:ident) => {
        $define! {
            /// A task attempt has been launched.
            TaskStart "SparkListenerTaskStart" on_task_start ordinary;
            /// A task attempt is over.
            TaskEnd "SparkListenerTaskEnd" on_task_end ordinary;
            /// The driver fetches a big result.
            TaskGettingResult "SparkListenerTaskGettingResult" on_task_getting_result ordinary;
            /// A stage attempt is about to run.
            StageSubmitted "SparkListenerStageSubmitted" on_stage_submitted critical;
            /// A stage attempt is over.
            StageCompleted "SparkListenerStageCompleted" on_stage_completed critical;
            /// A job has been submitted.
            JobStart "SparkListenerJobStart" on_job_start critical;
            /// A job is over.
            JobEnd "SparkListenerJobEnd" on_job_end critical;
            /// The settings of the application.
            EnvironmentUpdate "SparkListenerEnvironmentUpdate" on_environment_update ordinary;
            /// A block manager has registered.
            BlockManagerAdded "SparkListenerBlockManagerAdded" on_block_manager_added ordinary;
            /// A block manager has gone.
            BlockManagerRemoved "SparkListenerBlockManagerRemoved" on_block_manager_removed ordinary;
            /// The stored blocks of a dataset were given up.
            UnpersistRdd "SparkListenerUnpersistRDD" on_unpersist_rdd ordinary;
            /// The application has started.
            ApplicationStart "SparkListenerApplicationStart" on_application_start critical;
            /// The application is over.
            ApplicationEnd "SparkListenerApplicationEnd" on_application_end critical;
            /// A heartbeat with the progress of tasks.
            ExecutorMetricsUpdate "SparkListenerExecutorMetricsUpdate" on_executor_metrics_update ordinary;
            /// The peaks of one executor in a stage attempt.
            StageExecutorMetrics "SparkListenerStageExecutorMetrics" on_stage_executor_metrics ordinary;
            /// An executor has registered.
            ExecutorAdded "SparkListenerExecutorAdded" on_executor_added critical;
            /// An executor has gone.
            ExecutorRemoved "SparkListenerExecutorRemoved" on_executor_removed critical;
            /// An event log begins.
            LogStart "SparkListenerLogStart" on_log_start critical;
            /// The storage of a block has changed.
            BlockUpdated "SparkListenerBlockUpdated" on_block_updated ordinary;
            /// New demands on executors and tasks.
            ResourceProfileAdded "SparkListenerResourceProfileAdded" on_resource_profile_added ordinary;
            /// An executor gets no more tasks.
            ExecutorExcluded "org.apache.spark.scheduler.SparkListenerExecutorExcluded"
                on_executor_excluded ordinary;
            /// An executor gets no more tasks of a stage attempt.
            ExecutorExcludedForStage "org.apache.spark.scheduler.SparkListenerExecutorExcludedForStage"
                on_executor_excluded_for_stage ordinary;
            /// A machine gets no more tasks of a stage attempt.
            NodeExcludedForStage "org.apache.spark.scheduler.SparkListenerNodeExcludedForStage"
                on_node_excluded_for_stage ordinary;
            /// An executor gets tasks again.
            ExecutorUnexcluded "org.apache.spark.scheduler.SparkListenerExecutorUnexcluded"
                on_executor_unexcluded ordinary;
            /// A machine gets no more tasks.
            NodeExcluded "org.apache.spark.scheduler.SparkListenerNodeExcluded" on_node_excluded ordinary;
            /// A machine gets tasks again.
            NodeUnexcluded "org.apache.spark.scheduler.SparkListenerNodeUnexcluded" on_node_unexcluded ordinary;
            /// The old name of `ExecutorExcluded`.
            ExecutorBlacklisted "org.apache.spark.scheduler.SparkListenerExecutorBlacklisted"
                on_executor_blacklisted ordinary;
            /// The old name of `ExecutorExcludedForStage`.
            ExecutorBlacklistedForStage "org.apache.spark.scheduler.SparkListenerExecutorBlacklistedForStage"
                on_executor_blacklisted_for_stage ordinary;
            /// The old name of `NodeExcludedForStage`.
            NodeBlacklistedForStage "org.apache.spark.scheduler.SparkListenerNodeBlacklistedForStage"
                on_node_blacklisted_for_stage ordinary;
            /// The old name of `ExecutorUnexcluded`.
            ExecutorUnblacklisted "org.apache.spark.scheduler.SparkListenerExecutorUnblacklisted"
                on_executor_unblacklisted ordinary;
            /// The old name of `NodeExcluded`.
            NodeBlacklisted "org.apache.spark.scheduler.SparkListenerNodeBlacklisted" on_node_blacklisted ordinary;
            /// The old name of `NodeUnexcluded`.
            NodeUnblacklisted "org.apache.spark.scheduler.SparkListenerNodeUnblacklisted"
                on_node_unblacklisted ordinary;
            /// No executor has room for the tasks of a stage attempt.
            UnschedulableTaskSetAdded "org.apache.spark.scheduler.SparkListenerUnschedulableTaskSetAdded"
                on_unschedulable_task_set_added ordinary;
            /// The tasks of a stage attempt have room again, or need none.
            UnschedulableTaskSetRemoved "org.apache.spark.scheduler.SparkListenerUnschedulableTaskSetRemoved"
                on_unschedulable_task_set_removed ordinary;
            /// A second copy of a slow task waits to be launched.
            SpeculativeTaskSubmitted "org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted"
                on_speculative_task_submitted ordinary;
            /// A process that is neither driver nor executor has started.
            MiscellaneousProcessAdded "org.apache.spark.scheduler.SparkListenerMiscellaneousProcessAdded"
                on_miscellaneous_process_added ordinary;
        }
    };
}
pub(super) use event_kinds;
