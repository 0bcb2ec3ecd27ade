//! The clients: the same questions and answers, for workers and drivers elsewhere.

mod beats;
mod caller;
mod driver;
mod error;
mod home;
mod patience;
mod settings;
mod worker;

pub use driver::{GrpcCommitDriver, GrpcCommitDriverBuilder};
pub use error::{CallError, CanCommitError, ConnectError, RemoteStageStartError};
pub use worker::{GrpcCommitWorker, GrpcCommitWorkerBuilder};
