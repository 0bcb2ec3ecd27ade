//! What is not there, and what cannot be.

use super::site::{site_of, words};
use super::told::{Task, Told};

fn told() -> Told {
    let mut told = Told::application("app");
    told.job(0, "count", 1);
    told.succeed(&Task::new(0, 1));
    told
}

#[test]
fn an_unknown_id_is_not_found_and_named() {
    let site = site_of(&told());
    for (path, named) in [
        ("/jobs/77", "There is no job “77”"),
        ("/jobs/x", "There is no job “x”"),
        ("/jobs/99999999999", "There is no job “99999999999”"),
        ("/stages/3/0", "There is no stage “3.0”"),
        ("/stages/0/1", "There is no stage “0.1”"),
        ("/stages/0/x", "There is no stage attempt “x”"),
        ("/jobs?app=other", "There is no application “other”"),
        ("/stages/0/0?app=other", "There is no application “other”"),
    ] {
        let answer = site.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(words(&answer.body).contains(named), "{path}: {}", words(&answer.body));
        assert!(answer.body.contains("To the first page"), "{path}");
    }
}

#[test]
fn a_bad_parameter_is_refused_and_named() {
    let site = site_of(&told());
    for (query, named) in [
        ("sort=color", "The parameter “sort” cannot be “color”: it is the name of a column"),
        ("desc=maybe", "The parameter “desc” cannot be “maybe”: it is “true” or “false”."),
        ("status=great", "The parameter “status” cannot be “great”: it is “running”,"),
        ("page=0", "The parameter “page” cannot be “0”: it is a number from 1."),
        ("page=-1", "The parameter “page” cannot be “-1”"),
        ("page=1e9", "The parameter “page” cannot be “1e9”"),
    ] {
        let answer = site.get(&format!("/stages/0/0?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert!(words(&answer.body).contains(named), "{query}: {}", words(&answer.body));
    }
}

#[test]
fn a_long_value_is_not_repeated_as_a_whole() {
    let site = site_of(&told());
    let answer = site.get(&format!("/jobs?app={}", "x".repeat(5_000)));
    assert_eq!(answer.status, 404);
    assert!(!answer.body.contains(&"x".repeat(101)));
}

#[test]
fn parameters_that_nobody_knows_or_that_are_empty_do_no_harm() {
    let site = site_of(&told());
    assert_eq!(site.get("/stages/0/0?utm=1&sort=&status=&text=&page=&%ff=%fe").status, 200);
}
