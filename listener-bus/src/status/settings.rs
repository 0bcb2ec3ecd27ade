//! How much is kept, and for how long a reader may see what was.

use std::time::Duration;

/// How much an [`AppStatusListener`](super::AppStatusListener) keeps; the defaults are Spark's, where it has them.
///
/// Beyond a limit, the oldest of what is over goes first, a tenth of the limit at a time. What runs is kept, but for
/// tasks of a stage that has no other ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusSettings {
    /// The jobs of an application. `spark.ui.retainedJobs`, defaults to 1000.
    pub retained_jobs: usize,
    /// The stage attempts of an application. `spark.ui.retainedStages`, defaults to 1000.
    pub retained_stages: usize,
    /// The task attempts of a stage attempt. `spark.ui.retainedTasks`, defaults to 100 000.
    pub retained_tasks: usize,
    /// The task attempts of all stages and applications: one takes about half a kibibyte. Spark has no such limit.
    /// Defaults to 500 000.
    pub retained_tasks_in_all: usize,
    /// The executors that have gone. `spark.ui.retainedDeadExecutors`, defaults to 100.
    pub retained_dead_executors: usize,
    /// The applications, where one follows the other. Defaults to 50.
    pub retained_applications: usize,
    /// Readers share one view of the whole for this long while things change, so that any number of them costs the
    /// listener the same. `spark.ui.liveUpdate.period`, defaults to 100 ms; zero makes a view for each.
    pub live_update_period: Duration,
}

impl Default for StatusSettings {
    fn default() -> Self {
        Self {
            retained_jobs: 1000,
            retained_stages: 1000,
            retained_tasks: 100_000,
            retained_tasks_in_all: 500_000,
            retained_dead_executors: 100,
            retained_applications: 50,
            live_update_period: Duration::from_millis(100),
        }
    }
}

macro_rules! setters {
    ($($field:ident: $Type:ty;)*) => {
        impl StatusSettings {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $field(mut self, $field: $Type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }
    };
}

setters! {
    retained_jobs: usize;
    retained_stages: usize;
    retained_tasks: usize;
    retained_tasks_in_all: usize;
    retained_dead_executors: usize;
    retained_applications: usize;
    live_update_period: Duration;
}
