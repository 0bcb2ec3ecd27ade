//! The table of tasks.

use super::site::{Site, attributes, between, site_of, words};
use super::told::{Task, Told};

fn site(tasks: i64) -> Site {
    let mut told = Told::application("app");
    told.job(0, "count", 1_000);
    for id in 0..tasks {
        let executor = if id % 2 == 0 { "1" } else { "10" };
        let task =
            Task { executor, launched: id, took: (id * 7) % 100 + 10, read: id % 13, ..Task::new(0, id) };
        match id % 10 {
            3 => told.fail(&task, &format!("Cannot read block {id}")),
            7 => told.kill(&task, "Stage cancelled"),
            9 if id > 50 => told.start(&task),
            _ => told.succeed(&task),
        }
    }
    site_of(&told)
}

/// The ids of the tasks that are shown, in order.
fn shown(page: &str) -> Vec<i64> {
    attributes(page, "data-task").into_iter().map(|id| id.parse().expect("it is a number")).collect()
}

fn duration(page: &str, task: i64) -> String {
    let row = between(page, &format!("data-task=\"{task}\""), "</tr>");
    words(row.split("<td").nth(5).expect("it is a column"))
}

#[test]
fn tasks_are_sorted_by_the_server_both_ways() {
    let site = site(60);
    let rising = site.page("/stages/0/0?sort=duration&desc=false&status=success");
    let falling = site.page("/stages/0/0?sort=duration&desc=true&status=success");
    let millis =
        |page: &str| -> Vec<i64> { shown(page).into_iter().map(|task| (task * 7) % 100 + 10).collect() };
    assert!(millis(&rising).is_sorted(), "{:?}", millis(&rising));
    assert!(millis(&falling).is_sorted_by(|one, other| one >= other), "{:?}", millis(&falling));
    assert!(duration(&rising, 0).ends_with("10 ms"), "{}", duration(&rising, 0));
    let head = between(&rising, "data-sort=\"duration\"", "</th>");
    assert!(head.contains("aria-sort=\"ascending\""), "{head}");
    let head = between(&falling, "data-sort=\"duration\"", "</th>");
    assert!(
        head.contains("aria-sort=\"descending\"") && head.contains("desc=false"),
        "a click turns it: {head}"
    );
    assert_eq!(falling.matches("aria-sort").count(), 1);
}

#[test]
fn every_column_sorts_and_none_loses_a_task() {
    let site = site(80);
    let page = site.page("/stages/0/0");
    let columns = attributes(&page, "data-sort");
    assert!(columns.contains(&"duration") && columns.contains(&"error") && columns.contains(&"input"));
    assert!(!columns.contains(&"shuffle-read"), "nothing was read there: {columns:?}");
    for column in columns {
        for desc in ["true", "false"] {
            let mut tasks = shown(&site.page(&format!("/stages/0/0?sort={column}&desc={desc}")));
            tasks.sort_unstable();
            assert_eq!(tasks, (0..80).collect::<Vec<_>>(), "{column}");
        }
    }
}

#[test]
fn tasks_are_filtered_by_state_executor_and_error() {
    let site = site(60);
    let ids = |query: &str| shown(&site.page(&format!("/stages/0/0?{query}")));
    assert_eq!(ids("status=failed"), [3, 13, 23, 33, 43, 53]);
    assert_eq!(ids("status=killed&executor=10"), [7, 17, 27, 37, 47, 57]);
    assert!(ids("status=failed&executor=1").is_empty());
    assert_eq!(ids("status=running"), [59]);
    assert_eq!(ids("text=BLOCK%203"), [3, 33], "the case of letters does not matter");
    assert_eq!(ids("status=all").len(), 60);
    let nothing = site.page("/stages/0/0?executor=nobody");
    assert!(nothing.contains("No task is like that."));
    assert!(nothing.contains("<option value=\"nobody\" selected>"), "the form shows what is asked for");
}

#[test]
fn a_filter_and_an_order_go_together() {
    let page = site(60).page("/stages/0/0?status=failed&sort=duration&desc=true&text=block");
    let form = between(&page, "id=\"task-filter\"", "</form>");
    assert!(
        form.contains("name=\"sort\" value=\"duration\"") && form.contains("name=\"desc\" value=\"true\"")
    );
    assert!(
        form.contains("<option value=\"failed\" selected>") && form.contains("name=\"text\" value=\"block\"")
    );
    let head = between(&page, "data-sort=\"gc\"", "</th>");
    assert!(head.contains("status=failed&amp;text=block"), "{head}");
}

#[test]
fn pages_hold_a_hundred_tasks_and_end_where_the_tasks_do() {
    let site = site(250);
    let page = |number: &str| site.page(&format!("/stages/0/0?page={number}"));
    assert_eq!(shown(&page("1")), (0..100).collect::<Vec<_>>());
    assert_eq!(shown(&page("2")), (100..200).collect::<Vec<_>>());
    assert_eq!(shown(&page("3")), (200..250).collect::<Vec<_>>());
    assert_eq!(shown(&page("4")), shown(&page("3")), "beyond the end is the last page");
    assert_eq!(shown(&page("18446744073709551615")), shown(&page("3")));
    let pager = |number: &str| words(between(&page(number), "aria-label=\"Pages of tasks\"", "</nav>"));
    assert!(pager("1").contains("Page 1 of 3 Next Last") && !pager("1").contains("Previous"));
    assert!(pager("3").contains("First Previous Page 3 of 3") && !pager("3").contains("Next"));
    assert!(!self::site(100).page("/stages/0/0").contains("Pages of tasks"), "one page needs no links");
}

#[test]
fn the_table_can_be_read_aloud() {
    let page = site(20).page("/stages/0/0");
    let table = between(&page, "<table id=\"tasks\">", "</table>");
    assert!(table.contains("<caption class=\"unseen\">Tasks</caption>"));
    assert_eq!(table.matches("<th ").count(), table.matches("scope=\"col\"").count());
}
