use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::{JsonField, Pass, Scan, json_object, read_object};
use super::{AccumulatorId, JsonText};

json_object! {
    /// What an accumulator was told by one task, and what it held afterwards.
    pub struct AccumulableInfo {
        /// The accumulator.
        id: AccumulatorId = "ID" [required],
        /// Its name; those of Spark's own task metrics begin with "internal.metrics.".
        name: Option<String> = "Name" [or_omit],
        /// What the task added.
        update: Option<AccumulatorValue> = "Update" [or_omit],
        /// The accumulated value, where it is known.
        value: Option<AccumulatorValue> = "Value" [or_omit],
        /// Whether it is one of Spark's own. Absent in old logs: false.
        internal: bool = "Internal" [or false],
        /// Whether failed tasks count too. Absent in old logs: false.
        count_failed_values: bool = "Count Failed Values" [or false],
        /// What else is known of it: "sql" for the metrics of SQL plans.
        metadata: Option<String> = "Metadata" [or_omit],
    }
}

/// The value of an accumulator, of any JSON type.
///
/// Spark writes integers for its own task metrics, and texts for all others: a SQL metric of 7 is the text "7".
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AccumulatorValue {
    /// An integer of 64 bits.
    Integer(i64),
    /// A text.
    Text(String),
    /// Any other value, its digits as they were read.
    Json(JsonText),
}

impl From<JsonText> for AccumulatorValue {
    fn from(text: JsonText) -> Self {
        if let Ok(number) = text.as_str().parse::<i64>()
            && text.as_str() != "-0"
        {
            return Self::Integer(number);
        }
        text.read().map_or(Self::Json(text), Self::Text)
    }
}

impl JsonField for AccumulatorValue {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error> {
        if pass.is_exact() {
            return JsonText::deserialize(deserializer).map(Self::from);
        }
        deserializer.deserialize_any(Usual(pass))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        match scan.integer() {
            Some(number) => Some(Self::Integer(number)),
            None => String::scan(scan).map(Self::Text),
        }
    }
}

/// Reads integers and texts without a detour; asks for an exact pass if it meets anything else.
struct Usual<'p>(&'p Pass);

impl Usual<'_> {
    fn give_up(self) -> AccumulatorValue {
        self.0.lose_digits();
        AccumulatorValue::Integer(0)
    }
}

impl<'de> Visitor<'de> for Usual<'_> {
    type Value = AccumulatorValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_i64<E>(self, number: i64) -> Result<AccumulatorValue, E> {
        Ok(AccumulatorValue::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<AccumulatorValue, E> {
        match i64::try_from(number) {
            Ok(number) => Ok(AccumulatorValue::Integer(number)),
            Err(_) => Ok(self.give_up()),
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<AccumulatorValue, E> {
        Ok(AccumulatorValue::Text(text.to_owned()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<AccumulatorValue, E> {
        Ok(self.give_up())
    }

    fn visit_bool<E>(self, _: bool) -> Result<AccumulatorValue, E> {
        Ok(self.give_up())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<AccumulatorValue, A::Error> {
        IgnoredAny.visit_seq(seq)?;
        Ok(self.give_up())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AccumulatorValue, A::Error> {
        IgnoredAny.visit_map(map)?;
        Ok(self.give_up())
    }
}

impl<'de> Deserialize<'de> for AccumulatorValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_object(deserializer)
    }
}
