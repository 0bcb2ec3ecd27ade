//! Which fields take how much of the space.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use rustc_hash::FxBuildHasher;
use serde::de::{Deserializer as _, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Fields beyond so many are counted together: a log may have a field of its own in every line.
const MOST: usize = 10_000;
const REST: &str = "(others)";

/// The fields of events and, where they are objects, the fields of those.
#[derive(Debug, Default)]
pub(super) struct Fields {
    sizes: HashMap<Box<str>, Size, FxBuildHasher>,
    path: String,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    bytes: u64,
    count: u64,
}

/// What a field takes in all events together.
#[derive(Debug, Serialize)]
pub(super) struct Field {
    /// The key or, within the object of a field, both keys with a dot between them.
    #[serde(rename = "field")]
    pub(super) path: String,
    /// How often it is there.
    pub(super) count: u64,
    /// With its key, and what stands between.
    pub(super) bytes: u64,
}

impl Fields {
    /// Takes an event apart.
    pub(super) fn add(&mut self, event: &str) {
        each_field(event, |key, value| {
            self.path.clear();
            self.path.push_str(key);
            self.count(key, value);
            if value.starts_with('{') {
                self.add_within(value);
            }
        });
    }

    /// Takes the object at the path apart.
    fn add_within(&mut self, object: &str) {
        let outer = self.path.len();
        each_field(object, |key, value| {
            self.path.truncate(outer);
            self.path.push('.');
            self.path.push_str(key);
            self.count(key, value);
        });
    }

    /// Counts the field at the path.
    fn count(&mut self, key: &str, value: &str) {
        // Two quotes, a colon, and a comma or a brace.
        let bytes = (key.len() + value.len() + 4) as u64;
        let path =
            if self.sizes.len() < MOST || self.sizes.contains_key(&*self.path) { &*self.path } else { REST };
        let size = match self.sizes.get_mut(path) {
            Some(size) => size,
            None => self.sizes.entry(path.into()).or_default(),
        };
        size.bytes += bytes;
        size.count += 1;
    }

    /// All of them, the largest first.
    pub(super) fn by_size(self) -> Vec<Field> {
        let field = |(path, size): (Box<str>, Size)| Field {
            path: path.into_string(),
            count: size.count,
            bytes: size.bytes,
        };
        let mut fields: Vec<_> = self.sizes.into_iter().map(field).collect();
        fields.sort_by(|left, right| (right.bytes, &left.path).cmp(&(left.bytes, &right.path)));
        fields
    }
}

/// Hands every key of a JSON object to `take`, with its value as it stands there.
fn each_field(object: &str, take: impl FnMut(&str, &str)) {
    let mut json = serde_json::Deserializer::from_str(object);
    // Lines are known to be JSON, and a value that is no object has no fields.
    drop(json.deserialize_map(EachField(take)));
}

struct EachField<F>(F);

impl<'de, F: FnMut(&str, &str)> Visitor<'de> for EachField<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let value: &RawValue = map.next_value()?;
            (self.0)(&key, value.get());
        }
        Ok(())
    }
}

/// A key, borrowed unless it has escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_with_their_keys_and_add_up_to_the_line() {
        let line = r#"{"Event":"A","B":{"c":[1,2],"d\"":{}},"E":null}"#;
        let mut fields = Fields::default();
        fields.add(line);
        fields.add(line);
        let fields = fields.by_size();
        let told: Vec<_> = fields.iter().map(|field| (&*field.path, field.count, field.bytes)).collect();
        assert_eq!(told, [("B", 2, 50), ("Event", 2, 24), ("B.c", 2, 20), ("E", 2, 18), ("B.d\"", 2, 16)]);
    }

    #[test]
    fn memory_is_bounded_whatever_the_fields_are_called() {
        let mut fields = Fields::default();
        for number in 0..MOST + 5 {
            fields.add(&format!(r#"{{"{number}":1}}"#));
        }
        let fields = fields.by_size();
        assert_eq!(fields.len(), MOST + 1);
        assert_eq!(fields.iter().find(|field| field.path == REST).map(|field| field.count), Some(5));
    }
}
