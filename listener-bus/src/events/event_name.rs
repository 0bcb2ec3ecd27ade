use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::EventError;
use super::json::Key;

/// Finds the text under the key "Event", wherever in the object it stands, without reading the event itself.
///
/// If the name stands first, as in Spark's lines, nothing behind it is looked at.
///
/// # Errors
///
/// When `line` is cut short, is not a JSON object, or does not name its kind.
pub fn event_name(line: &str) -> Result<Cow<'_, str>, EventError> {
    if let Some(name) = leading_name(line) {
        return Ok(Cow::Borrowed(name));
    }
    match serde_json::from_str::<EventName<'_>>(line) {
        Ok(name) => Ok(name.0),
        Err(source) => Err(EventError::without_name(line, source)),
    }
}

/// The name, if the line begins with it as Spark's lines do.
fn leading_name(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix(r#"{"Event":""#)?.split_once('"')?;
    (!name.contains('\\')).then_some(name)
}

struct EventName<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for EventName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = EventName<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with a text under `Event`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut name = None;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            if key.0 == "Event" && name.is_none() {
                name = Some(map.next_value::<Key<'de>>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        name.map(EventName).ok_or_else(|| A::Error::missing_field("Event"))
    }
}
