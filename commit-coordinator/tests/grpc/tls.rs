//! Over TLS.

use std::time::Duration;

use commit_coordinator::grpc::{GrpcCommitDriver, GrpcCommitWorker};
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::support::{STAGE, Served, SetUp, granted, task, within};

#[tokio::test]
async fn workers_and_drivers_call_over_tls_and_only_a_server_that_is_trusted() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = Identity::from_pem(&certificate, key);
    let served = Served::with(SetUp::default(), |builder| {
        builder.worker_token("w").driver_token("d").tls(ServerTlsConfig::new().identity(identity))
    });
    let uri = format!("https://{}", served.address);
    let trust = |trusted: &str| {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted)).domain_name("localhost")
    };
    let worker = GrpcCommitWorker::builder(&uri).token("w").tls(trust(&certificate));
    let worker = within(worker.connect()).await.unwrap();
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    let driver = GrpcCommitDriver::builder(&uri).token("d").tls(trust(&certificate));
    let driver = within(driver.connect()).await.unwrap();
    assert_eq!(within(driver.stage_end_async(STAGE)).await, Ok(true));

    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    let soon = Duration::from_secs(1);
    let refused = GrpcCommitWorker::builder(&uri).token("w").tls(trust(&stranger)).give_up_after(soon);
    assert!(within(refused.connect()).await.is_err());
    let plain = GrpcCommitWorker::builder(served.uri()).token("w").give_up_after(soon);
    assert!(within(plain.connect()).await.is_err());
}
