//! The job: a map stage, a reduce stage, the commit of the output, and its top words.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use barrier::{BarrierCoordinator, TaskIds};
use commit_coordinator::files::{ExistingOutput, Manifest};
use commit_coordinator::{OutputCommitCoordinator, UnknownOutcome};
use examples::serving::Serving;
use listener_bus::events::{ExecutorId, StageId, StageInfo, TaskType};
use listener_bus::page::StatusPage;
use listener_bus::{LiveListenerBus, SchedulerEvent};

use crate::args::{Args, FaultArgs};
use crate::bus::{Bus, Left};
use crate::engine::{Driver, Events, Executors, Faults, Speculation, Stage, millis};
use crate::input::{self, Piece};
use crate::output::Output;
use crate::shuffle::MapOutput;
use crate::top::{self, Gang, Top};
use crate::work::{self, Clock};

const MAP: i32 = 0;
const REDUCE: i32 = 1;
const AGREE: (i32, &str) = (2, "top words");

/// What there is to tell.
pub(crate) struct Summary {
    pub(crate) outcome: anyhow::Result<Counted>,
    pub(crate) bus: Left,
    pub(crate) clock: Arc<Clock>,
    pub(crate) events: (u64, Duration),
    pub(crate) took: Duration,
}

/// Words that have been counted.
pub(crate) struct Counted {
    pub(crate) top: Top,
    pub(crate) manifest: Manifest,
    pub(crate) folder: PathBuf,
}

struct Job {
    args: Args,
    driver: Driver,
    barrier: BarrierCoordinator,
    output: Output,
    clock: Arc<Clock>,
}

/// Counts; an error comes before any work, a failure is in the summary.
pub(crate) fn run(args: Args, serving: &mut Serving) -> anyhow::Result<Summary> {
    args.check()?;
    let files = input::find(&args.input)?;
    let text = input::split(&files, args.engine.tasks());
    let began = Instant::now();
    let app_id = format!("word-count-{}", millis());
    let bus = if args.events.no_events { None } else { Some(Bus::start(&app_id, &args.events)?) };
    let mut job = Job::set_up(args, &app_id, bus.as_ref().map(|bus| &bus.live), serving)?;
    let outcome = job.run(text);
    job.driver.events.application_end();
    let took = began.elapsed();
    let Job { driver, clock, .. } = job;
    let events = (driver.events.posted, driver.events.took);
    drop(driver);
    let bus = bus.map(Bus::stop).unwrap_or_default();
    Ok(Summary { outcome, bus, clock, events, took })
}

impl Job {
    fn set_up(
        args: Args,
        app_id: &str,
        bus: Option<&LiveListenerBus<SchedulerEvent>>,
        serving: &mut Serving,
    ) -> anyhow::Result<Self> {
        let existing = if args.output.overwrite { ExistingOutput::Replace } else { ExistingOutput::IsError };
        let folder = match &args.output.output {
            Some(folder) => folder.clone(),
            None => tempfile::Builder::new().prefix("word-count-").tempdir()?.keep().join("output"),
        };
        let output = Output::set_up(&folder, existing)?;
        let barrier = BarrierCoordinator::builder().build()?;
        let resolver = output.clone();
        let mut coordinator = OutputCommitCoordinator::builder()
            .unknown_outcome(UnknownOutcome::Resolve(Arc::new(move |permit: &_| resolver.resolve(permit))));
        if let Some(bus) = bus {
            barrier.on_start(bus)?;
            coordinator = coordinator.announce_on(bus);
        }
        let coordinator = coordinator.build()?;
        if let Some(bus) = bus {
            serving.page(bus, || {
                let page = StatusPage::builder().scheduler_bus(bus)?;
                Ok(page.barriers(barrier.clone()).commits(coordinator.clone()).build())
            })?;
        }
        let mut driver = Driver {
            events: Events { poster: bus.map(LiveListenerBus::poster), ..Events::default() },
            coordinator,
            executors: Executors::default(),
            task_ids: TaskIds::default(),
            faults: Arc::new(faults(&args.faults)),
        };
        driver.events.application_start(app_id);
        driver.events.environment_update(app_id);
        args.engine.executors().into_iter().try_for_each(|slots| driver.add_executor(slots))?;
        Ok(Self { args, driver, barrier, output, clock: Arc::default() })
    }

    /// Runs the stages; whatever fails, what was written goes.
    fn run(&mut self, text: Vec<Vec<Piece>>) -> anyhow::Result<Counted> {
        let mut stages = vec![self.stage(MAP), self.stage(REDUCE)];
        if self.args.engine.barrier {
            let (id, name) = AGREE;
            stages.push(StageInfo {
                stage_id: StageId(id),
                stage_name: name.to_owned(),
                ..self.stage(REDUCE)
            });
        }
        self.driver.events.job_start(stages);
        let reduced = self.map_and_reduce(text);
        self.driver.executors.wait_for_lost();
        let committed = reduced.and_then(|()| self.output.commit(self.args.engine.tasks()));
        let counted = match committed {
            Ok(manifest) => self.top(manifest),
            Err(error) => {
                self.output.abort().with_context(|| format!("after this error: {error:#}"))?;
                Err(error)
            }
        };
        self.driver.events.job_end(counted.as_ref().err());
        counted
    }

    fn map_and_reduce(&mut self, text: Vec<Vec<Piece>>) -> anyhow::Result<()> {
        let shuffle = tempfile::Builder::new().prefix("word-count-shuffle-").tempdir()?;
        let (folder, clock, tasks) =
            (shuffle.path().to_owned(), Arc::clone(&self.clock), self.args.engine.tasks());
        let maps = self.driver.run(Stage {
            info: self.stage(MAP),
            kind: TaskType::ShuffleMap,
            work: Arc::new(move |task| {
                let text = text.get(task.partition).map_or(&[][..], Vec::as_slice);
                work::map(task, text, &folder, tasks, &clock)
            }),
        })?;
        let maps: Vec<MapOutput> = maps.into_iter().flatten().collect();
        let (output, clock, coordinator) =
            (self.output.clone(), Arc::clone(&self.clock), self.driver.coordinator.clone());
        self.driver.run(Stage {
            info: self.stage(REDUCE),
            kind: TaskType::Result,
            work: Arc::new(move |task| work::reduce(task, &maps, &output, &coordinator, &clock)),
        })?;
        Ok(())
    }

    fn top(&self, manifest: Manifest) -> anyhow::Result<Counted> {
        let top = if self.args.engine.barrier {
            let gang = Gang { stage: AGREE, late: self.args.faults.late() };
            top::agree(&self.driver, &self.barrier, gang, &self.output, &manifest)?
        } else {
            top::read(&self.output, &manifest)?
        };
        Ok(Counted { top, manifest, folder: self.output.folder().to_owned() })
    }

    fn stage(&self, id: i32) -> StageInfo {
        let (name, parents) = if id == MAP { ("map", vec![]) } else { ("reduce", vec![StageId(MAP)]) };
        StageInfo {
            stage_id: StageId(id),
            stage_name: name.to_owned(),
            number_of_tasks: i32::try_from(self.args.engine.tasks()).unwrap_or(i32::MAX),
            parent_ids: parents,
            ..StageInfo::default()
        }
    }
}

fn faults(args: &FaultArgs) -> Faults {
    let executor = |number: usize| (ExecutorId::from(number.to_string()), StageId(REDUCE));
    Faults {
        speculation: if args.speculate { Speculation::Yes } else { Speculation::No },
        fail: args.failing(),
        slow: args.slow(),
        lost: args.kill_executor.map(executor),
    }
}
