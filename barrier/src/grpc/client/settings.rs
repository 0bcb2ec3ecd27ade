//! How a client is set up.

use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

use crate::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) endpoint: Endpoint,
    /// What the server lets the client in for.
    pub(super) authorization: Option<HeaderValue>,
    pub(super) give_up_after: Duration,
    pub(super) log_waiting_every: Duration,
}

impl Settings {
    /// A client on this channel; the server decides how large its answers are.
    pub(super) fn client(channel: Channel) -> BarrierCoordinatorClient<Channel> {
        BarrierCoordinatorClient::new(channel).max_decoding_message_size(usize::MAX)
    }

    /// A request that the server lets in.
    pub(super) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().as_mut().insert(AUTHORIZATION, authorization.clone());
        }
        request
    }
}
