//! What to do when nobody can tell whether a partition has been committed.

use std::fmt;
use std::sync::Arc;

use crate::permit::CommitPermit;

/// What becomes of a partition whose holder is lost after it was granted: it may have committed, or not.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum UnknownOutcome {
    /// Nobody is granted any partition of the stage any more, and [`on_stage_aborted`] is told: a commit that happened
    /// is not repeated.
    ///
    /// [`on_stage_aborted`]: crate::OutputCommitCoordinatorBuilder::on_stage_aborted
    #[default]
    AbortStage,
    /// Somebody who can look is asked. Until there is an answer, whoever asks is told to wait.
    Resolve(Arc<dyn Resolver>),
    /// The partition is free again: for destinations where a second commit does no harm, or that refuse a smaller token
    /// once they have seen a greater one.
    Regrant,
}

impl fmt::Debug for UnknownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AbortStage => "AbortStage",
            Self::Resolve(_) => "Resolve(..)",
            Self::Regrant => "Regrant",
        })
    }
}

/// Finds out whether a permit was used, such as by looking whether the final file exists with its token.
///
/// It is called on a thread of its own, for one permit at a time, and may block. A panic counts as
/// [`Resolution::CannotTell`].
pub trait Resolver: Send + Sync {
    /// Whether the lost attempt has committed.
    ///
    /// [`Resolution::NotCommitted`] is only true if it cannot commit later either: it is known to be dead, or the
    /// destination refuses its token from now on.
    fn resolve(&self, permit: &CommitPermit) -> Resolution;
}

impl<F: Fn(&CommitPermit) -> Resolution + Send + Sync> Resolver for F {
    fn resolve(&self, permit: &CommitPermit) -> Resolution {
        self(permit)
    }
}

/// What a [`Resolver`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// The partition has been committed.
    Committed,
    /// The partition has not been committed, and will not be with this permit: it is free again.
    NotCommitted,
    /// Nobody can tell: the stage is aborted.
    CannotTell,
}

/// Which ends of a holder leave in doubt whether it has committed. Spark's coordinator never doubts: whatever the reason,
/// the partition is free again, and may be committed twice (SPARK-39195).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Those where the attempt was not there to tell: its executor is lost, its result is lost, or the reason is
    /// unknown. An attempt that raised an exception, was killed or could not fetch its input has told that it did not
    /// commit.
    #[default]
    LostHolder,
    /// All but success: for engines whose attempts may fail, or be killed, after their commit.
    AnyFailure,
}
