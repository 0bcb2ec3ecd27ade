//! A server, its coordinator, and waits with an end.

use std::net::SocketAddr;
use std::time::Duration;

use barrier::grpc::v1;
use barrier::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use barrier::grpc::{BarrierServer, BarrierServerBuilder, GrpcCoordinator, ServeError};
use barrier::{BarrierCoordinator, BarrierTask, GangSnapshot, StageAttempt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

/// After so long, what is waited for does not come.
pub(crate) const NEVER: Duration = Duration::from_secs(20);

/// The gang of most tests.
pub(crate) fn gang() -> StageAttempt {
    StageAttempt::new(7, 1)
}

pub(crate) fn task(num_tasks: usize, partition: i32) -> BarrierTask {
    BarrierTask::new(gang(), num_tasks, partition, 100 + i64::from(partition))
}

pub(crate) async fn within<T>(waited_for: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, waited_for).await.expect("it should have come long ago")
}

/// A server in the runtime of the test.
pub(crate) struct Served {
    pub(crate) coordinator: BarrierCoordinator,
    pub(crate) address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    pub(crate) fn start() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(set_up: impl FnOnce(BarrierServerBuilder) -> BarrierServerBuilder) -> Self {
        let coordinator = BarrierCoordinator::builder().max_message_bytes(1 << 20).build().unwrap();
        let server = set_up(BarrierServer::builder(coordinator.clone())).bind().unwrap();
        let address = server.local_addr();
        let (shutdown, stopping) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            drop(stopping.await);
        }));
        Self { coordinator, address, shutdown, serving }
    }

    pub(crate) fn uri(&self) -> String {
        uri(self.address)
    }

    pub(crate) async fn client(&self) -> GrpcCoordinator {
        GrpcCoordinator::builder(self.uri()).connect().await.unwrap()
    }

    /// A client as one of another language would be.
    pub(crate) async fn bare(&self) -> BarrierCoordinatorClient<Channel> {
        BarrierCoordinatorClient::connect(self.uri()).await.unwrap()
    }

    pub(crate) async fn stop(self) -> Result<(), ServeError> {
        drop(self.shutdown);
        within(self.serving).await.unwrap()
    }

    /// Waits until the gang looks like this.
    pub(crate) async fn until(&self, looks: impl Fn(&GangSnapshot) -> bool) {
        within(async {
            while !self.coordinator.snapshot().gangs.iter().any(&looks) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Waits until so many requests have come again.
    pub(crate) async fn until_duplicates(&self, count: u64) {
        within(async {
            while self.coordinator.snapshot().counts.duplicates < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Waits until these partitions, and no others, have arrived.
    pub(crate) async fn until_arrived(&self, partitions: &[i32]) {
        self.until(|gang| arrived(gang) == partitions).await;
    }
}

pub(crate) fn uri(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn arrived(gang: &GangSnapshot) -> Vec<i32> {
    gang.arrived.as_slice().iter().map(|partition| partition.0).collect()
}

/// An arrival at the first round, with `barrier`.
pub(crate) fn arrival(num_tasks: u64, partition: i32) -> v1::Arrival {
    v1::Arrival {
        participant: Some(participant(num_tasks, partition)),
        epoch: 0,
        kind: v1::SyncKind::Barrier.into(),
        ..v1::Arrival::default()
    }
}

/// As [`task`], on the wire.
pub(crate) fn participant(num_tasks: u64, partition: i32) -> v1::Participant {
    v1::Participant {
        stage_attempt: Some(gang_on_the_wire()),
        num_tasks,
        partition_id: partition,
        task_attempt_id: 100 + i64::from(partition),
    }
}

/// As [`gang`], on the wire.
pub(crate) fn gang_on_the_wire() -> v1::StageAttempt {
    v1::StageAttempt { stage_id: gang().stage_id.0, attempt_id: gang().attempt_id.0 }
}
