//! What has to be known of a log before it is written again.

use std::ops::ControlFlow;
use std::sync::Arc;

use examples::log::Log;
use listener_bus::SchedulerEvent;
use listener_bus::event_log::LogLine;
use listener_bus::events::{ApplicationStart, JobEnd, JobStart, event_name};

use super::compaction::Jobs;
use crate::args::ConvertArgs;
use crate::facts::Facts;

/// What has to be known of a log before it is written again.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The application and its attempt, if the log names them.
    pub(super) application: Option<(String, Option<String>)>,
    pub(super) jobs: Jobs,
}

impl Scan {
    /// Looks at the log: as far as it names its application or, to leave something out, all of it. What is wrong with it
    /// is told by whoever reads it again.
    pub(super) fn of(log: &Log, args: &ConvertArgs) -> Self {
        let mut scan = Self::default();
        let mut lines = log.lines(Arc::default());
        loop {
            let look = match lines.read() {
                Ok(Some(LogLine::Text(line))) => {
                    line.text().map_or(ControlFlow::Continue(()), |text| scan.look(text, args))
                }
                Ok(Some(LogLine::Bad(_) | LogLine::Damaged(_))) | Err(_) => ControlFlow::Continue(()),
                Ok(None) => ControlFlow::Break(()),
            };
            if look.is_break() {
                return scan;
            }
        }
    }

    fn look(&mut self, line: &str, args: &ConvertArgs) -> ControlFlow<()> {
        let Ok(name) = event_name(line) else { return ControlFlow::Continue(()) };
        match &*name {
            ApplicationStart::NAME => {
                if let Ok(SchedulerEvent::ApplicationStart(start)) = SchedulerEvent::from_json(line) {
                    let attempt = start.app_attempt_id;
                    let id = start.app_id.filter(|id| !id.is_empty());
                    self.application = id.map(|id| (id, attempt));
                }
                if args.compact { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            }
            JobStart::NAME | JobEnd::NAME if args.compact => {
                if let Ok(facts) = Facts::of(line) {
                    self.jobs.see(&facts);
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
