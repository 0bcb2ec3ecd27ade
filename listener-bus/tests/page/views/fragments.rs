//! The part of a page that changes.

use super::site::{Site, site_of};
use super::told::{Task, Told};

const MAIN: &[(&str, &str)] = &[("x-fragment", "main")];

fn site() -> Site {
    let mut told = Told::application("app");
    told.job(0, "count", 1);
    told.succeed(&Task::new(0, 1));
    site_of(&told)
}

#[test]
fn a_fragment_is_the_main_part_of_the_same_page_and_nothing_else() {
    let site = site();
    for path in
        ["/", "/jobs", "/jobs/0", "/stages", "/stages/0/0?sort=duration", "/executors", "/environment"]
    {
        let whole = site.page(path);
        let part = site.get_with(path, MAIN);
        assert_eq!(part.status, 200, "{path}");
        assert!(part.body.starts_with("<main id=\"main\"") && part.body.ends_with("</main>"), "{path}");
        assert!(whole.contains(&part.body), "{path}");
        assert_eq!(part.headers("vary")[0], "x-fragment");
        assert_eq!(part.headers("cache-control")[0], "no-store");
        assert_eq!(part.headers("content-type")[0], "text/html; charset=utf-8");
    }
}

#[test]
fn a_fragment_tells_which_version_it_is() {
    let mut told = Told::application("app");
    let site = site_of(&told);
    let version = || {
        let part = site.get_with("/jobs", MAIN).body;
        super::site::attributes(&part, "data-version")[0].to_owned()
    };
    let before = version();
    assert_eq!(before, told.store().version().to_string());
    assert_eq!(version(), before, "nothing has happened");
    told.job(0, "count", 1);
    assert_eq!(version(), told.store().version().to_string());
    assert_ne!(version(), before);
}

#[test]
fn a_refusal_has_a_fragment_too() {
    let part = site().get_with("/jobs/77", MAIN);
    assert_eq!(part.status, 404);
    assert!(part.body.starts_with("<main"));
}

#[test]
fn a_page_tells_what_it_changes_with() {
    let site = site();
    assert!(
        site.page("/").contains("data-follows=\"clock\""),
        "queues change while no event of the application comes"
    );
    assert!(site.page("/barriers").contains("data-follows=\"clock\""));
    assert!(site.page("/jobs").contains("data-follows=\"status\""));
}
