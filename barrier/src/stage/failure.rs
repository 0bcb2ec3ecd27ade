//! How a task can fail.

use std::any::{Any, type_name};
use std::error::Error as StdError;
use std::fmt::Write;
use std::sync::Arc;

use listener_bus::events::{ExceptionFailure, TaskEndReason, TaskKilled};
use thiserror::Error;

use crate::error::BarrierError;

/// Why a task of a gang did not do its work. A clone shares its texts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskFailure {
    /// Its function returned an error.
    #[error("{text}")]
    Error {
        /// The type of the error.
        error_type: &'static str,
        /// What the error and its sources say.
        text: Arc<str>,
    },
    /// A sync failed by its doing, or it returned the error of a sync, or it gave the gang up through its context.
    #[error(transparent)]
    Barrier(Box<BarrierError>),
    /// Its function panicked.
    #[error("it panicked: {text}")]
    Panicked {
        /// What the panic says.
        text: Arc<str>,
    },
    /// Somebody had it killed.
    #[error("it was killed: {reason}")]
    Killed {
        /// Why.
        reason: Arc<str>,
    },
    /// Its runtime dropped it before it had ended.
    #[error("it was dropped before it had ended")]
    Dropped,
}

impl TaskFailure {
    /// What an error of the task's function comes to.
    pub(crate) fn of_error<E: Into<Box<dyn StdError + Send + Sync>>>(error: E) -> Self {
        match error.into().downcast::<BarrierError>() {
            Ok(error) => Self::Barrier(error),
            Err(error) => Self::Error { error_type: type_name::<E>(), text: with_sources(&*error).into() },
        }
    }

    /// What a panic of the task's function comes to.
    pub(crate) fn of_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::Panicked { text: text.unwrap_or("it says nothing that is text").into() }
    }

    /// How the task ended, as an event tells it.
    pub(crate) fn reason(&self) -> TaskEndReason {
        let class_name = match self {
            Self::Killed { reason } => return killed(reason),
            Self::Error { error_type, .. } => error_type,
            Self::Barrier(_) => type_name::<BarrierError>(),
            Self::Panicked { .. } => "panic",
            Self::Dropped => "dropped",
        };
        let description = match self {
            Self::Panicked { text } => text.to_string(),
            other => other.to_string(),
        };
        TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
            class_name: class_name.to_owned(),
            description: Some(description),
            ..ExceptionFailure::default()
        }))
    }
}

/// The end of a task that was stopped.
pub(crate) fn killed(reason: &str) -> TaskEndReason {
    TaskEndReason::TaskKilled(Box::new(TaskKilled {
        kill_reason: reason.to_owned(),
        ..TaskKilled::default()
    }))
}

/// An error with what it was caused by; some errors say that themselves.
fn with_sources(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            let _never_fails = write!(text, ": {cause}");
        }
        source = error.source();
    }
    text
}
