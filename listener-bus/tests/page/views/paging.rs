//! Long lists, a page at a time.

use serde_json::json;

use super::site::{Site, attributes, between, site_of, words};
use super::told::{Task, Told};

fn numbers(page: &str, attribute: &str) -> Vec<i32> {
    attributes(page, attribute).into_iter().map(|id| id.parse().expect("it is a number")).collect()
}

fn pager(page: &str, what: &str) -> String {
    words(between(page, &format!("aria-label=\"Pages of {what}\""), "</nav>"))
}

fn falling(from: i32, to: i32) -> Vec<i32> {
    (to..=from).rev().collect()
}

/// Jobs that have ended, but for the last three.
fn jobs(all: i32) -> Site {
    let mut told = Told::application("app");
    for id in 0..all {
        told.job(id, "count", 1);
        if id < all - 3 {
            told.end_stage(id, "count", 1);
            told.end_job(id, &json!({"Result": "JobSucceeded"}));
        }
    }
    site_of(&told)
}

#[test]
fn two_hundred_jobs_are_on_a_page_whatever_their_state() {
    let site = jobs(450);
    let page = |number: u32| site.page(&format!("/jobs?page={number}"));
    let first = site.page("/jobs");
    assert_eq!(numbers(&first, "data-job"), falling(449, 250));
    assert!(
        words(&first).contains("Running 3") && words(&first).contains("Completed 447"),
        "all are counted"
    );
    assert_eq!(numbers(&page(2), "data-job"), falling(249, 50));
    assert!(!page(2).contains("id=\"title-running\""), "a part of which nothing is shown is left out");
    assert_eq!(numbers(&page(3), "data-job"), falling(49, 0));
    assert_eq!(numbers(&page(4), "data-job"), falling(49, 0), "beyond the end is the last page");
    assert!(pager(&first, "jobs").contains("Page 1 of 3 Next Last"));
    assert!(pager(&page(3), "jobs").contains("First Previous Page 3 of 3"));
    assert!(!jobs(200).page("/jobs").contains("Pages of jobs"), "one page needs no links");
}

#[test]
fn two_hundred_stages_are_on_a_page_and_links_stay_with_the_application() {
    let site = jobs(250);
    let first = site.page("/stages?app=app-1");
    assert_eq!(attributes(&first, "data-stage").len(), 200);
    let nav = between(&first, "aria-label=\"Pages of stages\"", "</nav>");
    let link = between(nav, "rel=\"next\" href=\"", "\"").replace("&amp;", "&");
    assert_eq!(link, "?app=app-1&page=2");
    let second = site.page(&format!("/stages{link}"));
    assert_eq!(attributes(&second, "data-stage").len(), 50);
    assert_eq!(attributes(&second, "data-stage").last(), Some(&"0.0"));
}

#[test]
fn the_stages_of_a_job_are_paged_and_those_that_are_missing_are_bounded() {
    let mut told = Told::application("app");
    let stages: Vec<_> = (0..250).map(|id| (id, 1)).collect();
    told.job_of(0, "wide", &stages);
    let ids: Vec<_> = (1_000..1_500).collect();
    told.tell(
        &json!({"Event": "SparkListenerJobStart", "Job ID": 1, "Submission Time": 1, "Stage Infos": [],
        "Stage IDs": ids, "Properties": {}}),
    );
    let site = site_of(&told);
    assert_eq!(attributes(&site.page("/jobs/0"), "data-stage").len(), 200);
    assert_eq!(attributes(&site.page("/jobs/0?page=2"), "data-stage").len(), 50);
    let missing = words(&site.page("/jobs/1"));
    assert!(missing.contains("stage 1199 and 300 more."), "{missing}");
}

#[test]
fn executors_and_applications_are_paged() {
    let mut told = Told::application("app");
    for id in 1..=450 {
        told.executor(&id.to_string(), &json!({}));
    }
    let site = site_of(&told);
    let executors = site.page("/executors");
    assert_eq!(attributes(&executors, "data-executor").len(), 200);
    assert!(pager(&executors, "executors").contains("Page 1 of 3"));
    assert!(attributes(&site.page("/executors?page=3"), "data-executor").contains(&"450"));
    assert_eq!(attributes(&site.page("/applications?page=7"), "data-application"), ["app-1"]);
}

#[test]
fn a_page_that_cannot_be_is_refused_on_every_list() {
    let site = jobs(3);
    for path in ["/jobs", "/jobs/0", "/stages", "/executors", "/applications"] {
        for page in ["0", "-1", "x", "1e9"] {
            let answer = site.get(&format!("{path}?page={page}"));
            assert_eq!(answer.status, 400, "{path} {page}");
            let named = format!("The parameter “page” cannot be “{page}”: it is a number from 1.");
            assert!(words(&answer.body).contains(&named), "{path}: {}", words(&answer.body));
        }
        assert_eq!(site.get(&format!("{path}?page=18446744073709551615")).status, 200, "{path}");
    }
}

#[test]
fn a_stage_of_many_executors_lists_the_first_of_them_and_says_so() {
    let mut told = Told::application("app");
    told.job(0, "count", 250);
    for id in 0..250_i64 {
        let executor = Box::leak(id.to_string().into_boxed_str());
        told.succeed(&Task { executor, ..Task::new(0, id) });
    }
    let site = site_of(&told);
    let page = site.page("/stages/0/0?executor=249");
    let table = between(&page, "<details id=\"stage-executors\"", "</details>");
    assert_eq!(table.matches("<th scope=\"row\">").count(), 200);
    assert!(words(table).contains("250 executors worked on it"), "{}", words(table));
    assert!(words(table).contains("The first 200 executors of 250 are shown."), "{}", words(table));
    let form = between(&page, "<select name=\"executor\">", "</form>");
    assert_eq!(form.matches("<option").count(), 202, "all, 200 of them, and the one asked for");
    assert!(words(form).contains("the first 200 of 250 executors"), "{}", words(form));
    assert_eq!(attributes(&page, "data-task"), ["249"]);
}
