/// Defines an enum that is a text in JSON, with a variant `Other` for every text that is not in the table.
macro_rules! json_text {
    ($(#[$meta:meta])* pub enum $Name:ident {
        $($(#[$doc:meta])* $Variant:ident = $text:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $Name {
            $($(#[$doc])* $Variant,)*
            /// A text that is none of the above, as it was read.
            Other(Box<str>),
        }

        impl $Name {
            /// The text that stands for it in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$Variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $Name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$Variant,)*
                    _ => Self::Other(text.into()),
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl $crate::events::json::JsonField for $Name {
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                _: &$crate::events::json::Pass,
            ) -> Result<Self, D::Error> {
                let text: $crate::events::json::Key<'de> = serde::Deserialize::deserialize(deserializer)?;
                Ok(Self::from(&*text.0))
            }

            fn scan(scan: &mut $crate::events::json::Scan<'_>) -> Option<Self> {
                scan.text().map(|text| Self::from(&*text))
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::events::json::read_object(deserializer)
            }
        }
    };
}
pub(in crate::events) use json_text;
