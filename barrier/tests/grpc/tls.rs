//! Over TLS.

use barrier::grpc::GrpcCoordinator;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::support::{Served, task, within};

#[tokio::test]
async fn tasks_meet_over_tls_and_only_with_a_server_that_is_trusted() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = Identity::from_pem(&certificate, key);
    let served = Served::with(|builder| builder.token("t").tls(ServerTlsConfig::new().identity(identity)));
    let client = |trusted: &str| {
        let tls =
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted)).domain_name("localhost");
        let uri = format!("https://{}", served.address);
        GrpcCoordinator::builder(uri).token("t").tls(tls).give_up_after(std::time::Duration::from_secs(3))
    };
    let (one, other) = (client(&certificate), client(&certificate));
    let mut one = within(one.connect()).await.unwrap().context(task(2, 0)).unwrap();
    let mut other = within(other.connect()).await.unwrap().context(task(2, 1)).unwrap();
    let both = async { tokio::join!(one.barrier_async(), other.barrier_async()) };
    assert_eq!(within(both).await, (Ok(()), Ok(())));

    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    assert!(within(client(&stranger).connect()).await.is_err());
}
