use std::any::type_name;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::{Lead, Pass, Scan};

/// A value that can stand under a key of an event.
///
/// It differs from [`serde::Deserialize`] in taking the [`Pass`], and in reading integers from any JSON number.
pub(in crate::events) trait JsonField: Sized {
    /// Reads the value that is next in `deserializer`.
    fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error>;

    /// Takes the value that is next in `scan`, as [`Self::read`] reads it. What is too rare to be worth it is given up.
    fn scan(_scan: &mut Scan<'_>) -> Option<Self> {
        None
    }
}

/// A value yet to be read within a [`Pass`].
pub(in crate::events) struct Seed<'p, T> {
    pass: &'p Pass,
    value: PhantomData<T>,
}

impl<'p, T> Seed<'p, T> {
    pub(in crate::events) fn new(pass: &'p Pass) -> Self {
        Self { pass, value: PhantomData }
    }
}

impl<'de, T: JsonField> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer, self.pass)
    }
}

impl JsonField for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Pass) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Integer(PhantomData))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.integer()
    }
}

impl JsonField for i32 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Pass) -> Result<Self, D::Error> {
        deserializer.deserialize_i32(Integer(PhantomData))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.integer()?.try_into().ok()
    }
}

struct Integer<T>(PhantomData<T>);

impl<T: TryFrom<i64>> Visitor<'_> for Integer<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a number within the range of {}", type_name::<T>())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).ok().ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        match truncated(number) {
            Some(number) => self.visit_i64(number),
            None => Err(E::invalid_value(Unexpected::Float(number), &self)),
        }
    }
}

/// The integer part of `number`, as Spark reads integers, unless it needs more than 64 bits.
fn truncated(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "truncation is the purpose, and the range is checked"
    )]
    (number.abs() < LIMIT).then_some(number as i64)
}

impl JsonField for f64 {
    /// Reads null as not-a-number: JSON has no text for it, so null is what gets written.
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Pass) -> Result<Self, D::Error> {
        let number: Option<f64> = de::Deserialize::deserialize(deserializer)?;
        Ok(number.unwrap_or(f64::NAN))
    }
}

impl JsonField for bool {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Pass) -> Result<Self, D::Error> {
        de::Deserialize::deserialize(deserializer)
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        match scan.take("true") {
            Some(()) => Some(true),
            None => scan.take("false").map(|()| false),
        }
    }
}

impl JsonField for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Pass) -> Result<Self, D::Error> {
        de::Deserialize::deserialize(deserializer)
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.text().map(Cow::into_owned)
    }
}

impl<T: JsonField> JsonField for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Nullable(Seed::new(pass)))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        match scan.take("null") {
            Some(()) => Some(None),
            None => T::scan(scan).map(Some),
        }
    }
}

struct Nullable<'p, T>(Seed<'p, T>);

impl<'de, T: JsonField> Visitor<'de> for Nullable<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

impl<T: JsonField> JsonField for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(List(pass, PhantomData))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let mut list = Self::new();
        scan.take("[")?;
        if scan.take("]").is_some() {
            return Some(list);
        }
        loop {
            list.push(T::scan(scan)?);
            if scan.take(",").is_none() {
                return scan.take("]").map(|()| list);
            }
        }
    }
}

struct List<'p, T>(&'p Pass, PhantomData<T>);

impl<'de, T: JsonField> Visitor<'de> for List<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element_seed(Seed::new(self.0))? {
            list.push(element);
        }
        Ok(list)
    }
}

impl<T: JsonField> JsonField for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Dictionary(pass, PhantomData))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let mut dictionary = Self::new();
        let mut lead = Lead::Brace;
        while scan.close(lead).is_none() {
            scan.take_key(lead, "")?;
            lead = Lead::Comma;
            let key = String::scan(scan)?;
            scan.take(":")?;
            dictionary.insert(key, T::scan(scan)?);
        }
        Some(dictionary)
    }
}

struct Dictionary<'p, T>(&'p Pass, PhantomData<T>);

impl<'de, T: JsonField> Visitor<'de> for Dictionary<'_, T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BTreeMap<String, T>, A::Error> {
        let mut dictionary = BTreeMap::new();
        while let Some(key) = map.next_key()? {
            dictionary.insert(key, map.next_value_seed(Seed::new(self.0))?);
        }
        Ok(dictionary)
    }
}
