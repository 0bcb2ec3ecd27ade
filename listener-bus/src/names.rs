//! The names of queues and buses.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The queue for listeners that belong to no other: a user's own.
pub const SHARED: &str = "shared";
/// The queue for the application's status.
pub const APP_STATUS: &str = "appStatus";
/// The queue for what manages executors.
pub const EXECUTOR_MANAGEMENT: &str = "executorManagement";
/// The queue for the event log.
pub const EVENT_LOG: &str = "eventLog";

/// The numbers of the live buses that were not given a name. The one thing buses of a process share: without it two
/// of them would write to the same metrics.
static NUMBERS: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

/// A bus's name; a number in it is free again once it is dropped.
#[derive(Debug)]
pub(crate) struct BusName {
    name: String,
    number: Option<usize>,
}

impl BusName {
    pub(crate) fn given(name: String) -> Self {
        Self { name, number: None }
    }

    /// `listener-bus`, or with the lowest free number behind it.
    pub(crate) fn numbered() -> Self {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        let most = numbers.len() + 1;
        let number = (1..=most).find(|number| !numbers.contains(number)).unwrap_or(most);
        numbers.insert(number);
        let name = if number == 1 { "listener-bus".to_owned() } else { format!("listener-bus-{number}") };
        Self { name, number: Some(number) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }
}

impl Drop for BusName {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        }
    }
}
