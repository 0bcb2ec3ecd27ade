//! Setting a coordinator up.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crossbeam::channel::{bounded, unbounded};
use listener_bus::events::PartitionId;
use listener_bus::{LiveListenerBus, SchedulerEvent};
use thiserror::Error;

use super::OutputCommitCoordinator;
use super::core::{Core, Settings};
use crate::denials::LatestDenials;
use crate::permit::FencingToken;
use crate::policy::{Doubt, UnknownOutcome};
use crate::registry::Registry;
use crate::stage_aborted::StageAborted;
use crate::tally::Tally;
use crate::{resolving, watch};

/// A coordinator that cannot be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting must be greater than zero.
    #[error("the {setting} of commit coordinator {coordinator} is zero")]
    Zero {
        /// The coordinator.
        coordinator: String,
        /// The method of the builder.
        setting: &'static str,
    },
    /// A name is shown in metrics and names threads.
    #[error("the name of a commit coordinator has a zero byte: {coordinator:?}")]
    Name {
        /// The name.
        coordinator: String,
    },
    /// Tokens rise from the first one, and must not run out.
    #[error("the first token of commit coordinator {coordinator} is {token}, beyond 2^63")]
    FirstToken {
        /// The coordinator.
        coordinator: String,
        /// The token.
        token: FencingToken,
    },
    /// A thread could not be started.
    #[error("cannot start a thread of commit coordinator {coordinator}")]
    Spawn {
        /// The coordinator.
        coordinator: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Sets an [`OutputCommitCoordinator`] up.
#[must_use = "it does nothing before `build`"]
pub struct OutputCommitCoordinatorBuilder {
    name: String,
    first_token: FencingToken,
    max_partitions: u32,
    settings: Settings,
}

impl fmt::Debug for OutputCommitCoordinatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputCommitCoordinatorBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Default for OutputCommitCoordinatorBuilder {
    fn default() -> Self {
        let settings = Settings {
            unknown_outcome: UnknownOutcome::default(),
            doubt: Doubt::default(),
            lease: None,
            max_partition: PartitionId(0),
            on_stage_aborted: None,
            bus: None,
        };
        Self {
            name: "commit-coordinator".to_owned(),
            first_token: FencingToken::new(1),
            max_partitions: 1 << 24,
            settings,
        }
    }
}

impl OutputCommitCoordinatorBuilder {
    /// The coordinator's name: the `coordinator` label in metrics. Defaults to `commit-coordinator`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What becomes of a partition whose holder is lost: it may have committed, or not. Defaults to
    /// [`UnknownOutcome::AbortStage`]: there is never a second commit.
    pub fn unknown_outcome(mut self, policy: UnknownOutcome) -> Self {
        self.settings.unknown_outcome = policy;
        self
    }

    /// Which ends of a holder leave in doubt whether it has committed. Defaults to [`Doubt::LostHolder`].
    pub fn doubt(mut self, doubt: Doubt) -> Self {
        self.settings.doubt = doubt;
        self
    }

    /// A grant lasts for so long, and anew each time its attempt asks again; then its outcome is unknown, and
    /// [`unknown_outcome`](Self::unknown_outcome) says what becomes of the partition. It ends up to a quarter of a second
    /// late. Defaults to none: a grant lasts until its attempt ends.
    ///
    /// A lease makes sense with [`UnknownOutcome::Regrant`] and a destination that compares tokens: the next holder has a
    /// greater one, so one that comes late does no harm.
    pub fn lease(mut self, time: Duration) -> Self {
        self.settings.lease = Some(time);
        self
    }

    /// The token of the first grant. A driver that is started again, and whose destination remembers tokens, begins above
    /// the greatest one it finds there. Defaults to 1, and is 2^63 at most.
    pub fn first_token(mut self, token: FencingToken) -> Self {
        self.first_token = token;
        self
    }

    /// The largest number of partitions of a stage; each takes 24 bytes once one of them is asked for. Defaults to 2^24
    /// (16 777 216) partitions.
    pub fn max_partitions(mut self, partitions: u32) -> Self {
        self.max_partitions = partitions;
        self
    }

    /// Is told when a stage is aborted, by the thread that finds out: a scheduler fails the job then. No lock is held
    /// meanwhile.
    pub fn on_stage_aborted(mut self, tell: impl Fn(&StageAborted) + Send + Sync + 'static) -> Self {
        self.settings.on_stage_aborted = Some(Arc::new(tell));
        self
    }

    /// Tells the listeners of this bus of denials, lost holders and aborted stages: [`CommitEvent`](crate::CommitEvent).
    /// Nothing depends on what a bus carries, and a full one does not delay a decision. The bus is not kept alive.
    pub fn announce_on(mut self, bus: &LiveListenerBus<SchedulerEvent>) -> Self {
        self.settings.bus = Some(bus.poster());
        self
    }

    /// Builds the coordinator, and starts the thread that watches its leases and tells its metrics; and one that asks the
    /// resolver, if there is one.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(self) -> Result<OutputCommitCoordinator, BuildError> {
        let zeros = [
            (self.settings.lease == Some(Duration::ZERO), "lease"),
            (self.first_token == FencingToken::new(0), "first_token"),
            (self.max_partitions == 0, "max_partitions"),
        ];
        let Self { name: coordinator, first_token, max_partitions, mut settings } = self;
        if let Some((_, setting)) = zeros.into_iter().find(|(is_zero, _)| *is_zero) {
            return Err(BuildError::Zero { coordinator, setting });
        }
        if first_token > FencingToken::new(1 << 63) {
            return Err(BuildError::FirstToken { coordinator, token: first_token });
        }
        if coordinator.contains('\0') {
            return Err(BuildError::Name { coordinator });
        }
        settings.max_partition = PartitionId(i32::try_from(max_partitions - 1).unwrap_or(i32::MAX));
        let resolver = match &settings.unknown_outcome {
            UnknownOutcome::Resolve(resolver) => Some(Arc::clone(resolver)),
            UnknownOutcome::AbortStage | UnknownOutcome::Regrant => None,
        };
        let (watch, woken) = bounded(1);
        // Bounded by itself: there is one question for each partition in doubt.
        let (ask, asked) = unbounded();
        let core = Arc::new(Core {
            tally: Tally::new(&coordinator),
            name: coordinator.clone(),
            settings,
            registry: Registry::new(FencingToken::new(first_token.get() - 1)),
            latest_denials: LatestDenials::default(),
            base: Instant::now(),
            is_noticed: AtomicBool::new(false),
            watch,
            questions: resolver.is_some().then_some(ask),
        });
        let weak = || Arc::downgrade(&core);
        let started = watch::start(&coordinator, woken, weak()).and_then(|()| match resolver {
            Some(resolver) => resolving::start(&coordinator, resolver, asked, weak()),
            None => Ok(()),
        });
        match started {
            Ok(()) => Ok(OutputCommitCoordinator { core }),
            Err(source) => Err(BuildError::Spawn { coordinator, source }),
        }
    }
}
