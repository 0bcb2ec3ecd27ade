use std::io;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::event_name::event_name;
use super::json::{JsonField, JsonObject, Lead, Pass, Scan};
use super::kinds::event_kinds;
use super::{EventError, OtherEvent};

macro_rules! is_critical {
    (critical) => {
        true
    };
    (ordinary) => {
        false
    };
}

macro_rules! define_event {
    ($($(#[$doc:meta])* $Kind:ident $name:literal $method:ident $weight:ident;)*) => {
        /// Something that happened in the scheduler of an application.
        ///
        /// Each variant holds the struct of the same name, which has Spark's name without `SparkListener`. Spark adds
        /// kinds with its releases; what is not known here is [`SchedulerEvent::Other`].
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum SchedulerEvent {
            $($(#[$doc])* $Kind(Box<super::$Kind>),)*
            /// An event of any other kind.
            Other(Box<OtherEvent>),
        }

        $(
            impl super::$Kind {
                /// What stands under "Event" in JSON.
                pub const NAME: &'static str = $name;
            }

            impl From<super::$Kind> for SchedulerEvent {
                fn from(event: super::$Kind) -> Self {
                    Self::$Kind(Box::new(event))
                }
            }
        )*

        impl SchedulerEvent {
            /// What stands under "Event" in JSON: a short name for most kinds, the full name of a class for the others.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$Kind(_) => super::$Kind::NAME,)*
                    Self::Other(event) => event.name(),
                }
            }

            /// Whether the event is about the life of the application, an executor, a job or a stage attempt.
            ///
            /// These few are what a listener needs to know what exists: log start, application start and end, executor
            /// added and removed, job start and end, stage submitted and completed. Events of tasks, blocks, metrics,
            /// settings, resource profiles and exclusions are not critical, nor is any other event.
            pub fn is_critical(&self) -> bool {
                match self {
                    $(Self::$Kind(_) => is_critical!($weight),)*
                    Self::Other(_) => false,
                }
            }

            /// Reads `line` as the event `name`.
            fn read_kind(name: &str, line: &str) -> Result<Self, EventError> {
                match name {
                    $($name => read_line::<super::$Kind>(name, line).map(Self::from),)*
                    _ => OtherEvent::named(name, line).map(Self::from),
                }
            }
        }

        impl Serialize for SchedulerEvent {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$Kind(event) => event.serialize(serializer),)*
                    Self::Other(event) => event.json().serialize(serializer),
                }
            }
        }
    };
}

event_kinds!(define_event);

impl From<OtherEvent> for SchedulerEvent {
    fn from(event: OtherEvent) -> Self {
        Self::Other(Box::new(event))
    }
}

impl SchedulerEvent {
    /// Reads one event from JSON, in most cases a line of an event log.
    ///
    /// # Errors
    ///
    /// When `line` is cut short, is not JSON, has something behind the JSON object, does not name its kind, or when a
    /// field of a known kind is missing or not of its type.
    pub fn from_json(line: &str) -> Result<Self, EventError> {
        Self::read_kind(&event_name(line)?, line)
    }

    /// Writes the event as one line of JSON, without a line break.
    pub fn to_json(&self) -> String {
        write_text(self)
    }

    /// Writes the event as one line of JSON, without a line break, in many small pieces: `writer` should buffer.
    ///
    /// # Errors
    ///
    /// When `writer` fails.
    pub fn write_json(&self, writer: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(writer, self).map_err(io::Error::from)
    }
}

fn write_text(event: &SchedulerEvent) -> String {
    serde_json::to_string(event).expect("keys are texts, and writing to memory does not fail")
}

fn read_line<T: JsonObject>(name: &str, line: &str) -> Result<T, EventError> {
    if let Some(event) = scan_line(name, line) {
        return Ok(event);
    }
    let pass = Pass::fast();
    match read_pass(name, line, &pass) {
        Ok(event) if !pass.lost_digits() => Ok(event),
        // Failures too: a number beyond the doubles is one, unless its digits are kept.
        _ => read_pass(name, line, &Pass::exact()),
    }
}

/// Reads a line that stands just as Spark writes it.
fn scan_line<T: JsonObject>(name: &str, line: &str) -> Option<T> {
    let mut scan = Scan::behind_name(name, line)?;
    T::scan_fields(&mut scan, Lead::Comma).filter(|_| scan.is_over())
}

fn read_pass<T: JsonObject>(name: &str, line: &str, pass: &Pass) -> Result<T, EventError> {
    let mut json = serde_json::Deserializer::from_str(line);
    T::read(&mut json, pass)
        .and_then(|event| json.end().map(|()| event))
        .map_err(|source| EventError::in_event(name, pass.failed_path(), line, source))
}

impl<'de> Deserialize<'de> for SchedulerEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::kinds::event_kinds;

    macro_rules! define_is_scanned {
        ($($(#[$doc:meta])* $Kind:ident $name:literal $method:ident $weight:ident;)*) => {
            fn is_scanned(name: &str, line: &str) -> bool {
                match name {
                    $($name => scan_line::<crate::events::$Kind>(name, line).is_some(),)*
                    _ => false,
                }
            }
        };
    }

    event_kinds!(define_is_scanned);

    #[test]
    fn a_line_of_every_kind_but_one_is_scanned_as_spark_writes_it() {
        let samples = include_str!("../../tests/data/samples/core-events-4.1.4.jsonl");
        let events = samples.lines().filter(|line| line.starts_with(r#"{"Event":"#));
        let named = events.map(|line| (event_name(line).expect(line), line));
        let slow: Vec<_> = named.filter(|(name, line)| !is_scanned(name, line)).collect();
        // The one has a fraction, and comes once in a log.
        let slow: Vec<_> = slow.iter().map(|(name, _)| &**name).collect();
        assert_eq!(slow, [crate::events::ResourceProfileAdded::NAME]);
    }
}
