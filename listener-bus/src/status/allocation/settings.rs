//! When executors are asked for, and when they are given up.

use std::time::Duration;

/// When executors are asked for, and when they are given up.
///
/// The settings are those of Spark's dynamic allocation (`spark.dynamicAllocation.*`), with its defaults.
///
/// ```
/// use listener_bus::status::AllocationSettings;
///
/// let settings = AllocationSettings::new().min_executors(2).max_executors(50).executor_cores(4);
/// settings.check()?;
/// # Ok::<(), listener_bus::status::AllocationSettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AllocationSettings {
    pub(super) min_executors: u32,
    pub(super) max_executors: u32,
    initial_executors: Option<u32>,
    pub(super) executor_allocation_ratio: f64,
    pub(super) scheduler_backlog_timeout: Duration,
    sustained_scheduler_backlog_timeout: Option<Duration>,
    pub(super) executor_idle_timeout: Duration,
    executor_cores: u32,
    task_cpus: u32,
}

/// Why settings cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AllocationSettingsError {
    /// There may be fewer executors than there must be.
    #[error("maxExecutors ({max}) is less than minExecutors ({min})")]
    MinAboveMax {
        /// How many there must be.
        min: u32,
        /// How many there may be.
        max: u32,
    },
    /// There may be no executors.
    #[error("maxExecutors is 0")]
    NoExecutors,
    /// There are more executors at first than there may be.
    #[error("initialExecutors ({initial}) is more than maxExecutors ({max})")]
    InitialAboveMax {
        /// How many there are at first.
        initial: u32,
        /// How many there may be.
        max: u32,
    },
    /// The ratio is not above 0, or above 1, or no number.
    #[error("executorAllocationRatio must be above 0 and not above 1, and not {ratio}")]
    Ratio {
        /// The ratio.
        ratio: f64,
    },
    /// A time is less than a millisecond, which would be no wait at all.
    #[error("{setting} must be one millisecond at least, and not {time:?}")]
    NoTime {
        /// The setting.
        setting: &'static str,
        /// What it is set to.
        time: Duration,
    },
    /// An executor cannot run a task.
    #[error("an executor with {cores} cores has no room for a task that takes {task_cpus}")]
    NoRoom {
        /// The cores of an executor.
        cores: u32,
        /// The cores that a task takes.
        task_cpus: u32,
    },
    /// A task takes no core, so that any number has room.
    #[error("a task takes 0 cores")]
    NoTaskCpus,
}

impl AllocationSettings {
    /// Makes the settings that Spark has by default.
    pub fn new() -> Self {
        Self {
            min_executors: 0,
            max_executors: u32::MAX,
            initial_executors: None,
            executor_allocation_ratio: 1.0,
            scheduler_backlog_timeout: Duration::from_secs(1),
            sustained_scheduler_backlog_timeout: None,
            executor_idle_timeout: Duration::from_mins(1),
            executor_cores: 1,
            task_cpus: 1,
        }
    }

    /// Sets how many executors there always are. Defaults to 0.
    pub fn min_executors(mut self, executors: u32) -> Self {
        self.min_executors = executors;
        self
    }

    /// Sets how many executors there are at the most. Defaults to any number.
    pub fn max_executors(mut self, executors: u32) -> Self {
        self.max_executors = executors;
        self
    }

    /// Sets how many executors there are until the first stage begins or one of them has been idle for too long; never
    /// fewer than the minimum. Defaults to the minimum.
    pub fn initial_executors(mut self, executors: u32) -> Self {
        self.initial_executors = Some(executors);
        self
    }

    /// Sets for what part of the tasks there is to be room at once, above 0 and up to 1; tasks of barrier stages always
    /// count whole. Defaults to 1.
    pub fn executor_allocation_ratio(mut self, ratio: f64) -> Self {
        self.executor_allocation_ratio = ratio;
        self
    }

    /// Sets for how long tasks have to wait until the first executors are added. Defaults to one second.
    pub fn scheduler_backlog_timeout(mut self, time: Duration) -> Self {
        self.scheduler_backlog_timeout = time;
        self
    }

    /// Sets after which time more are added, again and again, while tasks still wait. Defaults to the time until the
    /// first ones are.
    pub fn sustained_scheduler_backlog_timeout(mut self, time: Duration) -> Self {
        self.sustained_scheduler_backlog_timeout = Some(time);
        self
    }

    /// Sets for how long an executor may have no task until it can be removed. Defaults to 60 seconds.
    pub fn executor_idle_timeout(mut self, time: Duration) -> Self {
        self.executor_idle_timeout = time;
        self
    }

    /// Sets how many cores an executor has (`spark.executor.cores`). Defaults to 1.
    pub fn executor_cores(mut self, cores: u32) -> Self {
        self.executor_cores = cores;
        self
    }

    /// Sets how many cores a task takes (`spark.task.cpus`). Defaults to 1.
    pub fn task_cpus(mut self, cores: u32) -> Self {
        self.task_cpus = cores;
        self
    }

    /// Checks that the settings can be.
    ///
    /// # Errors
    ///
    /// When a value, or two of them together, cannot be.
    pub fn check(&self) -> Result<(), AllocationSettingsError> {
        self.check_bounds()?;
        let ratio = self.executor_allocation_ratio;
        if !(ratio > 0.0 && ratio <= 1.0) {
            return Err(AllocationSettingsError::Ratio { ratio });
        }
        let times = [
            ("schedulerBacklogTimeout", self.scheduler_backlog_timeout),
            ("sustainedSchedulerBacklogTimeout", self.sustained_timeout()),
        ];
        if let Some((setting, time)) = times.into_iter().find(|(_, time)| time.as_millis() == 0) {
            return Err(AllocationSettingsError::NoTime { setting, time });
        }
        let (cores, task_cpus) = (self.executor_cores, self.task_cpus);
        match cores.checked_div(task_cpus) {
            None => Err(AllocationSettingsError::NoTaskCpus),
            Some(0) => Err(AllocationSettingsError::NoRoom { cores, task_cpus }),
            Some(_) => Ok(()),
        }
    }

    fn check_bounds(&self) -> Result<(), AllocationSettingsError> {
        let (min, max, initial) = (self.min_executors, self.max_executors, self.initial());
        if max == 0 {
            return Err(AllocationSettingsError::NoExecutors);
        }
        if min > max {
            return Err(AllocationSettingsError::MinAboveMax { min, max });
        }
        if initial > max {
            return Err(AllocationSettingsError::InitialAboveMax { initial, max });
        }
        Ok(())
    }

    /// How many executors there are at first.
    pub(super) fn initial(&self) -> u32 {
        self.initial_executors.unwrap_or(0).max(self.min_executors)
    }

    pub(super) fn sustained_timeout(&self) -> Duration {
        self.sustained_scheduler_backlog_timeout.unwrap_or(self.scheduler_backlog_timeout)
    }

    /// How many tasks an executor runs at once: one at least.
    pub(super) fn tasks_per_executor(&self) -> u32 {
        self.executor_cores.checked_div(self.task_cpus).unwrap_or(1).max(1)
    }
}

impl Default for AllocationSettings {
    fn default() -> Self {
        Self::new()
    }
}
