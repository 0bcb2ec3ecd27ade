//! Looks at the status page of a slow word count with a real browser: what must move moves without a reload, what can be
//! sorted and filtered is, nobody is shut out, and nothing is complained about.
//!
//! `browser WORD_COUNT TEXT AXE SCREENSHOTS`: the program, what it counts, axe-core's script, a folder.

mod accessibility;
mod browser;
mod live;
mod screenshots;
mod tasks;
mod word_count;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use browser::{Browser, DARK, LIGHT, PHONE};
use word_count::WordCount;

/// Every wait ends after this: then something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);
/// So does the word count.
const RUN_WITHIN: Duration = Duration::from_mins(3);

/// The views, and what a picture of one is called.
const VIEWS: [(&str, &str); 9] = [
    ("bus", ""),
    ("jobs", "jobs"),
    ("job", "jobs/0"),
    ("stages", "stages"),
    ("stage", "stages/0/0"),
    ("executors", "executors"),
    ("environment", "environment"),
    ("barriers", "barriers"),
    ("commits", "commits"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let mut next = |what: &str| paths.next().with_context(|| format!("{what} is not named"));
    let (program, text) = (next("the word count")?, next("the text")?);
    let axe = fs::read_to_string(next("axe-core")?).context("cannot read axe-core")?;
    let folder = next("the folder for screenshots")?;
    fs::create_dir_all(&folder)?;
    let browser = Browser::start().await?;
    let mut word_count = WordCount::start(&program, &text).await?;
    watch(&browser, &word_count.url, &folder).await?;
    word_count.counted().await?;
    look_around(&browser, &word_count.url, &axe).await?;
    word_count.stop().await?;
    live::tells_of_the_end(&browser).await?;
    browser.end().await
}

/// What there is to see while words are counted.
async fn watch(browser: &Browser, url: &str, folder: &Path) -> anyhow::Result<()> {
    live::drops_rise(browser, url).await?;
    live::progress_moves(browser, url).await?;
    tasks::sort(browser, url).await?;
    tasks::filter_failures(browser, url).await?;
    no_complaints(browser, "the live page").await?;
    screenshots::take(browser, url, folder, &["bus", "jobs", "stage", "executors"]).await?;
    live::gang_waits(browser, url).await?;
    screenshots::take(browser, url, folder, &["barriers", "commits"]).await
}

/// Each view as each kind of user sees it.
async fn look_around(browser: &Browser, url: &str, axe: &str) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for screen in [LIGHT, DARK, PHONE] {
        browser.show_as(screen).await?;
        for (name, path) in VIEWS {
            let view = format!("{name}, {}", screen.name);
            browser.client.goto(&format!("{url}{path}")).await?;
            faults.extend(no_complaints(browser, &view).await.err());
            faults.extend(fits(browser, &view).await.err());
            faults.extend(accessibility::check(browser, axe, &view).await.err());
            // What axe-core does to the page is not the page's fault.
            browser.complaints().await?;
        }
    }
    let faults: Vec<_> = faults.iter().map(|fault| format!("{fault:#}")).collect();
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    println!("ok: {} views are accessible, fit, and raise no complaint", VIEWS.len());
    Ok(())
}

async fn no_complaints(browser: &Browser, view: &str) -> anyhow::Result<()> {
    let complaints = browser.complaints().await?;
    ensure!(complaints.is_empty(), "{view}: the browser complains: {}", complaints.join("\n"));
    Ok(())
}

/// Nothing is wider than the window.
async fn fits(browser: &Browser, view: &str) -> anyhow::Result<()> {
    let widths = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]").await?;
    ensure!(widths[0].as_u64() <= widths[1].as_u64(), "{view} is wider than its window: {widths}");
    Ok(())
}
