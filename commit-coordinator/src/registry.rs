//! Which stages there are, and which there were.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use listener_bus::events::{PartitionId, StageId};
use papaya::{HashMap, HashMapRef, LocalGuard};
use rustc_hash::FxBuildHasher;

use crate::numbers::Numbers;
use crate::permit::FencingToken;
use crate::stage::{Remains, Stage};
use crate::sync::{Mutex, lock};
use crate::verdict::{DenialReason, StageStartError};

/// How many stages that have ended are remembered, to tell them from those never started.
const REMEMBERED: usize = 10_000;

type Stages = HashMap<StageId, Arc<Stage>, FxBuildHasher>;
pub(crate) type Look<'a> = HashMapRef<'a, StageId, Arc<Stage>, FxBuildHasher, LocalGuard<'a>>;

/// Stages by id. Whoever asks does not wait for those who start and end stages.
pub(crate) struct Registry {
    /// No other registry of this process has it.
    number: u64,
    stages: Stages,
    /// Rises after each change of the stages.
    version: AtomicU64,
    /// Changed by those who start and end stages, one at a time.
    history: Mutex<History>,
}

struct History {
    ended: HashSet<StageId>,
    /// The same, the oldest first.
    by_age: VecDeque<StageId>,
    /// No stage that has ended had a greater token.
    last_token: FencingToken,
    is_stopped: bool,
    /// What stages that have ended have counted, and what belongs to none.
    numbers: Numbers,
}

/// The stage that a thread has asked for last: it asks for the same one again, in most cases, and finds it here without
/// writing to memory that it shares with others.
struct Last {
    registry: u64,
    version: u64,
    stage: Arc<Stage>,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

static NEXT_REGISTRY: AtomicU64 = AtomicU64::new(0);

impl Registry {
    /// No stage; tokens are greater than `last_token`.
    pub(crate) fn new(last_token: FencingToken) -> Self {
        let history = Mutex::new(History {
            ended: HashSet::new(),
            by_age: VecDeque::new(),
            last_token,
            is_stopped: false,
            numbers: Numbers::default(),
        });
        let number = NEXT_REGISTRY.fetch_add(1, Ordering::Relaxed);
        Self { number, stages: Stages::default(), version: AtomicU64::new(0), history }
    }

    /// Looks at the stage that this thread has asked for last, if it is this one and the stages have not changed since.
    #[expect(clippy::inline_always, reason = "as `Core::decide`")]
    #[inline(always)]
    pub(crate) fn with_last<T>(&self, id: StageId, look: impl FnOnce(&Arc<Stage>) -> Option<T>) -> Option<T> {
        // Whoever was told of a change sees the version after it.
        let version = self.version.load(Ordering::Acquire);
        let looked = LAST.try_with(|last| {
            let last = last.try_borrow().ok()?;
            let Last { registry, version: seen, stage } = last.as_ref()?;
            let is_it = stage.id() == id && *seen == version && *registry == self.number;
            if is_it { look(stage) } else { None }
        });
        // A thread that ends remembers nothing any more.
        looked.ok()?
    }

    /// Finds a stage, and remembers it as the one that this thread has asked for last.
    pub(crate) fn find(&self, id: StageId) -> Option<Arc<Stage>> {
        let version = self.version.load(Ordering::Acquire);
        let stage = self.stages.pin().get(&id).cloned()?;
        let last = Last { registry: self.number, version, stage: Arc::clone(&stage) };
        let before = LAST.try_with(|before| before.try_borrow_mut().ok()?.replace(last));
        drop(before);
        Some(stage)
    }

    /// The stages have changed.
    fn changed(&self) {
        self.version.fetch_add(1, Ordering::Release);
    }

    /// A look at the stages, for as long as it is kept.
    #[inline]
    pub(crate) fn look(&self) -> Look<'_> {
        self.stages.pin()
    }

    /// All stages at this moment.
    pub(crate) fn stages(&self) -> Vec<Arc<Stage>> {
        self.stages.pin().values().cloned().collect()
    }

    /// All stages, and what was counted in them and before.
    pub(crate) fn survey(&self) -> (Vec<Arc<Stage>>, Numbers) {
        // While no stage ends, so that none is counted twice, or not at all.
        let history = lock(&self.history);
        let stages = self.stages();
        let mut numbers = history.numbers.clone();
        for stage in &stages {
            numbers += &stage.numbers();
        }
        (stages, numbers)
    }

    pub(crate) fn contains(&self, stage: StageId) -> bool {
        self.stages.pin().contains_key(&stage)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stages.pin().is_empty()
    }

    /// Counts a denial that no stage counts.
    pub(crate) fn denied(&self, reason: &DenialReason) {
        lock(&self.history).numbers.denied(reason);
    }

    /// Why nothing is known of a stage that is not there.
    pub(crate) fn why_absent(&self, stage: StageId) -> DenialReason {
        let history = lock(&self.history);
        if history.is_stopped {
            DenialReason::Stopped
        } else if history.ended.contains(&stage) {
            DenialReason::StageEnded
        } else {
            DenialReason::UnknownStage
        }
    }

    /// Starts a stage; one that has been started before stays as it is. Answers whether it is new.
    pub(crate) fn start(&self, stage: StageId, max_partition: PartitionId) -> Result<bool, StageStartError> {
        let history = lock(&self.history);
        if history.is_stopped {
            return Err(StageStartError::Stopped { stage_id: stage });
        }
        let stages = self.stages.pin();
        let Some(before) = stages.get(&stage) else {
            stages.insert(stage, Arc::new(Stage::new(stage, max_partition, history.last_token)));
            self.changed();
            return Ok(true);
        };
        if before.max_partition() != max_partition {
            let (max_partition_id, asked) = (before.max_partition(), max_partition);
            return Err(StageStartError::PartitionsDiffer { stage_id: stage, max_partition_id, asked });
        }
        match before.aborted() {
            Some(reason) => Err(StageStartError::Aborted { stage_id: stage, reason }),
            None => Ok(false),
        }
    }

    /// Ends a stage, if there is one. Whoever waits for it is to be woken.
    pub(crate) fn end(&self, stage: StageId) -> Option<Remains> {
        let mut history = lock(&self.history);
        let stages = self.stages.pin();
        let ended = Arc::clone(stages.get(&stage)?);
        // Remembered before it is gone, and gone before whoever waits asks again.
        history.remember(stage);
        stages.remove(&stage);
        self.changed();
        Some(history.end(&ended, &DenialReason::StageEnded))
    }

    /// Ends all stages, and starts no more. Whoever waits for them is to be woken.
    pub(crate) fn stop(&self) -> Vec<Remains> {
        let mut history = lock(&self.history);
        history.is_stopped = true;
        let stages = self.stages.pin();
        let all: Vec<_> = stages.values().cloned().collect();
        stages.clear();
        self.changed();
        all.iter().map(|stage| history.end(stage, &DenialReason::Stopped)).collect()
    }
}

impl History {
    fn remember(&mut self, stage: StageId) {
        if !self.ended.insert(stage) {
            return;
        }
        self.by_age.push_back(stage);
        if self.by_age.len() > REMEMBERED
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.ended.remove(&oldest);
        }
    }

    fn end(&mut self, stage: &Stage, reason: &DenialReason) -> Remains {
        let remains = stage.end(reason);
        self.last_token = self.last_token.max(remains.last_token);
        self.numbers += &remains.numbers;
        remains
    }
}
