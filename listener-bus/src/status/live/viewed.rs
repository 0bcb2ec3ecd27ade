//! A value that the listener changes, and what readers have of it.

use std::sync::Arc;

/// A value with its last view, which holds until the value changes.
#[derive(Debug, Default)]
pub(in crate::status) struct Viewed<T> {
    value: T,
    view: Option<Arc<T>>,
}

impl<T: Clone> Viewed<T> {
    pub(in crate::status) fn new(value: T) -> Self {
        Self { value, view: None }
    }

    pub(in crate::status) fn get(&self) -> &T {
        &self.value
    }

    pub(in crate::status) fn get_mut(&mut self) -> &mut T {
        self.view = None;
        &mut self.value
    }

    pub(in crate::status) fn view(&mut self) -> Arc<T> {
        let value = &self.value;
        Arc::clone(self.view.get_or_insert_with(|| Arc::new(value.clone())))
    }
}
