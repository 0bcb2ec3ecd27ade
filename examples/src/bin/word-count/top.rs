//! The most frequent words.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use barrier::{BarrierCoordinator, BarrierStage, SlotPool};
use commit_coordinator::files::Manifest;
use examples::pause::pause;

use crate::counts;
use crate::engine::Driver;
use crate::output::Output;

const TOP: usize = 10;

/// Words and their counts, the most frequent first; those as frequent as others by word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Top(pub(crate) Vec<(u64, String)>);

impl Top {
    fn add(&mut self, word: &[u8], count: u64) {
        if self.0.len() < TOP || self.0.last().is_some_and(|(last, _)| *last <= count) {
            self.0.push((count, String::from_utf8_lossy(word).into_owned()));
            self.0.sort_by(|(left, a), (right, b)| (Reverse(left), a).cmp(&(Reverse(right), b)));
            self.0.truncate(TOP);
        }
    }

    fn of_files(output: &Output, names: &[String]) -> anyhow::Result<Self> {
        let mut top = Self::default();
        names.iter().try_for_each(|name| output.read(name, |word, count| top.add(word, count)))?;
        Ok(top)
    }

    fn to_text(&self) -> anyhow::Result<String> {
        let mut text = Vec::new();
        for (count, word) in &self.0 {
            counts::write_line(&mut text, word.as_bytes(), *count)?;
        }
        Ok(String::from_utf8(text)?)
    }
}

/// Reads them from the output.
pub(crate) fn read(output: &Output, manifest: &Manifest) -> anyhow::Result<Top> {
    Top::of_files(output, &names(manifest))
}

/// The stage of the gang.
pub(crate) struct Gang {
    pub(crate) stage: (i32, &'static str),
    /// Tasks that come so much later to the exchange.
    pub(crate) late: BTreeMap<usize, Duration>,
}

/// What one task of the gang does.
struct Share {
    files: Vec<String>,
    late: Duration,
}

/// Has a gang of tasks read the output, each a share of its files, exchange what they found, and agree.
pub(crate) fn agree(
    driver: &Driver,
    barrier: &BarrierCoordinator,
    gang: Gang,
    output: &Output,
    manifest: &Manifest,
) -> anyhow::Result<Top> {
    let names = names(manifest);
    let executors = driver.executors.list();
    let Gang { stage: (id, name), late } = gang;
    let tasks = executors.values().sum::<usize>().min(names.len());
    let pool = executors
        .iter()
        .fold(SlotPool::builder(), |pool, (id, slots)| pool.executor(id.clone(), "localhost", *slots));
    let mut builder =
        BarrierStage::builder(barrier, &pool.build()?).stage_id(id).name(name).task_ids(&driver.task_ids);
    if let Some(poster) = &driver.events.poster {
        builder = builder.poster(poster.clone());
    }
    let shares = (0..tasks).map(|task| Share {
        files: names.iter().skip(task).step_by(tasks).cloned().collect(),
        late: late.get(&task).copied().unwrap_or_default(),
    });
    let (shares, output): (Vec<Share>, _) = (shares.collect(), output.clone());
    let tops = builder.build()?.map_partitions(shares, move |context, share| {
        let mine = Top::of_files(&output, &share.files)?.to_text()?;
        pause(share.late);
        let mut agreed = Top::default();
        for theirs in context.all_gather_text(mine)? {
            counts::read_lines(theirs.as_bytes(), |word, count| agreed.add(word, count))?;
        }
        anyhow::Ok(agreed)
    })?;
    ensure!(tops.windows(2).all(|pair| pair[0] == pair[1]), "the tasks of stage {id} do not agree");
    tops.into_iter().next().context("the gang has no task")
}

fn names(manifest: &Manifest) -> Vec<String> {
    manifest.files().map(|file| file.name.clone()).collect()
}
