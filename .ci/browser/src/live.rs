//! What moves by itself: the page is loaded once, and stays the same document with the same elements.

use anyhow::{Context as _, ensure};
use fantoccini::Locator;
use fantoccini::elements::Element;

use crate::browser::{Browser, wait_for};

const DROPPED: &str = r#"[data-queue="shared"] [data-field="dropped"]"#;
const PROGRESS: &str = r#"tr[data-job="0"] progress"#;
/// A look at a value, and two more that must be higher.
const RISES: usize = 2;

/// The drops of the slow listener's queue rise.
pub(crate) async fn drops_rise(browser: &Browser, url: &str) -> anyhow::Result<()> {
    open(browser, url).await?;
    rises(browser, DROPPED, "data-value", "the drops of the slow queue").await
}

/// The progress bar of the job moves.
pub(crate) async fn progress_moves(browser: &Browser, url: &str) -> anyhow::Result<()> {
    open(browser, &format!("{url}jobs")).await?;
    rises(browser, PROGRESS, "value", "the progress of the job").await
}

/// A gang whose last task is late is shown, and with it who is missing.
pub(crate) async fn gang_waits(browser: &Browser, url: &str) -> anyhow::Result<()> {
    open(browser, &format!("{url}barriers")).await?;
    wait_for("a round that is waited for", async || {
        Ok(browser.client.find_all(Locator::Css("#barrier-rounds tbody tr")).await?.into_iter().next())
    })
    .await?;
    println!("ok: a round that is waited for is shown");
    is_not_reloaded(browser).await
}

/// A page whose program is gone says so.
pub(crate) async fn tells_of_the_end(browser: &Browser) -> anyhow::Result<()> {
    let told = wait_for("the page tells that the program is gone", async || {
        let connection = browser.client.find(Locator::Css("#connection")).await?.text().await?;
        Ok(connection.to_lowercase().contains("lost").then_some(connection))
    });
    println!("ok: when the program has ended, the page says {:?}", told.await?);
    Ok(())
}

/// Opens a page, and leaves a mark that no reload leaves there.
pub(crate) async fn open(browser: &Browser, url: &str) -> anyhow::Result<()> {
    browser.client.goto(url).await?;
    browser.script("window.notReloaded = true").await?;
    wait_for("the page is live", async || {
        let connection = browser.client.find(Locator::Css("#connection")).await?.text().await?;
        Ok(connection.to_lowercase().contains("live").then_some(()))
    })
    .await
}

/// The page is the document that was opened.
pub(crate) async fn is_not_reloaded(browser: &Browser) -> anyhow::Result<()> {
    let mark = browser.script("return window.notReloaded === true").await?;
    ensure!(mark == true, "the page was loaded anew");
    Ok(())
}

/// An attribute of one and the same element rises more than once.
async fn rises(browser: &Browser, css: &str, attribute: &str, what: &str) -> anyhow::Result<()> {
    let element =
        wait_for(what, async || Ok(browser.client.find_all(Locator::Css(css)).await?.into_iter().next()));
    let element = element.await?;
    let mut seen = vec![number(&element, attribute).await?];
    while seen.len() <= RISES {
        let last = seen.last().copied().unwrap_or_default();
        // An element that was replaced is stale, and an error.
        let higher =
            wait_for(what, async || Ok(Some(number(&element, attribute).await?).filter(|now| *now > last)));
        seen.push(higher.await?);
    }
    println!("ok: without a reload, {what} went up: {seen:?}");
    is_not_reloaded(browser).await
}

async fn number(element: &Element, attribute: &str) -> anyhow::Result<f64> {
    let value = element.attr(attribute).await?.with_context(|| format!("no attribute {attribute}"))?;
    value.parse().with_context(|| format!("{attribute}={value:?} is no number"))
}
