//! What whoever drives the stages may call.

use std::sync::Arc;

use listener_bus::events::StageId;
use tonic::{Request, Response, Status};

use crate::executors::{ExecutorSnapshot, HeartbeatReceiver};
use crate::grpc::service::order::{Call, Order};
use crate::grpc::v1;
use crate::grpc::wire::{self, wide};
use crate::snapshot::StageSnapshot;
use crate::sync::{Mutex, lock};

type Answering<T> = Result<Response<T>, Status>;

/// Answers drivers.
#[derive(Clone, Debug)]
pub(crate) struct DriverHandler {
    executors: HeartbeatReceiver,
    order: Arc<Mutex<Order>>,
}

impl DriverHandler {
    pub(super) fn new(executors: HeartbeatReceiver) -> Self {
        Self { executors, order: Arc::default() }
    }

    /// Does to a stage what a call wants, unless it comes too late. No other call comes in between.
    fn in_order<T>(
        &self,
        stage: StageId,
        call: Call,
        work: impl FnOnce(&HeartbeatReceiver) -> T,
    ) -> Result<T, Status> {
        let mut order = lock(&self.order);
        if order.admits(stage, call) {
            Ok(work(&self.executors))
        } else {
            Err(Status::failed_precondition(format!("superseded by a later call about stage {stage}")))
        }
    }
}

#[tonic::async_trait]
impl v1::commit_driver_server::CommitDriver for DriverHandler {
    async fn stage_start(
        &self,
        request: Request<v1::StageStartRequest>,
    ) -> Answering<v1::StageStartResponse> {
        let v1::StageStartRequest { stage_id, max_partition_id, driver, sequence } = request.into_inner();
        let start =
            |executors: &HeartbeatReceiver| executors.coordinator().stage_start(stage_id, max_partition_id);
        let started = self.in_order(StageId(stage_id), Call { driver, sequence }, start)?;
        Ok(Response::new(started.into()))
    }

    async fn stage_end(&self, request: Request<v1::StageEndRequest>) -> Answering<v1::StageEndResponse> {
        let v1::StageEndRequest { stage_id, driver, sequence } = request.into_inner();
        let end = |executors: &HeartbeatReceiver| executors.stage_end(stage_id);
        let was_there = self.in_order(StageId(stage_id), Call { driver, sequence }, end)?;
        Ok(Response::new(v1::StageEndResponse { was_there }))
    }

    async fn task_completed(
        &self,
        request: Request<v1::TaskCompletedRequest>,
    ) -> Answering<v1::TaskCompletedResponse> {
        let request = request.into_inner();
        let (task, reason) = (wire::task("task", request.task)?, request.reason()?);
        Ok(Response::new(self.executors.task_completed(task, &reason).into()))
    }

    async fn executor_lost(
        &self,
        request: Request<v1::ExecutorLostRequest>,
    ) -> Answering<v1::ExecutorLostResponse> {
        let v1::ExecutorLostRequest { executor_id, reason } = request.into_inner();
        let executor_id = wire::executor_id("executor_id", executor_id)?;
        let was_there = self.executors.executor_lost(executor_id, wire::text("reason", reason)?);
        Ok(Response::new(v1::ExecutorLostResponse { was_there }))
    }

    async fn snapshot(&self, _: Request<v1::SnapshotRequest>) -> Answering<v1::SnapshotResponse> {
        let stages = self.executors.coordinator().snapshot().stages;
        Ok(Response::new(v1::SnapshotResponse {
            stages: stages.into_iter().map(v1::StageSnapshot::from).collect(),
            executors: self.executors.snapshot().into_iter().map(v1::ExecutorSnapshot::from).collect(),
        }))
    }
}

impl From<StageSnapshot> for v1::StageSnapshot {
    fn from(stage: StageSnapshot) -> Self {
        Self {
            stage_id: stage.stage_id.0,
            max_partition_id: stage.max_partition_id.0,
            held: wide(stage.held),
            unknown: wide(stage.unknown),
            is_aborted: stage.is_aborted,
        }
    }
}

impl From<ExecutorSnapshot> for v1::ExecutorSnapshot {
    fn from(executor: ExecutorSnapshot) -> Self {
        Self {
            executor_id: executor.executor_id.as_str().to_owned(),
            host: executor.host.as_ref().to_owned(),
            cores: executor.cores,
            attempts: wide(executor.attempts),
        }
    }
}
