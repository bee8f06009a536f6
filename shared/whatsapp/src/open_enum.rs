//! Enumerations of the wire that Meta may extend at any time: a value not known here is kept, never refused.

/// Declares an enumeration with its wire spellings and an `Other(String)` that keeps anything else.
///
/// Gives `as_str`, `From<&str>`, `Display` and serde as a plain string.
#[macro_export]
macro_rules! open_enum {
    ($(#[$outer:meta])* $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$inner])* #[doc = concat!("`", $wire, "`")] $variant,)+
            /// A value not known here, as it was spelt.
            Other(String),
        }

        impl $name {
            /// Every spelling known here.
            pub const KNOWN: &'static [&'static str] = &[$($wire),+];

            /// The spelling on the wire.
            pub fn as_str(&self) -> &str {
                match self { $(Self::$variant => $wire,)+ Self::Other(other) => other }
            }
        }

        impl From<&str> for $name {
            fn from(wire: &str) -> Self {
                match wire { $($wire => Self::$variant,)+ other => Self::Other(other.to_owned()) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let wire = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(wire.as_ref()))
            }
        }
    };
}
