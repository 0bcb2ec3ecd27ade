use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Key, Pass, Scan};

/// An object whose kind is the text under one of its keys; [`json_tagged`] implements it.
pub(in crate::events) trait TaggedObject: Sized {
    /// The key under which the kind stands.
    const TAG: &'static str;

    /// Reads the fields, all but the tag, of an object of the kind `tag`.
    fn read_tagged<'de, A: MapAccess<'de>>(tag: &str, map: A, pass: &Pass) -> Result<Self, A::Error>;

    /// Takes the fields behind the tag, and the end, of an object of the kind `tag`.
    fn scan_tagged(tag: &str, scan: &mut Scan<'_>) -> Option<Self>;
}

/// Reads a [`TaggedObject`]: at once if its tag comes first, as Spark writes it, else by way of the raw fields.
pub(in crate::events) struct TaggedVisitor<'p, T> {
    pass: &'p Pass,
    value: PhantomData<T>,
}

impl<'p, T: TaggedObject> TaggedVisitor<'p, T> {
    pub(in crate::events) fn new(pass: &'p Pass) -> Self {
        Self { pass, value: PhantomData }
    }

    fn read_late_tag<'de, A: MapAccess<'de>>(&self, first: Key<'de>, mut map: A) -> Result<T, A::Error> {
        let mut tag = None;
        let mut fields: Vec<(Key<'de>, Box<RawValue>)> = Vec::new();
        let mut next = Some(first);
        while let Some(key) = next {
            if key.0 == T::TAG {
                tag = Some(self.read_tag(&mut map)?);
            } else {
                fields.push((key, map.next_value()?));
            }
            next = map.next_key()?;
        }
        let tag = tag.ok_or_else(|| self.pass.missing::<A::Error>(T::TAG))?;
        let fields = MapDeserializer::new(fields.iter().map(|(key, value)| (&*key.0, &**value)));
        T::read_tagged(&tag.0, fields, self.pass).map_err(|error| A::Error::custom(without_position(&error)))
    }

    fn read_tag<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<Key<'de>, A::Error> {
        map.next_value().inspect_err(|_| self.pass.blame(T::TAG))
    }
}

/// The error's message without its place, which counts from the start of the raw field instead of the line.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

impl<'de, T: TaggedObject> Visitor<'de> for TaggedVisitor<'_, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with a `{}`", T::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(first) = map.next_key::<Key<'de>>()? else {
            return Err(self.pass.missing(T::TAG));
        };
        if first.0 != T::TAG {
            return self.read_late_tag(first, map);
        }
        let tag = self.read_tag(&mut map)?;
        T::read_tagged(&tag.0, map, self.pass)
    }
}

/// Defines an enum of JSON objects told apart by the text under one key.
///
/// A row is `Variant = "text"` for a kind without fields of its own, or `Variant(Struct) = "text"`. A variant `Other`
/// keeps what is not in the table.
macro_rules! json_tagged {
    ($(#[$meta:meta])* pub enum $Name:ident by $tag:literal {
        $($(#[$doc:meta])* $Variant:ident $(($Inner:ident))? = $text:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $Name {
            $($(#[$doc])* $Variant($crate::events::json::tagged_type!($($Inner)?)),)*
            /// A kind that is none of the above, with all its fields.
            Other(Box<$crate::events::UnknownKind>),
        }

        impl $Name {
            #[doc = concat!("The text that stands under \"", $tag, "\" in JSON.")]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$Variant(_) => $text,)*
                    Self::Other(kind) => &kind.name,
                }
            }
        }

        $($(impl From<$Inner> for $Name {
            fn from(value: $Inner) -> Self {
                Self::$Variant(Box::new(value))
            }
        })?)*

        impl $crate::events::json::TaggedObject for $Name {
            const TAG: &'static str = $tag;

            fn read_tagged<'de, A: serde::de::MapAccess<'de>>(
                tag: &str,
                map: A,
                pass: &$crate::events::json::Pass,
            ) -> Result<Self, A::Error> {
                use $crate::events::json::JsonObject;
                match tag {
                    $($text => JsonObject::read_fields(map, pass).map(Self::$Variant),)*
                    _ => $crate::events::UnknownKind::read(tag, map).map(|kind| Self::Other(Box::new(kind))),
                }
            }

            fn scan_tagged(tag: &str, scan: &mut $crate::events::json::Scan<'_>) -> Option<Self> {
                use $crate::events::json::{JsonObject, Lead};
                match tag {
                    $($text => JsonObject::scan_fields(scan, Lead::Comma).map(Self::$Variant),)*
                    _ => None,
                }
            }
        }

        impl $crate::events::json::JsonField for $Name {
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                pass: &$crate::events::json::Pass,
            ) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::events::json::TaggedVisitor::new(pass))
            }

            fn scan(scan: &mut $crate::events::json::Scan<'_>) -> Option<Self> {
                scan.take(concat!("{\"", $tag, "\":"))?;
                let tag = scan.text()?;
                $crate::events::json::TaggedObject::scan_tagged(&tag, scan)
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::events::json::JsonObject;
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry($tag, self.name())?;
                match self {
                    $(Self::$Variant(fields) => fields.write_fields(&mut map)?,)*
                    Self::Other(kind) => kind.extra.write(&mut map)?,
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::events::json::read_object(deserializer)
            }
        }
    };
}
pub(in crate::events) use json_tagged;

/// The payload of a variant of [`json_tagged`].
macro_rules! tagged_type {
    () => { $crate::events::Bare };
    ($Inner:ident) => { Box<$Inner> };
}
pub(in crate::events) use tagged_type;
