use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::ser::{SerializeMap, Serializer};

use super::{JsonField, Key, Lead, Pass, Scan, Seed};
use crate::events::UnknownFields;

/// A struct that is a JSON object; [`json_object`] implements it.
pub(in crate::events) trait JsonObject: Sized {
    /// What stands under the key "Event", if the object is a whole event.
    const EVENT: Option<&'static str>;

    /// Reads the fields that are left in `map`.
    fn read_fields<'de, A: MapAccess<'de>>(map: A, pass: &Pass) -> Result<Self, A::Error>;

    /// Takes the fields that are left of an object, and its end, as [`Self::read_fields`] reads them.
    fn scan_fields(scan: &mut Scan<'_>, lead: Lead) -> Option<Self>;

    /// Writes every field, in Spark's order, then the unknown ones.
    fn write_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;

    /// Takes in a value whose key is none of the fields.
    fn read_unknown<'de, A: MapAccess<'de>>(
        key: Key<'de>,
        map: &mut A,
        extra: &mut UnknownFields,
        pass: &Pass,
    ) -> Result<(), A::Error> {
        match Self::EVENT {
            Some(event) if key.0 == "Event" => expect_event(event, map).inspect_err(|_| pass.blame("Event")),
            _ => extra.read_value(key.0.into_owned(), map),
        }
    }
}

fn expect_event<'de, A: MapAccess<'de>>(expected: &'static str, map: &mut A) -> Result<(), A::Error> {
    let found: Key<'de> = map.next_value()?;
    if found.0 == expected {
        return Ok(());
    }
    Err(A::Error::invalid_value(Unexpected::Str(&found.0), &expected))
}

impl<T: JsonObject> JsonObject for Box<T> {
    const EVENT: Option<&'static str> = T::EVENT;

    fn read_fields<'de, A: MapAccess<'de>>(map: A, pass: &Pass) -> Result<Self, A::Error> {
        T::read_fields(map, pass).map(Box::new)
    }

    fn scan_fields(scan: &mut Scan<'_>, lead: Lead) -> Option<Self> {
        T::scan_fields(scan, lead).map(Box::new)
    }

    fn write_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        T::write_fields(self, map)
    }
}

impl<T: JsonObject> JsonField for T {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object(pass, PhantomData))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        T::scan_fields(scan, Lead::Brace)
    }
}

struct Object<'p, T>(&'p Pass, PhantomData<T>);

impl<'de, T: JsonObject> Visitor<'de> for Object<'_, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read_fields(map, self.0)
    }
}

/// Reads the value under `key`, or notes that it was this one that could not be read.
#[inline]
pub(in crate::events) fn read_value<'de, T: JsonField, A: MapAccess<'de>>(
    map: &mut A,
    pass: &Pass,
    key: &'static str,
) -> Result<T, A::Error> {
    map.next_value_seed(Seed::new(pass)).inspect_err(|_| pass.blame(key))
}

/// Reads an object on its own, outside any event.
pub(in crate::events) fn read_object<'de, T: JsonField, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::read(deserializer, &Pass::exact())
}

/// Writes an object, and first its name if it is a whole event.
pub(in crate::events) fn write_object<T: JsonObject, S: Serializer>(
    object: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    if let Some(event) = T::EVENT {
        map.serialize_entry("Event", event)?;
    }
    object.write_fields(&mut map)?;
    map.end()
}

/// Defines a struct from a table of its fields, and its JSON with it.
///
/// A row is `name: Type = "JSON key" [mode]`; the rows stand in the order in which they are written. `pub event` instead
/// of `pub struct` makes it a whole event, whose `NAME` stands under "Event". The modes:
///
/// | mode | read when absent | read from null | written when `None` |
/// |---|---|---|---|
/// | `required`, `required, new VALUE` | an error | an error | |
/// | `default`, `or VALUE` | the default, VALUE | the same | |
/// | `or_from EXPR` | EXPR, which may use the fields read so far | the same | |
/// | `or_omit` | `None` | `None` | nothing |
/// | `or_null` | `None` | `None` | null |
///
/// VALUE is also what the field is in the default of the struct; without one it is the default of its type.
macro_rules! json_object {
    ($(#[$meta:meta])* pub struct $Name:ident { $($fields:tt)* }) => {
        json_object! { @define [$(#[$meta])*] $Name (None) { $($fields)* } }
    };
    ($(#[$meta:meta])* pub event $Name:ident { $($fields:tt)* }) => {
        json_object! { @define [$(#[$meta])*] $Name (Some(Self::NAME)) { $($fields)* } }
    };
    (@define [$(#[$meta:meta])*] $Name:ident ($event:expr) {
        $($(#[$doc:meta])* $field:ident: $ty:ty = $key:literal [$($mode:tt)+],)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $Name {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("JSON key: `", $key, "`.")]
                pub $field: $ty,
            )*
            /// The fields of the JSON object that are none of the above.
            pub extra: $crate::events::UnknownFields,
        }

        impl Default for $Name {
            fn default() -> Self {
                Self {
                    $($field: $crate::events::json::json_mode!(@default $($mode)+),)*
                    extra: $crate::events::UnknownFields::default(),
                }
            }
        }

        impl $crate::events::json::JsonObject for $Name {
            const EVENT: Option<&'static str> = $event;

            fn read_fields<'de, A: serde::de::MapAccess<'de>>(
                mut map: A,
                pass: &$crate::events::json::Pass,
            ) -> Result<Self, A::Error> {
                use $crate::events::json::{JsonObject, Key, json_mode};
                $(let mut $field: Option<$ty> = None;)*
                let mut extra = $crate::events::UnknownFields::default();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    match &*key.0 {
                        $($key => $field = json_mode!(@read (map, pass, $key, $ty) $($mode)+),)*
                        _ => <Self as JsonObject>::read_unknown(key, &mut map, &mut extra, pass)?,
                    }
                }
                Ok(Self { $($field: json_mode!(@finish (pass, $key, $field) $($mode)+),)* extra })
            }

            fn scan_fields(
                scan: &mut $crate::events::json::Scan<'_>,
                mut lead: $crate::events::json::Lead,
            ) -> Option<Self> {
                use $crate::events::json::{Lead, json_mode};
                $(
                    let mut $field: Option<$ty> = None;
                    if scan.take_key(lead, concat!("\"", $key, "\":")).is_some() {
                        lead = Lead::Comma;
                        $field = json_mode!(@scan scan $($mode)+);
                    }
                )*
                scan.close(lead)?;
                let extra = $crate::events::UnknownFields::NONE;
                Some(Self { $($field: json_mode!(@scanned $field $($mode)+),)* extra })
            }

            fn write_fields<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $($crate::events::json::json_mode!(@write (map, $key, &self.$field) $($mode)+);)*
                self.extra.write(map)
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::events::json::write_object(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::events::json::read_object(deserializer)
            }
        }
    };
}
pub(in crate::events) use json_object;
