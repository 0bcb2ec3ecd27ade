//! What a round hands to all who took part.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

/// The messages of a round, ordered by partition. Immutable; a clone shares them, and later rounds leave them alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages(Option<Arc<[Bytes]>>);

impl Messages {
    /// Those of a round of `barrier` calls, which carries none.
    pub(crate) const NONE: Self = Self(None);
}

impl FromIterator<Bytes> for Messages {
    fn from_iter<I: IntoIterator<Item = Bytes>>(messages: I) -> Self {
        Self(Some(messages.into_iter().collect()))
    }
}

impl Deref for Messages {
    type Target = [Bytes];

    fn deref(&self) -> &[Bytes] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'a> IntoIterator for &'a Messages {
    type Item = &'a Bytes;
    type IntoIter = std::slice::Iter<'a, Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
