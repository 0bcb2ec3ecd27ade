//! What axe-core finds wrong with a view.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::browser::Browser;

/// Runs axe-core, and answers what it finds.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        found => done(found.violations.map(one => ({
            impact: one.impact, id: one.id, help: one.help,
            nodes: one.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary),
        }))),
        error => done([{ impact: 'critical', id: 'axe', help: String(error), nodes: [] }]),
    );";

/// The faults that keep nobody from using the page are told, the others are errors.
pub(crate) async fn check(browser: &Browser, axe: &str, view: &str) -> anyhow::Result<()> {
    browser.script(axe).await.context("axe-core does not load")?;
    let found = browser.client.execute_async(RUN, Vec::new()).await.context("axe-core does not run")?;
    let found = found.as_array().context("axe-core answers no list")?;
    let (grave, slight): (Vec<_>, Vec<_>) = found.iter().partition(|fault| is_grave(fault));
    for fault in slight {
        println!("  {view}: {}", told(fault));
    }
    let grave: Vec<_> = grave.into_iter().map(told).collect();
    ensure!(grave.is_empty(), "{view} is hard to use: {}", grave.join("\n"));
    Ok(())
}

fn is_grave(fault: &Value) -> bool {
    matches!(fault["impact"].as_str(), Some("serious" | "critical"))
}

/// A fault, with the first element that has it.
fn told(fault: &Value) -> String {
    let [impact, id, help] = ["impact", "id", "help"].map(|field| fault[field].as_str().unwrap_or_default());
    let elements = fault["nodes"].as_array().map_or(0, Vec::len);
    format!("{impact}: {id}: {help}: {elements} elements, the first is {}", fault["nodes"][0])
}
