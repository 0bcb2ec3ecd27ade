//! What a client says while its tasks compute, to a server that writes it down.

use barrier::grpc::GrpcCoordinator;
use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use tokio::sync::mpsc;

use crate::fake::{Fake, beat, welcome};
use crate::support::{participant, task, uri, within};

#[tokio::test]
async fn a_client_gives_signs_of_life_while_its_tasks_compute_and_says_when_one_leaves() {
    let (heard, mut said) = mpsc::channel(1_000);
    let address = Fake::serve(move |_, ask| match ask {
        None => vec![welcome(5)],
        Some(ask) => {
            // Nobody writes down what is said later than the test listens.
            drop(heard.try_send(ask.clone()));
            beat(Some(ask))
        }
    });
    let uri = uri(address.await);
    let client = within(GrpcCoordinator::builder(uri).connect()).await.unwrap();
    let context = client.context(task(2, 1)).unwrap();

    let mut heard_until = async |last: Ask, times: usize| {
        let heard = async {
            let mut left = times;
            while left > 0 {
                left -= usize::from(said.recv().await.unwrap() == last);
            }
        };
        within(heard).await;
    };
    heard_until(Ask::Attend(participant(2, 1)), 1).await;
    heard_until(Ask::Beat(v1::Beat {}), 5).await;
    drop(context);
    heard_until(Ask::Leave(participant(2, 1)), 1).await;
}
