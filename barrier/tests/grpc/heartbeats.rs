//! What a client says while its tasks compute, to a server that writes it down.

use barrier::grpc::GrpcCoordinator;
use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use tokio::sync::mpsc;

use crate::fake::{Fake, beat, welcome};
use crate::support::{participant, task, uri, within};

async fn until_heard(said: &mut mpsc::Receiver<Ask>, last: Ask) {
    within(async { while said.recv().await.unwrap() != last {} }).await;
}

#[tokio::test]
async fn a_client_gives_signs_of_life_while_its_tasks_compute_and_says_when_one_leaves() {
    let (heard, mut said) = mpsc::channel(1_000);
    let address = Fake::serve(move |_, ask| match ask {
        None => vec![Ok(welcome(5))],
        Some(ask) => {
            // Nobody writes down what is said later than the test listens.
            drop(heard.try_send(ask.clone()));
            beat(Some(ask))
        }
    });
    let uri = uri(address.await);
    let client = within(GrpcCoordinator::builder(uri).connect()).await.unwrap();
    let context = client.context(task(2, 1)).unwrap();

    until_heard(&mut said, Ask::Attend(participant(2, 1))).await;
    for _ in 0..5 {
        until_heard(&mut said, Ask::Beat(v1::Beat {})).await;
    }
    drop(context);
    until_heard(&mut said, Ask::Leave(participant(2, 1))).await;
}
