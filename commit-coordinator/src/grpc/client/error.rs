//! Why a call has no answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use listener_bus::access::TokenError;
use thiserror::Error;
use tonic::Code;

use crate::executors::ExecutorRefused;
use crate::grpc::wire::Malformed;
use crate::verdict::StageStartError;

/// Why a call has no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// Nobody has answered there for so long that it was given up. The call may have been heard; to make it again does no harm.
    #[error("the commit coordinator at {uri} could not be reached for {tried:?}: {last}")]
    Unreachable {
        /// The address.
        uri: Arc<str>,
        /// How long it was tried.
        tried: Duration,
        /// What the last try ended with.
        last: Arc<str>,
    },
    /// The server does not take the token, or wants one.
    #[error("the commit coordinator at {uri} does not let this client in: {message}")]
    Unauthenticated {
        /// The address.
        uri: Arc<str>,
        /// What the server said.
        message: Arc<str>,
    },
    /// The server is no commit coordinator, or not one of this version.
    #[error("{uri} refuses the call to the commit coordinator: {code}: {message}")]
    Refused {
        /// The address.
        uri: Arc<str>,
        /// The code of the answer.
        code: Code,
        /// What the server said.
        message: Arc<str>,
    },
    /// Another process has the name of this executor, and lives: for as long as this one has tried to register. Two that are
    /// to live side by side need two names; one that was started again gets in once the one before has been silent for a while,
    /// a fourth of the time after which executors are lost.
    #[error("the commit coordinator at {uri} has not let this executor in for {tried:?}: {message}")]
    NameTaken {
        /// The address.
        uri: Arc<str>,
        /// How long it was tried.
        tried: Duration,
        /// What the server said.
        message: Arc<str>,
    },
    /// A later call of this client, to start or to end the same stage, has been applied before this one, which changes nothing.
    #[error("the commit coordinator at {uri} does not apply a call: {message}")]
    Superseded {
        /// The address.
        uri: Arc<str>,
        /// What the server said.
        message: Arc<str>,
    },
    /// The server has answered what no server of this version does.
    #[error("the answer of the commit coordinator at {uri} makes no sense")]
    Malformed {
        /// The address.
        uri: Arc<str>,
        /// What is wrong with it.
        source: Malformed,
    },
    /// The client was closed, or its runtime has ended.
    #[error("the client of the commit coordinator at {uri} is closed")]
    Closed {
        /// The address.
        uri: Arc<str>,
    },
}

/// Why an attempt has no verdict.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CanCommitError {
    /// The call has no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The executor that the attempt runs on has no say: it was removed. Its attempts are lost.
    #[error(transparent)]
    Executor(#[from] ExecutorRefused),
}

/// Why a stage is not started.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteStageStartError {
    /// The call has no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The coordinator does not start it.
    #[error(transparent)]
    Stage(#[from] StageStartError),
}

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is none, or the TLS settings cannot be used.
    #[error("cannot use {uri} for a commit coordinator")]
    Endpoint {
        /// The address.
        uri: Arc<str>,
        /// What is wrong.
        source: tonic::transport::Error,
    },
    /// The token is none.
    #[error("the commit client cannot use this token")]
    Token(#[from] TokenError),
    /// The first call has no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The thread of a client for programs of threads could not be started.
    #[error("cannot start the thread of the commit client")]
    Spawn(#[source] io::Error),
}
