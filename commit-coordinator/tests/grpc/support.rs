//! A server, its coordinator, and waits with an end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use commit_coordinator::executors::{HeartbeatReceiver, HeartbeatReceiverBuilder};
use commit_coordinator::grpc::v1::commit_driver_client::CommitDriverClient;
use commit_coordinator::grpc::v1::commit_worker_client::CommitWorkerClient;
use commit_coordinator::grpc::{
    CommitServer, CommitServerBuilder, GrpcCommitDriver, GrpcCommitWorker, GrpcCommitWorkerBuilder,
    ServeError,
};
use commit_coordinator::{
    CommitPermit, DenialReason, OutputCommitCoordinator, OutputCommitCoordinatorBuilder, TaskAttempt, Verdict,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

/// After so long, what is waited for does not come.
pub(crate) const NEVER: Duration = Duration::from_secs(20);

/// The stage of most tests, with ten partitions.
pub(crate) const STAGE: i32 = 7;

pub(crate) fn task(partition: i32, attempt: i64) -> TaskAttempt {
    TaskAttempt::new(STAGE, 0, partition, attempt)
}

pub(crate) async fn within<T>(waited_for: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, waited_for).await.expect("it should have come long ago")
}

pub(crate) fn far() -> Instant {
    Instant::now() + Duration::from_hours(1)
}

pub(crate) fn granted(verdict: Verdict) -> CommitPermit {
    verdict.permit().unwrap_or_else(|denial| panic!("{denial}"))
}

pub(crate) fn denied(verdict: Verdict) -> DenialReason {
    verdict.permit().expect_err("it should have been denied").reason
}

/// How a server is set up.
pub(crate) struct SetUp {
    pub(crate) coordinator: OutputCommitCoordinatorBuilder,
    pub(crate) executors: fn(HeartbeatReceiverBuilder) -> HeartbeatReceiverBuilder,
}

impl Default for SetUp {
    fn default() -> Self {
        // Nobody is lost for being slow.
        let executors = |builder: HeartbeatReceiverBuilder| builder.lost_after(Duration::from_hours(1));
        Self { coordinator: OutputCommitCoordinator::builder(), executors }
    }
}

/// A server in the runtime of the test.
pub(crate) struct Served {
    pub(crate) executors: HeartbeatReceiver,
    pub(crate) address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    /// With the stage started.
    pub(crate) fn start() -> Self {
        Self::with(SetUp::default(), |builder| builder)
    }

    pub(crate) fn with(
        set_up: SetUp,
        server: impl FnOnce(CommitServerBuilder) -> CommitServerBuilder,
    ) -> Self {
        let coordinator = set_up.coordinator.build().unwrap();
        coordinator.stage_start(STAGE, 9).unwrap();
        let executors = (set_up.executors)(HeartbeatReceiver::builder(&coordinator)).build().unwrap();
        let server = server(CommitServer::builder(&executors)).bind().unwrap();
        let address = server.local_addr();
        let (shutdown, stopping) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            drop(stopping.await);
        }));
        Self { executors, address, shutdown, serving }
    }

    pub(crate) fn coordinator(&self) -> &OutputCommitCoordinator {
        self.executors.coordinator()
    }

    pub(crate) fn uri(&self) -> String {
        uri(self.address)
    }

    pub(crate) async fn worker(&self) -> GrpcCommitWorker {
        self.connect(GrpcCommitWorker::builder(self.uri())).await
    }

    /// A worker that is an executor.
    pub(crate) async fn executor(&self, name: &str) -> GrpcCommitWorker {
        self.connect(GrpcCommitWorker::builder(self.uri()).executor(name, "host", 2)).await
    }

    async fn connect(&self, builder: GrpcCommitWorkerBuilder) -> GrpcCommitWorker {
        within(builder.connect()).await.unwrap()
    }

    pub(crate) async fn driver(&self) -> GrpcCommitDriver {
        within(GrpcCommitDriver::builder(self.uri()).connect()).await.unwrap()
    }

    /// A worker as one of another language would be.
    pub(crate) async fn bare_worker(&self) -> CommitWorkerClient<Channel> {
        within(CommitWorkerClient::connect(self.uri())).await.unwrap()
    }

    /// A driver as one of another language would be.
    pub(crate) async fn bare_driver(&self) -> CommitDriverClient<Channel> {
        within(CommitDriverClient::connect(self.uri())).await.unwrap()
    }

    pub(crate) async fn stop(self) -> Result<(), ServeError> {
        drop(self.shutdown);
        within(self.serving).await.unwrap()
    }

    /// Waits until so many attempts of executors hold a grant, or ask for one.
    pub(crate) async fn until_attempts(&self, count: usize) {
        self.until(|| {
            self.executors.snapshot().iter().map(|executor| executor.attempts).sum::<usize>() == count
        })
        .await;
    }

    /// Waits until so many attempts wait for a decision.
    pub(crate) async fn until_waiting(&self, count: usize) {
        let waiting =
            || self.coordinator().snapshot().stages.iter().map(|stage| stage.waiting).sum::<usize>();
        self.until(|| waiting() == count).await;
    }

    /// Waits until these executors are there.
    pub(crate) async fn until_executors(&self, names: &[&str]) {
        let there = || {
            let executors = self.executors.snapshot();
            executors.iter().map(|executor| executor.executor_id.as_str()).eq(names.iter().copied())
        };
        self.until(there).await;
    }

    pub(crate) async fn until(&self, holds: impl Fn() -> bool) {
        within(async {
            while !holds() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }
}

pub(crate) fn uri(address: SocketAddr) -> String {
    format!("http://{address}")
}
