use std::collections::BTreeMap;

use serde::de::MapAccess;
use serde::ser::SerializeMap;

use super::JsonText;

/// The fields of a JSON object that this version does not know, kept so that they are written again.
///
/// They stand in the order of their keys, and are written after the known fields. An empty set takes one pointer and
/// allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnknownFields(Option<Box<Fields>>);

/// The map itself, out of the way of the structs that have no unknown fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Fields(BTreeMap<String, JsonText>);

impl UnknownFields {
    /// No fields.
    pub const NONE: Self = Self(None);

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |fields| fields.0.len())
    }

    /// The value of the field `key`.
    pub fn get(&self, key: &str) -> Option<&JsonText> {
        self.0.as_ref()?.0.get(key)
    }

    /// Adds a field and returns the value it had before. A `key` that is a known field would be written twice.
    pub fn insert(&mut self, key: impl Into<String>, value: JsonText) -> Option<JsonText> {
        self.0.get_or_insert_default().0.insert(key.into(), value)
    }

    /// The fields in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonText)> {
        self.0.iter().flat_map(|fields| fields.0.iter()).map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn read_value<'de, A: MapAccess<'de>>(
        &mut self,
        key: String,
        map: &mut A,
    ) -> Result<(), A::Error> {
        self.insert(key, map.next_value()?);
        Ok(())
    }

    pub(super) fn read_all<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut fields = Self::NONE;
        while let Some(key) = map.next_key()? {
            fields.read_value(key, &mut map)?;
        }
        Ok(fields)
    }

    pub(super) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))
    }
}
