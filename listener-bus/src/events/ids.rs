use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};

use super::json::{JsonField, Key, Pass, Scan, read_object};

/// Defines an id that is an integer, in Rust and in JSON.
macro_rules! number_id {
    ($($(#[$meta:meta])* $Name:ident($int:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
        #[serde(transparent)]
        pub struct $Name(
            /// The number itself.
            pub $int,
        );

        impl fmt::Display for $Name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl From<$int> for $Name {
            fn from(number: $int) -> Self {
                Self(number)
            }
        }

        impl JsonField for $Name {
            fn read<'de, D: Deserializer<'de>>(deserializer: D, pass: &Pass) -> Result<Self, D::Error> {
                JsonField::read(deserializer, pass).map(Self)
            }

            fn scan(scan: &mut Scan<'_>) -> Option<Self> {
                JsonField::scan(scan).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $Name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_object(deserializer)
            }
        }
    )*};
}

number_id! {
    /// A stage of the application; its attempts share it.
    StageId(i32);
    /// The number of a stage's attempt, from 0.
    StageAttemptId(i32);
    /// A job of the application.
    JobId(i32);
    /// One attempt at a task, unique within the application.
    TaskId(i64);
    /// The number of a partition within its stage, from 0; -1 where a log does not tell.
    PartitionId(i32);
    /// A dataset of the application.
    RddId(i32);
    /// A shuffle of the application.
    ShuffleId(i32);
    /// An accumulator of the application.
    AccumulatorId(i64);
    /// A resource profile of the application; 0 is the default profile.
    ResourceProfileId(i32);
}

/// An executor of the application, by name; the driver goes by the name "driver".
///
/// A clone shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ExecutorId(Arc<str>);

impl ExecutorId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for ExecutorId {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl Borrow<str> for ExecutorId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ExecutorId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExecutorId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ExecutorId({:?})", self.as_str())
    }
}

impl fmt::Display for ExecutorId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl JsonField for ExecutorId {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Pass) -> Result<Self, D::Error> {
        Key::deserialize(deserializer).map(|text| Self::from(&*text.0))
    }

    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.text().map(|text| Self::from(&*text))
    }
}

impl Serialize for ExecutorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ExecutorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_object(deserializer)
    }
}
