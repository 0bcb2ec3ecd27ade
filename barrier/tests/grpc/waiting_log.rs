//! The log says who waits, on the side of the task.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use barrier::grpc::GrpcCoordinator;

use crate::support::{Served, task, within};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_says_again_and_again_that_a_task_waits() {
    let log = Log::default();
    let (written, writer) = (Arc::clone(&log.0), move || log.clone());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let served = Served::start();
    let builder = GrpcCoordinator::builder(served.uri()).log_waiting_every(Duration::from_millis(20));
    let mut context = builder.connect().await.unwrap().context(task(2, 1)).unwrap();
    let found = || {
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains("waiting under the global sync"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let logged = async {
        while found().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let lines = tokio::select! {
        waited = context.barrier_async() => panic!("the other has not come: {waited:?}"),
        () = within(logged) => found(),
    };
    for line in lines {
        for fact in
            ["task_attempt=101", "partition=1", "stage=7", "stage_attempt=1", "barrier_epoch=0", "seconds="]
        {
            assert!(line.contains(fact), "{fact} is missing: {line}");
        }
    }
}
