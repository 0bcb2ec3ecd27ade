//! What comes with events is text, whatever it looks like.

use serde_json::json;

use super::site::{attributes, site_of};
use super::told::{Task, Told};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u{202e}gnp.exe";

fn told() -> Told {
    let mut told = Told::application(HOSTILE);
    told.environment(&json!({HOSTILE: HOSTILE}));
    let logs = json!({"good": "https://host/log?a=1&b=\"2\"", "evil": "javascript:alert(1)", HOSTILE: "data:text/html,x"});
    told.executor("1", &logs);
    told.executor(HOSTILE, &json!({}));
    told.job(0, HOSTILE, 4);
    told.fail(&Task::new(0, 1), HOSTILE);
    told.fail(&Task::new(0, 2), &format!("{HOSTILE}\nsecond line {HOSTILE}"));
    told.kill(&Task::new(0, 3), HOSTILE);
    let exception = json!({"Message": HOSTILE, "Stack Trace": []});
    told.end_job(0, &json!({"Result": "JobFailed", "Exception": exception}));
    told
}

#[test]
fn hostile_names_stay_text_on_every_page() {
    let site = site_of(&told());
    for path in
        ["/", "/jobs", "/jobs/0", "/stages", "/stages/0/0", "/executors", "/environment", "/applications"]
    {
        let page = site.page(path);
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(!page.contains("<img"), "{path}");
        let handlers = attributes(&page, "onerror");
        assert!(handlers.is_empty(), "{path}: {handlers:?}");
        if path != "/" {
            assert!(page.contains("&lt;script&gt;alert(1)"), "{path} shows the name");
            assert!(page.contains("&amp;amp;"), "{path} shows what was escaped before as it is");
        }
    }
}

#[test]
fn what_may_turn_the_direction_of_the_text_is_kept_apart() {
    let page = site_of(&told()).page("/jobs");
    let isolated = page.matches("\u{202e}").count();
    assert!(isolated > 2);
    assert!(page.contains("gnp.exe</bdi>"));
}

#[test]
fn hostile_parameters_stay_text() {
    let site = site_of(&told());
    let encoded = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%3E";
    for path in ["/stages/0/0?sort=", "/jobs?app=", "/jobs/", "/stages/0/0?text=", "/stages/0/0?executor="] {
        let body = site.get(&format!("{path}{encoded}")).body;
        assert!(!body.contains("<script>alert"), "{path}");
        assert!(!body.contains("</script>\">"), "{path}: an attribute is left");
    }
}

#[test]
fn only_addresses_that_a_browser_opens_become_links() {
    let page = site_of(&told()).page("/executors");
    assert!(page.contains("href=\"https://host/log?a=1&amp;b=&quot;2&quot;\" rel=\"noreferrer noopener\""));
    let links = attributes(&page, "href");
    assert!(
        !links.iter().any(|link| link.starts_with("javascript") || link.starts_with("data:text")),
        "{links:?}"
    );
    assert!(page.contains(">evil</bdi>"), "its name is shown");
}

#[test]
fn no_page_has_script_or_style_of_its_own() {
    let site = site_of(&told());
    for path in ["/", "/jobs", "/stages/0/0", "/executors"] {
        let page = site.page(path);
        assert!(!page.contains("<style") && attributes(&page, "style").is_empty(), "{path}");
        assert!(page.matches("<script").count() == page.matches("<script src=").count(), "{path}");
        assert!(attributes(&page, "onclick").is_empty());
    }
}

#[test]
fn secrets_are_not_shown() {
    let mut told = Told::application("careful");
    told.environment(&json!({"spark.my.password": "sesame-1", "spark.app.name": "careful"}));
    let page = site_of(&told).page("/environment");
    assert!(page.contains("spark.my.password") && !page.contains("sesame-1"));
    assert!(page.contains("redacted"));
}
