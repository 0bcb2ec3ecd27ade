//! The calls of a driver.

use listener_bus::events::{ExecutorId, PartitionId, StageId, TaskEndReason};
use tonic::transport::Channel;

use super::order::Place;
use crate::completion::Completion;
use crate::grpc::client::caller::Caller;
use crate::grpc::client::error::{CallError, RemoteStageStartError};
use crate::grpc::v1;
use crate::grpc::v1::commit_driver_client::CommitDriverClient;
use crate::grpc::wire;
use crate::task::TaskAttempt;

/// A client on this channel; the server decides how large its answers are.
fn client(channel: Channel) -> CommitDriverClient<Channel> {
    CommitDriverClient::new(channel).max_decoding_message_size(usize::MAX)
}

pub(super) fn started(place: Place, stage: StageId, max: PartitionId) -> v1::StageStartRequest {
    let Place { driver, sequence } = place;
    v1::StageStartRequest { stage_id: stage.0, max_partition_id: max.0, driver, sequence }
}

pub(super) async fn start(
    caller: &Caller,
    message: v1::StageStartRequest,
) -> Result<bool, RemoteStageStartError> {
    let (stage, max) = (StageId(message.stage_id), PartitionId(message.max_partition_id));
    let call = |channel, request| async move { client(channel).stage_start(request).await };
    let response = caller.call(&mut caller.patience(), message, call).await?;
    let started = wire::started(stage, max, response).map_err(|malformed| caller.malformed(malformed))?;
    Ok(started?)
}

pub(super) fn ended(place: Place, stage: StageId) -> v1::StageEndRequest {
    let Place { driver, sequence } = place;
    v1::StageEndRequest { stage_id: stage.0, driver, sequence }
}

pub(super) async fn end(caller: &Caller, message: v1::StageEndRequest) -> Result<bool, CallError> {
    let call = |channel, request| async move { client(channel).stage_end(request).await };
    caller.call(&mut caller.patience(), message, call).await.map(|response| response.was_there)
}

pub(super) fn completed(task: TaskAttempt, reason: &TaskEndReason) -> v1::TaskCompletedRequest {
    v1::TaskCompletedRequest::of(task, reason)
}

pub(super) async fn complete(
    caller: &Caller,
    message: v1::TaskCompletedRequest,
) -> Result<Completion, CallError> {
    let call = |channel, request| async move { client(channel).task_completed(request).await };
    let response = caller.call(&mut caller.patience(), message, call).await?;
    Completion::try_from(response).map_err(|malformed| caller.malformed(malformed))
}

pub(super) fn lost(executor: &ExecutorId, reason: &str) -> v1::ExecutorLostRequest {
    let executor_id = executor.as_str().to_owned();
    v1::ExecutorLostRequest { executor_id, reason: wire::cut(reason).to_owned() }
}

pub(super) async fn lose(caller: &Caller, message: v1::ExecutorLostRequest) -> Result<bool, CallError> {
    let call = |channel, request| async move { client(channel).executor_lost(request).await };
    caller.call(&mut caller.patience(), message, call).await.map(|response| response.was_there)
}

pub(super) async fn is_empty(caller: &Caller) -> Result<bool, CallError> {
    let call = |channel, request| async move { client(channel).snapshot(request).await };
    let response = caller.call(&mut caller.patience(), v1::SnapshotRequest {}, call).await?;
    Ok(response.stages.is_empty())
}
