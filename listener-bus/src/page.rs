//! A page and an HTTP API that show what happens: the bus, jobs, stages, tasks, executors, barriers and commits.
//!
//! ```
//! use listener_bus::LiveListenerBus;
//! use listener_bus::page::StatusPage;
//!
//! let bus = LiveListenerBus::scheduler().name("my-engine").build()?;
//! let page = StatusPage::of(&bus)?.serve("127.0.0.1:0".parse()?, None)?;
//! println!("see http://{}/", page.local_addr());
//! # drop(page);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a server of your own, nest [`StatusPage::router`] where you like: `app.nest("/status", page.router(None))`.
//! Programs show a token as a bearer token, and browsers ask for it as the password of any user. Where
//! [`StatusPage::serve`] has none, only requests to `localhost` or to an address are answered: a name could be somebody
//! else's.
//!
//! # The API
//!
//! Under `api/v1` is Spark's REST API, with the names and values of Spark 4.1.4, and what Spark does not have: `bus` tells
//! of the bus, barriers and commits, and `events` hands events out as they happen, as server-sent events.
//! `openapi.json` describes all of it. Only GET and HEAD are allowed; errors are JSON too, and say which parameter is wrong
//! and what is accepted.
//!
//! What differs from Spark's History Server:
//!
//! * `lastUpdated` of an application is when the last thing happened in it, not when a file was changed; applications are
//!   listed in the order they were told of, the newest first.
//! * An answer tells of 10 000 tasks at most; a stage that has more says how many in `tasksOmitted`.
//! * Distributions are of the tasks that did their work. Spark's durations, scheduler delays and times to get results are
//!   those of other tasks where some have failed.
//! * A stage attempt whose end is told twice has ended once. Spark counts it twice, and its job then has less than no active
//!   stage.
//! * Where a parameter is wrong, the answer has the status 400; Spark has 404 and 500 for some.
//! * Also in URLs and in class paths, secrets are left out of the environment, as [`Redaction`] tells.
//! * Of an application with numbered attempts, the attempt may be left out.
//! * `failureReason`, `unknownSince` and `numUnknownTasks` are fields, and `UNKNOWN` is a status, that Spark does not have.
//!
//! # Guarantees
//!
//! * A reader of the event stream who is slow loses events, the oldest first, and is told how many; the bus never waits.
//!   256 readers may follow at a time.
//! * The event stream is without secrets in the settings of applications, jobs and stages, as [`Redaction::default`] tells.

mod access;
mod api;
mod builder;
mod bus_view;
mod frame;
mod host;
mod samples;
mod serve;
mod shown;
mod state;
mod stream;
mod views;

pub use builder::{EVENT_STREAM, StatusPage, StatusPageBuilder};
pub use bus_view::{BusLife, BusView, ListenerView, QueueHistory, QueueView, StuckView};
pub use serve::{PageServer, ServeError};

pub use crate::redaction::{REDACTED, Redaction};
