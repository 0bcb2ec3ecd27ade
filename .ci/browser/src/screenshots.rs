//! Pictures of the views.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use fantoccini::Locator;

use crate::VIEWS;
use crate::browser::{Browser, DARK, LIGHT, PHONE};

/// They are kept with the source.
const MOST_BYTES: usize = 150_000;

/// Takes a picture of each view on each kind of screen.
pub(crate) async fn take(browser: &Browser, url: &str, folder: &Path, names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        let (_, path) =
            VIEWS.iter().find(|(view, _)| view == name).with_context(|| format!("no view {name}"))?;
        browser.client.goto(&format!("{url}{path}")).await?;
        for screen in [LIGHT, DARK, PHONE] {
            browser.show_as(screen).await?;
            browser.client.wait().at_most(crate::PATIENCE).for_element(Locator::Css("main")).await?;
            let picture = browser.screenshot().await?;
            let file = folder.join(format!("page-{name}-{}.png", screen.name));
            ensure!(picture.len() <= MOST_BYTES, "{} has {} bytes", file.display(), picture.len());
            fs::write(&file, picture).with_context(|| format!("cannot write {}", file.display()))?;
        }
        browser.show_as(LIGHT).await?;
    }
    println!("ok: pictures of {}", names.join(", "));
    Ok(())
}
