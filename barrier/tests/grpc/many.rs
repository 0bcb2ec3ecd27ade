//! Many tasks, few connections.

use barrier::BarrierTaskContext;
use tokio::task::JoinSet;

use crate::support::{Served, task, within};

#[tokio::test]
async fn a_thousand_tasks_share_one_connection() {
    let served = Served::start();
    let client = served.client().await;
    let mut waits = JoinSet::new();
    for partition in 0..1_000 {
        let mut context: BarrierTaskContext = client.context(task(1_000, partition)).unwrap();
        waits.spawn(async move {
            context.barrier_async().await?;
            let texts = context.all_gather_text_async(partition.to_string()).await?;
            Ok::<_, barrier::BarrierError>(texts)
        });
    }
    let expected: Vec<_> = (0..1_000).map(|partition| partition.to_string()).collect();
    for texts in within(waits.join_all()).await {
        assert_eq!(texts.as_ref(), Ok(&expected));
    }
    within(client.close()).await;
    // All have left, so that the end of the connection lost nobody.
    assert_eq!(served.coordinator.snapshot().gangs.len(), 1);
}
