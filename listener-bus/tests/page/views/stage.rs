//! A stage, its distributions, its failures and its skew.

use super::site::{between, site_of, words};
use super::told::{Task, Told};

#[test]
fn quantiles_are_those_of_the_tasks_that_did_their_work() {
    let mut told = Told::application("app");
    told.job(0, "count", 6);
    for (id, took) in [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)] {
        told.succeed(&Task { took, read: took << 20, ..Task::new(0, id) });
    }
    told.fail(&Task { took: 9_000, ..Task::new(0, 6) }, "oops");
    let page = site_of(&told).page("/stages/0/0");
    let table = words(between(&page, "<table id=\"quantiles\">", "</table>"));
    assert!(table.contains("Duration 10 ms 20 ms 30 ms 40 ms 50 ms"), "{table}");
    assert!(table.contains("Input 10 MiB 20 MiB 30 MiB 40 MiB 50 MiB"), "{table}");
    assert!(!table.contains("Shuffle"), "what is 0 everywhere is left out: {table}");
}

#[test]
fn failures_are_grouped_by_reason_with_counts() {
    let mut told = Told::application("app");
    told.job(0, "count", 100);
    for id in 0..30 {
        let executor = if id % 2 == 0 { "1" } else { "2" };
        told.fail(
            &Task { executor, ..Task::new(0, id) },
            &format!("could not read block {id} of x\n\tat y.Z"),
        );
    }
    for id in 30..35 {
        told.kill(&Task::new(0, id), "another attempt succeeded");
    }
    told.fail(&Task::new(0, 35), "");
    let site = site_of(&told);
    let page = site.page("/stages/0/0");
    let table = between(&page, "<table id=\"failures\">", "</table>");
    let rows: Vec<_> = table.split("<tr>").skip(2).map(words).collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("30 failed could not read block 0 of x"), "{rows:?}");
    assert!(rows[0].ends_with("1 , 2"), "{rows:?}");
    assert_eq!(rows[1], "5 killed another attempt succeeded 1");
    assert!(rows[2].starts_with("1 failed no reason was given"), "{rows:?}");
    let link = between(table, "href=\"", "\"").replace("&amp;", "&");
    let (query, _) = link.split_once('#').expect("it leads to the tasks");
    let filtered = site.page(&format!("/stages/0/0{query}"));
    assert!(words(&filtered).contains("Tasks 30 of 36"), "{link}");
}

#[test]
fn slow_tasks_are_marked_and_the_measure_is_told() {
    let mut told = Told::application("app");
    told.job(0, "count", 20);
    for id in 0..19 {
        told.succeed(&Task { took: 100, ..Task::new(0, id) });
    }
    let even = site_of(&told).page("/stages/0/0");
    assert!(!even.contains("id=\"skew\""), "all alike is no skew");
    told.succeed(&Task { took: 5_000, read: 1 << 30, ..Task::new(0, 19) });
    let page = site_of(&told).page("/stages/0/0");
    assert!(page.contains("data-slow=\"1\""));
    let text = words(&page);
    assert!(text.contains("Skew: 1 task is slow. Slow means more than 2 times the median"), "{text}");
    assert!(
        text.contains(
            "(100 ms), and 100 ms longer at least. The longest of these took 5.0 s, 50 times the median."
        ),
        "{text}"
    );
    assert!(text.contains("the task that read most has read 1.0 GiB"), "{text}");
    let row = between(&page, "data-task=\"19\"", "</tr>");
    assert!(row.contains("slow") && !between(&page, "data-task=\"18\"", "</tr>").contains("slow"));
}

#[test]
fn no_more_than_a_thousand_tasks_are_drawn_and_the_rest_is_told() {
    let mut told = Told::application("app");
    told.job(0, "count", 1_500);
    for id in 0..1_500 {
        told.succeed(&Task { launched: id * 10, took: 5, ..Task::new(0, id) });
    }
    let page = site_of(&told).page("/stages/0/0");
    let drawing = between(&page, "<details id=\"task-timeline\"", "</details>");
    assert_eq!(drawing.matches("<title>Task ").count(), 1_000);
    assert!(
        !drawing.contains("Task 499,") && drawing.contains("Task 500,") && drawing.contains("Task 1499,")
    );
    assert!(words(drawing).contains("The 1 000 latest tasks are drawn, 500 earlier ones are not."));
    assert!(
        drawing.contains("role=\"img\" aria-label=\"1\u{202f}000 tasks on 1 executor over"),
        "it has a text"
    );
}

#[test]
fn a_job_shows_how_far_it_is() {
    let mut told = Told::application("app");
    told.job(0, "count", 4);
    told.succeed(&Task::new(0, 0));
    told.start(&Task::new(0, 1));
    told.fail(&Task::new(0, 2), "oops");
    let site = site_of(&told);
    let jobs = site.page("/jobs");
    let row = between(&jobs, "<tr id=\"job-0\" data-job=\"0\">", "</tr>");
    assert!(row.contains("<progress max=\"4\" value=\"1\" aria-label=\"Tasks done of job 0\">"), "{row}");
    assert!(words(row).contains("1 of 4, 1 running, 1 failed"), "{row}");
    assert!(jobs.contains("<title>Job 0, "), "it is in the timeline");
    let job = words(&site.page("/jobs/0"));
    assert!(job.contains("Job 0 running") && job.contains("Says count"), "{job}");
    told.end_stage(0, "count", 4);
    told.end_job(0, &serde_json::json!({"Result": "JobSucceeded"}));
    let done = words(&site_of(&told).page("/jobs"));
    assert!(done.contains("Completed 1") && !done.contains("Running 1"), "{done}");
}
