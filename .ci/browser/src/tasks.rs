//! The tasks of a stage: sorted and filtered as a user does it.

use anyhow::{Context as _, ensure};
use fantoccini::Locator;
use serde_json::Value;

use crate::browser::{Browser, wait_for};
use crate::live::{is_not_reloaded, open};
use crate::word_count::FAILURES;

/// How the durations are sorted, and what the API tells of the tasks that are shown and over, in this order.
const DURATIONS: &str = r#"
    const done = arguments[arguments.length - 1];
    const head = document.querySelector('table#tasks th[data-sort="duration"]');
    const rows = [...document.querySelectorAll('table#tasks tr[data-task]')].map(row => Number(row.dataset.task));
    const api = new URL('../../api/v1/applications/', document.location);
    const json = async path => (await fetch(new URL(path, api))).json();
    (async () => {
        const [application] = await json('../applications');
        const tasks = await json(`${application.id}/stages/0/0/taskList?length=1000`);
        const took = new Map(tasks.filter(task => task.status !== 'RUNNING').map(task => [task.taskId, task.duration]));
        done({
            sort: head?.getAttribute('aria-sort') ?? 'none',
            values: rows.filter(row => took.has(row)).map(row => took.get(row)),
        });
    })();"#;
/// Rows, and those of attempts that failed.
const FAILED: &str = "
    const rows = [...document.querySelectorAll('table#tasks tr[data-task]')];
    return [rows.length, rows.filter(row => /failed/i.test(row.textContent)).length];";

/// The tasks can be sorted, both ways.
pub(crate) async fn sort(browser: &Browser, url: &str) -> anyhow::Result<()> {
    open(browser, url).await?;
    // As a user gets there: from the list of stages.
    browser.client.find(Locator::Css(r#"nav a[href$="stages"]"#)).await?.click().await?;
    let stage = wait_for("a link to the stage", async || {
        Ok(browser.client.find_all(Locator::Css(r#"main a[href*="stages/0/0"]"#)).await?.into_iter().next())
    });
    stage.await?.click().await?;
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..2 {
        let link = wait_for("the heading of the durations", async || {
            let links =
                browser.client.find_all(Locator::Css(r#"table#tasks th[data-sort="duration"] a"#)).await?;
            Ok(links.into_iter().next())
        });
        link.await?.click().await?;
        let (sort, values) = wait_for("the tasks are sorted anew", async || {
            let (sort, values) = durations(browser).await?;
            Ok((sort != "none" && !seen.contains(&sort)).then_some((sort, values)))
        })
        .await?;
        ensure!(values.len() > 1, "there are no tasks to sort");
        ensure!(is_sorted(&sort, &values), "{sort}, they say: {values:?}");
        seen.push(sort);
    }
    println!("ok: the tasks are sorted by duration, {}", seen.join(" and "));
    Ok(())
}

/// The failures can be filtered, and the page keeps to it while it lives on.
pub(crate) async fn filter_failures(browser: &Browser, url: &str) -> anyhow::Result<()> {
    open(browser, &format!("{url}stages/0/0")).await?;
    let status = browser.client.find(Locator::Css(r#"form#task-filter select[name="status"]"#)).await?;
    let options = browser.script(
        "return [...document.querySelectorAll('form#task-filter select[name=\"status\"] option')].map(one => one.value)",
    );
    let options = options.await?;
    let mut values = options.as_array().into_iter().flatten().filter_map(Value::as_str);
    let failed =
        values.find(|value| value.to_lowercase().contains("fail")).context("no filter for failures")?;
    status.select_by_value(failed).await?;
    browser.client.find(Locator::Css(r#"form#task-filter [type="submit"]"#)).await?.click().await?;
    // Clicking has loaded another page.
    wait_for("the filtered page", async || {
        Ok((browser.client.current_url().await?.query().is_some_and(|query| query.contains(failed)))
            .then_some(()))
    })
    .await?;
    browser.script("window.notReloaded = true").await?;
    wait_for("all failures, and nothing else", async || {
        let rows = browser.script(FAILED).await?;
        ensure!(rows[0] == rows[1], "there are rows of other tasks: {rows}");
        Ok((rows[0] == FAILURES).then_some(()))
    })
    .await?;
    println!("ok: the failures alone are shown, also those that come later");
    is_not_reloaded(browser).await
}

async fn durations(browser: &Browser) -> anyhow::Result<(String, Vec<f64>)> {
    let told = browser.client.execute_async(DURATIONS, Vec::new()).await?;
    let values = told["values"].as_array().context("no durations")?;
    let values = values.iter().map(|value| value.as_f64().context("a duration is no number"));
    Ok((told["sort"].as_str().unwrap_or("none").to_owned(), values.collect::<Result<_, _>>()?))
}

fn is_sorted(sort: &str, values: &[f64]) -> bool {
    match sort {
        "ascending" => values.is_sorted(),
        "descending" => values.iter().rev().is_sorted(),
        _ => false,
    }
}
