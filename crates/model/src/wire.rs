//! Scalars in the form of protobuf's JSON mapping, which MLflow's REST API speaks, and the enums that many messages share.

use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A 64-bit integer: read from a number, a whole float or a decimal string; written as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Int64(pub i64);

impl<'de> Deserialize<'de> for Int64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntVisitor;
        impl Visitor<'_> for IntVisitor {
            type Value = Int64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 64-bit integer, as a number or a string")
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Int64, E> {
                Ok(Int64(v))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Int64, E> {
                i64::try_from(v).map(Int64).map_err(|_| E::invalid_value(Unexpected::Unsigned(v), &self))
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Int64, E> {
                // 2^63 itself does not fit; every whole float below it converts exactly.
                if v.fract() == 0.0
                    && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&v)
                {
                    Ok(Int64(v as i64))
                } else {
                    Err(E::invalid_value(Unexpected::Float(v), &self))
                }
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Int64, E> {
                v.parse().map(Int64).map_err(|_| E::invalid_value(Unexpected::Str(v), &self))
            }
        }
        deserializer.deserialize_any(IntVisitor)
    }
}

/// A 64-bit float. `NaN`, `Infinity` and `-Infinity` are strings on the wire, as JSON has no numbers for them.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Double(pub f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            v if v.is_nan() => serializer.serialize_str("NaN"),
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            v => serializer.serialize_f64(v),
        }
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DoubleVisitor;
        impl Visitor<'_> for DoubleVisitor {
            type Value = Double;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or one of \"NaN\", \"Infinity\", \"-Infinity\"")
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Double, E> {
                Ok(Double(v))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Double, E> {
                Ok(Double(v as f64))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Double, E> {
                Ok(Double(v as f64))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Double, E> {
                match v {
                    "NaN" => Ok(Double(f64::NAN)),
                    "Infinity" => Ok(Double(f64::INFINITY)),
                    "-Infinity" => Ok(Double(f64::NEG_INFINITY)),
                    // "inf" and "nan" in any case, as Python's `float` reads them.
                    _ => v.parse().map(Double).map_err(|_| E::invalid_value(Unexpected::Str(v), &self)),
                }
            }
        }
        deserializer.deserialize_any(DoubleVisitor)
    }
}

/// Defines an enum of the wire: written by name, read by name or protobuf number.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $number:literal $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
            /// The number that stands for it in protobuf.
            pub const fn number(self) -> i64 {
                match self { $(Self::$variant => $number),+ }
            }
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
            pub const fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct EnumVisitor;
                impl Visitor<'_> for EnumVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("one of", $(" ", $text),+))
                    }
                    fn visit_str<E: de::Error>(self, v: &str) -> Result<$name, E> {
                        $name::from_name(v)
                            .or_else(|| v.parse().ok().and_then($name::from_number))
                            .ok_or_else(|| E::invalid_value(Unexpected::Str(v), &self))
                    }
                    fn visit_i64<E: de::Error>(self, v: i64) -> Result<$name, E> {
                        $name::from_number(v).ok_or_else(|| E::invalid_value(Unexpected::Signed(v), &self))
                    }
                    fn visit_u64<E: de::Error>(self, v: u64) -> Result<$name, E> {
                        i64::try_from(v).ok().and_then($name::from_number)
                            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(v), &self))
                    }
                }
                deserializer.deserialize_any(EnumVisitor)
            }
        }
    };
}
pub(crate) use wire_enum;

wire_enum! {
    /// Which lifecycle stages a search shows.
    ViewType { ActiveOnly = 1 "ACTIVE_ONLY", DeletedOnly = 2 "DELETED_ONLY", All = 3 "ALL" }
}

impl ViewType {
    /// The stages that the view includes.
    pub const fn stages(self) -> &'static [LifecycleStage] {
        match self {
            Self::ActiveOnly => &[LifecycleStage::Active],
            Self::DeletedOnly => &[LifecycleStage::Deleted],
            Self::All => &[LifecycleStage::Active, LifecycleStage::Deleted],
        }
    }
}

/// Whether an experiment or run is in use or was deleted (and can be restored).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifecycleStage {
    Active,
    Deleted,
}

impl LifecycleStage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }

    /// Reads the database's word; what is not `deleted` is active, as MLflow's own views treat it.
    pub fn from_column(value: &str) -> Self {
        if value == "deleted" { Self::Deleted } else { Self::Active }
    }
}

/// A key and its value: experiment tags, run tags and parameters alike. What a request leaves out is empty, as protobuf
/// has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    #[serde(default, deserialize_with = "empty_if_null")]
    pub key: String,
    #[serde(default, deserialize_with = "empty_if_null")]
    pub value: String,
}

/// Reads a text for which `null` is as good as nothing.
pub(crate) fn empty_if_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
        use serde::de::IntoDeserializer;
        // `model` has no JSON parser: the scalars are read through serde's own value deserializers.
        if let Some(text) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            T::deserialize(IntoDeserializer::<de::value::Error>::into_deserializer(text)).ok()
        } else if let Ok(v) = json.parse::<i64>() {
            T::deserialize(IntoDeserializer::<de::value::Error>::into_deserializer(v)).ok()
        } else {
            let v: f64 = json.parse().unwrap();
            T::deserialize(IntoDeserializer::<de::value::Error>::into_deserializer(v)).ok()
        }
    }

    #[test]
    fn integers_are_read_from_numbers_whole_floats_and_strings() {
        for (json, expected) in [
            ("12", Some(12)),
            ("-3", Some(-3)),
            ("\"12\"", Some(12)),
            ("1.0e3", Some(1000)),
            ("1.5", None),
            ("\"x\"", None),
            ("\"9223372036854775808\"", None),
            ("9223372036854775808.0", None),
        ] {
            assert_eq!(read::<Int64>(json).map(|v| v.0), expected, "{json}");
        }
    }

    #[test]
    fn floats_know_the_names_of_what_json_lacks() {
        assert!(read::<Double>("\"NaN\"").unwrap().0.is_nan());
        assert_eq!(read::<Double>("\"-Infinity\"").unwrap().0, f64::NEG_INFINITY);
        assert_eq!(read::<Double>("\"1e-3\"").unwrap().0, 0.001);
        assert_eq!(read::<Double>("\"-inf\"").unwrap().0, f64::NEG_INFINITY);
        for refused in ["\"\"", "\"1,5\"", "\"infinit\"", "\"0x1\""] {
            assert_eq!(read::<Double>(refused), None, "{refused}");
        }
    }

    #[test]
    fn enums_are_read_by_name_and_by_number() {
        assert_eq!(read::<ViewType>("\"ALL\""), Some(ViewType::All));
        assert_eq!(read::<ViewType>("2"), Some(ViewType::DeletedOnly));
        assert_eq!(read::<ViewType>("\"2\""), Some(ViewType::DeletedOnly));
        assert_eq!(read::<ViewType>("\"all\""), None);
        assert_eq!(read::<ViewType>("9"), None);
    }
}
