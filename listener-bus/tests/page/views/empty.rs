//! Pages about nothing say so.

use listener_bus::LiveListenerBus;
use listener_bus::coordination::{BarrierRounds, CommitDecisions, CommitsSnapshot, WaitingRound};
use listener_bus::page::StatusPage;

use super::site::{serve, words};
use super::told::Told;

struct Nobody;

impl BarrierRounds for Nobody {
    fn waiting_rounds(&self) -> Vec<WaitingRound> {
        Vec::new()
    }
}

impl CommitDecisions for Nobody {
    fn commits(&self) -> CommitsSnapshot {
        CommitsSnapshot::default()
    }
}

#[test]
fn before_the_first_event_every_page_has_words() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let page = StatusPage::builder().scheduler_bus(&bus).unwrap();
    let site = serve(page.barriers(Nobody).commits(Nobody));
    for path in ["/jobs", "/stages", "/executors", "/environment", "/applications", "/jobs/1", "/stages/1/0"]
    {
        assert!(site.page(path).contains("No application has started yet."), "{path}");
    }
    assert!(site.page("/").contains("Nobody waits at a barrier."));
    assert!(site.page("/").contains("nobody has asked to commit yet."));
    assert!(site.page("/barriers").contains("Nobody waits at a barrier."));
    assert!(site.page("/commits").contains("Nobody was denied."));
}

#[test]
fn a_page_that_was_given_nothing_says_what_is_missing() {
    let site = serve(StatusPage::builder());
    assert!(site.page("/").contains("No bus is watched here."));
    assert!(words(&site.page("/jobs")).contains("nothing is known of applications"));
    assert!(site.page("/barriers").contains("No barrier coordinator is watched here."));
    assert!(site.page("/commits").contains("No commit coordinator is watched here."));
}

#[test]
fn an_application_that_did_nothing_yet_says_so() {
    let site = super::site::site_of(&Told::application("quiet"));
    assert!(site.page("/jobs").contains("No job has started yet."));
    assert!(site.page("/stages").contains("No stage is known yet."));
    assert!(site.page("/executors").contains("No executor has come yet."));
    assert!(site.page("/environment").contains("No settings have been told yet."));
}

#[test]
fn a_stage_without_tasks_says_so() {
    let mut told = Told::application("early");
    told.job(0, "count", 4);
    let page = super::site::site_of(&told).page("/stages/0/0");
    assert!(page.contains("No task has started yet."));
    assert!(page.contains("No task has done its work yet."));
    assert!(!page.contains("task-timeline"), "there is nothing to draw");
}
