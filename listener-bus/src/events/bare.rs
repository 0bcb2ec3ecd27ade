use serde::de::MapAccess;
use serde::ser::SerializeMap;

use super::UnknownFields;
use super::json::{JsonObject, Lead, Pass, Scan};

/// A JSON object that has no fields beside the one that names its kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bare {
    /// The fields of the JSON object beside its kind.
    pub extra: UnknownFields,
}

impl JsonObject for Bare {
    const EVENT: Option<&'static str> = None;

    fn read_fields<'de, A: MapAccess<'de>>(map: A, _: &Pass) -> Result<Self, A::Error> {
        UnknownFields::read_all(map).map(|extra| Self { extra })
    }

    fn scan_fields(scan: &mut Scan<'_>, lead: Lead) -> Option<Self> {
        scan.close(lead).map(|()| Self { extra: UnknownFields::NONE })
    }

    fn write_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.extra.write(map)
    }
}

/// A JSON object of a kind that Spark 4.1.4 does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownKind {
    /// The text that names the kind.
    pub name: String,
    /// All other fields.
    pub extra: UnknownFields,
}

impl UnknownKind {
    pub(super) fn read<'de, A: MapAccess<'de>>(name: &str, map: A) -> Result<Self, A::Error> {
        let extra = UnknownFields::read_all(map)?;
        Ok(Self { name: name.to_owned(), extra })
    }
}
