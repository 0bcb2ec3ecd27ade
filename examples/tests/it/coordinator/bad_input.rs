//! What cannot be served is told in one line that names the culprit, and nothing is served.

use std::net::TcpListener;
use std::process::Command;

use rcgen::{KeyPair, generate_simple_self_signed};

use super::program::command;
use crate::support::Files;

/// The one line it ends with.
fn error(command: &mut Command) -> String {
    let output = command.output().expect("the coordinator runs");
    let stderr = String::from_utf8(output.stderr).expect("it writes UTF-8");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{stderr}");
    let line = stderr.strip_prefix("coordinator: error: ").and_then(|rest| rest.strip_suffix('\n'));
    let line = line.expect(&stderr);
    assert!(!line.contains('\n'), "{stderr}");
    line.to_owned()
}

/// A coordinator on free ports.
fn serve(args: &[&str]) -> Command {
    let mut command = command();
    command.args(["--metrics", "off"]).args(args);
    if !args.contains(&"--address") {
        command.args(["--address", "127.0.0.1:0"]);
    }
    command
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("it is text")
}

#[test]
fn any_other_address_than_a_loopback_one_needs_a_token() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7077"] {
        let told = format!(
            "{address} is not a loopback address: serving the barrier coordinator there needs a token: use \
             --token-file, or set BARRIER_TOKEN"
        );
        assert_eq!(error(&mut serve(&["--address", address])), told);
    }
}

#[test]
fn any_other_address_than_a_loopback_one_needs_a_token_for_drivers_too() {
    let told = "0.0.0.0:0 is not a loopback address: serving the commit driver service there needs a token of its own: use \
                --driver-token-file, or set COMMIT_DRIVER_TOKEN";
    assert_eq!(error(serve(&["--address", "0.0.0.0:0"]).env("BARRIER_TOKEN", "of-workers")), told);
}

#[test]
fn drivers_have_another_token_than_workers() {
    let mut command = serve(&[]);
    command.env("BARRIER_TOKEN", "the-same").env("COMMIT_DRIVER_TOKEN", "the-same");
    let told = "the token in the environment variable COMMIT_DRIVER_TOKEN is the one of the workers";
    assert_eq!(error(&mut command), told);
}

#[test]
fn a_drivers_token_that_is_none_is_named_by_its_origin() {
    let files = Files::new();
    let spaced = files.write("spaced", "two words\n");
    let told = format!("cannot use the token in the file {}: ", spaced.display());
    let found = error(&mut serve(&["--driver-token-file", path(&spaced)]));
    assert_eq!(found, told + "the token has other characters than visible ASCII ones");
    let found = error(serve(&[]).env("COMMIT_DRIVER_TOKEN", ""));
    assert_eq!(found, "the token in the environment variable COMMIT_DRIVER_TOKEN is empty");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let told = format!("cannot serve the barrier coordinator on {address}: Address already in use");
    assert!(error(&mut serve(&["--address", &address])).starts_with(&told));
    let told = format!("cannot serve metrics on {address}: Address already in use");
    assert!(error(command().args(["--address", "127.0.0.1:0", "--metrics", &address])).starts_with(&told));
}

#[test]
fn a_token_that_is_none_is_named_by_its_origin() {
    let files = Files::new();
    let missing = "cannot read the token in the file /no/such: No such file or directory (os error 2)";
    assert_eq!(error(&mut serve(&["--token-file", "/no/such"])), missing);
    let empty = files.write("empty", "\n");
    let told = format!("the token in the file {} is empty", empty.display());
    assert_eq!(error(&mut serve(&["--token-file", path(&empty)])), told);
    let spaced = files.write("spaced", "two words\n");
    let told = format!("cannot use the token in the file {}: ", spaced.display());
    let found = error(&mut serve(&["--token-file", path(&spaced)]));
    assert_eq!(found, told + "the token has other characters than visible ASCII ones");
    let found = error(serve(&[]).env("BARRIER_TOKEN", ""));
    assert_eq!(found, "the token in the environment variable BARRIER_TOKEN is empty");
}

#[test]
fn a_certificate_or_a_key_that_is_none_is_named() {
    let files = Files::new();
    let signed = generate_simple_self_signed(["localhost".to_owned()]).expect("it is a name");
    let cert = files.write("cert.pem", signed.cert.pem());
    let key = files.write("key.pem", signed.signing_key.serialize_pem());
    let other = KeyPair::generate().expect("there is chance").serialize_pem();
    let (none, other) = (files.write("none.pem", "no PEM"), files.write("other.pem", other));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken = files.write("broken.pem", broken);
    let tls = |cert, key| error(&mut serve(&["--tls-cert", path(cert), "--tls-key", path(key)]));
    let missing = files.path().join("missing");
    let told = format!("cannot read {}: No such file or directory (os error 2)", missing.display());
    assert_eq!(tls(&missing, &key), told);
    assert_eq!(tls(&cert, &missing), told);
    assert_eq!(tls(&none, &key), format!("{} has no certificate in PEM format", none.display()));
    assert_eq!(tls(&cert, &none), format!("{} has no private key in PEM format", none.display()));
    for (cert, key) in [(&broken, &key), (&cert, &other)] {
        let told = format!("cannot use the certificate {} with the key {}: ", cert.display(), key.display());
        let found = tls(cert, key);
        assert!(found.starts_with(&told) && found.len() > told.len(), "{found}");
    }
}

#[test]
fn a_wrong_command_line_is_refused_with_the_name_of_the_argument() {
    for args in [
        &["--timeout", "0s"][..],
        &["--timeout", "10"],
        &["--lost-after", "0s"],
        &["--reconnect-within", "0ms"],
        &["--max-wait", "soon"],
        &["--idle-ttl", "0s"],
        &["--stop-within", "0s"],
        &["--max-message-bytes", "0"],
        &["--max-round-bytes", "1k"],
        &["--max-tasks", "0"],
        &["--unknown-outcome", "hope"],
        &["--lease", "0s"],
        &["--executor-timeout", "never"],
        &["--address", "nowhere"],
        &["--metrics", "on"],
        &["--tls-cert", "cert.pem"],
        &["--tls-key", "key.pem"],
        &["--token", "secret"],
    ] {
        let output = command().args(args).output().expect("the coordinator runs");
        let stderr = String::from_utf8(output.stderr).expect("it writes UTF-8");
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(args[0]), "{stderr}");
    }
}
