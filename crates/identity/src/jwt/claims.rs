//! The claims of a token.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Number, Value};

/// A token's claims. A name that is given twice, however deep, is an error: whoever signed the token may have meant the other
/// (RFC 7519, section 4).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// A claim by its name, else by the path to it in dots, such as `realm_access.roles`.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut steps = name.split('.');
            let first = self.0.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        })
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The texts of a claim that is one or a list of them. What is no text is left out.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(values)) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a claim is this text, number or truth value, or a list that has it.
    pub(super) fn has(&self, name: &str, expected: &str) -> bool {
        let is = |value: &Value| match value {
            Value::String(text) => text == expected,
            Value::Bool(value) => expected == if *value { "true" } else { "false" },
            Value::Number(number) => expected == number.to_string().as_str(),
            _ => false,
        };
        match self.get(name) {
            Some(Value::Array(values)) => values.iter().any(is),
            Some(value) => is(value),
            None => false,
        }
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Strict.deserialize(deserializer)? {
            Value::Object(claims) => Ok(Self(claims)),
            _ => Err(D::Error::custom("the claims are no object")),
        }
    }
}

/// Any JSON in which no name is given twice.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if values.contains_key(&name) {
                return Err(A::Error::custom("a name is given twice"));
            }
            values.insert(name, entries.next_value_seed(Self)?);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claims(text: &str) -> Claims {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_claim_is_found_by_its_name_and_by_the_path_to_it() {
        let claims = claims(
            r#"{"a.b": "whole", "a": {"b": "deep", "c": {"d": ["x", 1, "y"]}}, "https://example.com/groups": "one", "n": 7}"#,
        );
        assert_eq!(claims.text("a.b"), Some("whole"));
        assert_eq!(claims.texts("a.c.d"), ["x", "y"]);
        assert_eq!(claims.texts("https://example.com/groups"), ["one"]);
        for missing in ["", ".", "a.", ".a", "a.x", "n.x", "a.c.d.0"] {
            assert_eq!(claims.get(missing), None, "{missing}");
        }
        assert_eq!(claims.text("n"), None);
        assert!(claims.texts("n").is_empty());
    }

    #[test]
    fn a_condition_holds_for_the_value_and_for_a_list_that_has_it() {
        let claims = claims(r#"{"owner": "acme", "on": true, "n": 7, "list": ["a", 1], "none": null}"#);
        for (name, value, holds) in [
            ("owner", "acme", true),
            ("owner", "ACME", false),
            ("on", "true", true),
            ("n", "7", true),
            ("list", "a", true),
            ("list", "1", true),
            ("list", "b", false),
            ("none", "null", false),
            ("none", "", false),
            ("missing", "", false),
        ] {
            assert_eq!(claims.has(name, value), holds, "{name}={value}");
        }
    }

    #[test]
    fn a_name_given_twice_is_an_error_however_deep() {
        for text in [
            r#"{"sub": "a", "sub": "a"}"#,
            r#"{"a": {"b": 1, "b": 1}}"#,
            r#"{"a": [1, {"b": 1, "\u0062": 2}]}"#,
            "[]",
            "7",
            "null",
        ] {
            assert!(serde_json::from_str::<Claims>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_else_reads_as_serde_json_reads_it(text in "[\\[\\]{}\":,a0.e+ -]{0,40}|\\{\"[a-c]\":[0-9.eE+-]{1,6}\\}") {
            if let Ok(claims) = serde_json::from_str::<Claims>(&text) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Object(claims.0));
            }
        }
    }
}
