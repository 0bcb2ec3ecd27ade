//! Who is let in.

use barrier::grpc::ConnectError;
use rcgen::generate_simple_self_signed;
use tonic::transport::{Certificate, ClientTlsConfig};

use super::program::{Program, command};
use super::waiters::{client, task};
use crate::support::Files;

const TOKEN: &str = "correct-horse-battery-staple";

fn assert_only_the_token_lets_in(program: &Program, token: &str) {
    for builder in
        [client(program), client(program).token("another"), client(program).token(format!("{token}x"))]
    {
        let refused = builder.connect_blocking();
        let is_told = matches!(&refused, Err(ConnectError::Unauthenticated { message, .. }) if message.contains("token"));
        assert!(is_told, "{refused:?}");
    }
    let threads = client(program).token(token).connect_blocking().expect("it is the token");
    threads.context(task(0, 1)).expect("the gang lives").barrier().expect("it is alone");
    program.wait_for_metric(r#"barrier_grpc_unauthenticated_total{coordinator="barrier"} 3"#);
}

#[test]
fn the_token_of_the_file_lets_in_and_no_other() {
    let files = Files::new();
    let file = files.write("token", format!("{TOKEN}\n"));
    let file = file.to_str().expect("it is text");
    let mut command = command();
    assert_only_the_token_lets_in(
        &Program::spawn(command.args(["--token-file", file]).env("BARRIER_TOKEN", "not-this-one")),
        TOKEN,
    );
}

#[test]
fn the_token_of_the_environment_lets_in_and_no_other() {
    assert_only_the_token_lets_in(&Program::spawn(command().env("BARRIER_TOKEN", TOKEN)), TOKEN);
}

#[test]
fn any_address_can_be_served_with_both_tokens_and_a_warning_says_what_tls_is_for() {
    let mut command = command();
    command
        .args(["--address", "0.0.0.0:0"])
        .env("BARRIER_TOKEN", TOKEN)
        .env("COMMIT_DRIVER_TOKEN", "of-drivers");
    let mut program = Program::spawn(&mut command);
    program.wait_for_log("without TLS, the token and all messages can be read on their way");
    assert_only_the_token_lets_in(&program, TOKEN);
}

#[test]
fn over_tls_whoever_trusts_the_certificate_is_let_in_and_the_token_is_asked_for() {
    let files = Files::new();
    let signed = generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("it is a name");
    let (cert, key) = (files.write("cert.pem", signed.cert.pem()), files.path().join("key.pem"));
    files.write("key.pem", signed.signing_key.serialize_pem());
    let args =
        ["--tls-cert", cert.to_str().expect("it is text"), "--tls-key", key.to_str().expect("it is text")];
    let program = Program::spawn(command().args(args).env("BARRIER_TOKEN", TOKEN));
    assert!(program.uri().starts_with("https://127.0.0.1:"), "{}", program.announced());
    let trusting = || {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(signed.cert.pem()));
        client(&program).tls(tls)
    };
    let refused = trusting().connect_blocking();
    assert!(matches!(refused, Err(ConnectError::Unauthenticated { .. })), "{refused:?}");
    let threads = trusting().token(TOKEN).connect_blocking().expect("it is the token");
    threads.context(task(0, 1)).expect("the gang lives").barrier().expect("it is alone");
}
