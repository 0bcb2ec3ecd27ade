//! Who may look at a page, and where it may be served.

use std::net::TcpListener;

use super::program::Program;
use crate::support::{Files, Run, command, replay};

const TOKEN: &str = "correct-horse-battery-staple";
const NOT_LOOPBACK: &str = "0.0.0.0:0 is not a loopback address: serving there needs a token: use --token-file, or set \
                            STATUS_PAGE_TOKEN";

fn assert_nothing_was_replayed(run: &Run) {
    assert_eq!(run.stdout, "", "{run:?}");
}

fn assert_only_the_token_lets_in(program: &Program) {
    for path in ["/", "/api/v1/applications"] {
        for headers in ["", "Authorization: Bearer another\r\n"] {
            assert_eq!(program.get_with(path, headers).status, 401);
        }
        assert_eq!(program.get_with(path, &format!("Authorization: Bearer {TOKEN}\r\n")).status, 200);
    }
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let run = replay(["--page", "0.0.0.0:0"]);
    assert_eq!(run.error(), NOT_LOOPBACK);
    assert_nothing_was_replayed(&run);
}

#[test]
fn the_token_of_the_file_lets_in_and_no_other() {
    let files = Files::new();
    let file = files.write("token", format!("{TOKEN}\n"));
    let mut command = command();
    command.arg("--token-file").arg(file).env("STATUS_PAGE_TOKEN", "not-this-one");
    assert_only_the_token_lets_in(&Program::start("replay", &mut command));
}

#[test]
fn the_token_of_the_environment_lets_in_and_no_other() {
    assert_only_the_token_lets_in(&Program::start("replay", command().env("STATUS_PAGE_TOKEN", TOKEN)));
}

#[test]
fn a_token_that_nobody_can_show_is_refused_and_its_origin_named() {
    let files = Files::new();
    for (token, expected) in [
        ("\n", "the token in the file {} is empty"),
        (
            "two words",
            "cannot use the token in the file {}: the token has other characters than visible ASCII ones",
        ),
    ] {
        let file = files.write("token", token);
        let run = replay(["--page", "127.0.0.1:0", "--token-file", file.to_str().expect("it is text")]);
        assert_eq!(run.error(), expected.replace("{}", &file.display().to_string()));
        assert_nothing_was_replayed(&run);
    }
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let run = replay(["--page", &address]);
    let expected = format!("cannot serve the status page on {address}: Address already in use");
    assert!(run.error().starts_with(&expected), "{run:?}");
    assert_nothing_was_replayed(&run);
}

#[test]
fn what_is_no_address_or_has_no_page_to_go_with_is_a_wrong_command_line() {
    for args in [&["--page", "nowhere"][..], &["--token-file", "x"], &["--linger", "1"]] {
        let run = replay(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("--page"), "{run:?}");
        assert_nothing_was_replayed(&run);
    }
}
