//! How a client is set up.

use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Endpoint;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) endpoint: Endpoint,
    /// What the server lets the client in for.
    pub(super) authorization: Option<MetadataValue<Ascii>>,
    pub(super) give_up_after: Duration,
    pub(super) log_waiting_every: Duration,
}
