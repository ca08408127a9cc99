//! Messages: the fields of a request, once as a struct to read and once as data to explain a bad request with.

use model::{Double, Error, Int64, ViewType};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a field holds, in the words of MLflow's validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    String,
    Integer,
    Float,
    Bool,
    Enum,
    /// A string that must not be repeated in an error.
    Secret,
    List,
    Message,
}

/// A type that can stand in a message.
pub trait Shape {
    const KIND: Kind;
}

macro_rules! shapes {
    ($($type:ty => $kind:ident),+ $(,)?) => { $(impl Shape for $type { const KIND: Kind = Kind::$kind; })+ };
}

shapes! {
    String => String,
    Int64 => Integer,
    Double => Float,
    bool => Bool,
    ViewType => Enum,
    model::RunStatus => Enum,
    model::Tag => Message,
    model::DatasetInput => Message,
    model::ModelInput => Message,
    model::ModelOutput => Message,
    model::WebhookStatus => Enum,
    model::WebhookEvent => Message,
    crate::messages::WebhookSecret => Secret,
}

impl<T> Shape for Vec<T> {
    const KIND: Kind = Kind::List;
}

/// A field of a message.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    /// Its camelCase spelling, where that differs.
    pub camel: Option<&'static str>,
    pub kind: Kind,
    pub required: bool,
}

/// A request message.
pub trait Message: DeserializeOwned + Send + 'static {
    const FIELDS: &'static [Field];

    /// The first required field that is absent or an empty string or list, as MLflow treats both alike.
    fn first_missing(&self) -> Option<&'static str>;

    /// Checks what every handler may rely on.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE with MLflow's words, naming the first required field that is missing.
    fn complete(self) -> Result<Self, Error> {
        match self.first_missing() {
            Some(field) => Err(Error::missing(field)),
            None => Ok(self),
        }
    }
}

/// Says what is wrong with an object that could not be read as `M`, with MLflow's words where its validators have some.
/// `reason` is the parser's own, for what they do not cover.
pub fn explain<M: Message>(object: &Value, reason: &str) -> Error {
    let Some(object) = object.as_object() else {
        return Error::invalid(format!("The request must be a JSON object, got {}.", python_type(object)));
    };
    for field in M::FIELDS {
        let spellings = [Some(field.name), field.camel];
        if let [Some(snake), Some(camel)] = spellings
            && object.contains_key(snake)
            && object.contains_key(camel)
        {
            return Error::invalid(format!(
                "Request specifies both '{snake}' and '{camel}'; provide only one of them."
            ));
        }
        let value = spellings.into_iter().flatten().find_map(|name| object.get(name)).unwrap_or(&Value::Null);
        if field.required && (value.is_null() || value.as_str() == Some("")) {
            return Error::missing(field.name);
        }
        if !value.is_null() && !fits(field.kind, value) {
            if field.kind == Kind::Secret {
                return Error::invalid(format!("Parameter '{}' must be a string.", field.name));
            }
            return Error::invalid(format!(
                "Invalid value {value} for parameter '{}' supplied:  Hint: Value was of type '{}'. \
                 See the API docs for more information about request parameters.",
                field.name,
                python_type(value),
            ));
        }
    }
    Error::invalid(format!("The request could not be read: {reason}"))
}

fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::String | Kind::Secret => value.is_string(),
        Kind::Integer => {
            value.is_i64()
                || value.as_f64().is_some_and(|v| v.fract() == 0.0 && v.abs() < 9.3e18)
                || value.as_str().is_some_and(|v| v.parse::<i64>().is_ok())
        }
        Kind::Float => value.is_number() || value.as_str().is_some_and(|v| v.parse::<f64>().is_ok()),
        Kind::Bool => value.is_boolean(),
        Kind::Enum => value.is_string() || value.is_i64(),
        Kind::List => value.is_array(),
        Kind::Message => value.is_object(),
    }
}

/// The name of a JSON value's type in MLflow's messages, which are Python's.
fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Whether a field counts as given.
pub(crate) trait Given {
    fn is_given(&self) -> bool;
}

impl Given for String {
    fn is_given(&self) -> bool {
        !self.is_empty()
    }
}

macro_rules! always_given {
    ($($type:ty),+ $(,)?) => { $(impl Given for $type { fn is_given(&self) -> bool { true } })+ };
}

always_given!(Int64, Double, bool, ViewType, model::RunStatus);

impl<T> Given for Vec<T> {
    fn is_given(&self) -> bool {
        true
    }
}

/// Defines a request message. Every field is optional on the wire, as protobuf's are; `required` ones are checked by
/// [`Message::complete`]. Unknown fields are ignored, unless it says `#[serde(deny_unknown_fields)]`; a key given twice, or in both
/// spellings, is an error.
macro_rules! message {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty $([$camel:literal])? $(=> $required:ident)?;)* }) => {
        #[derive(Debug, Default, serde::Deserialize)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* #[serde(default $(, alias = $camel)?)] pub $field: Option<$type>,)*
        }

        impl $crate::message::Message for $name {
            const FIELDS: &'static [$crate::message::Field] = &[$($crate::message::Field {
                name: stringify!($field),
                camel: message!(@camel $($camel)?),
                kind: <$type as $crate::message::Shape>::KIND,
                required: message!(@required $($required)?),
            }),*];

            fn first_missing(&self) -> Option<&'static str> {
                $(message!(@check self $field $($required)?);)*
                None
            }
        }
    };
    (@camel $camel:literal) => { Some($camel) };
    (@camel) => { None };
    (@required required) => { true };
    (@required) => { false };
    (@check $self:ident $field:ident required) => {
        if !$self.$field.as_ref().is_some_and($crate::message::Given::is_given) {
            return Some(stringify!($field));
        }
    };
    (@check $self:ident $field:ident) => {};
}
pub(crate) use message;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{LogMetric, SearchRuns};

    fn explained<M: Message + std::fmt::Debug>(json: &str) -> String {
        let reason = serde_json::from_str::<M>(json).unwrap_err().to_string();
        explain::<M>(&serde_json::from_str(json).unwrap(), &reason).message.into_owned()
    }

    #[test]
    fn camel_case_alone_is_accepted() {
        let message: LogMetric =
            serde_json::from_str(r#"{"runId": "r", "key": "k", "modelId": "m"}"#).unwrap();
        assert_eq!((message.run_id.as_deref(), message.model_id.as_deref()), (Some("r"), Some("m")));
    }

    #[test]
    fn both_spellings_and_repeated_keys_are_refused() {
        assert_eq!(
            explained::<LogMetric>(r#"{"run_id": "a", "runId": "b"}"#),
            "Request specifies both 'run_id' and 'runId'; provide only one of them."
        );
        assert!(
            explained::<LogMetric>(
                r#"{"run_id": "a", "key": "k", "value": 1, "timestamp": 1, "run_id": "b"}"#
            )
            .contains("duplicate field")
        );
    }

    #[test]
    fn unknown_fields_are_ignored_and_null_is_absent() {
        let message: LogMetric = serde_json::from_str(r#"{"nobody": 1, "key": null}"#).unwrap();
        assert!(message.key.is_none());
    }

    #[test]
    fn a_wrong_type_is_explained_in_mlflows_words() {
        assert_eq!(
            explained::<LogMetric>(r#"{"run_id": 5, "key": "k"}"#),
            "Invalid value 5 for parameter 'run_id' supplied:  Hint: Value was of type 'int'. \
             See the API docs for more information about request parameters."
        );
        assert!(explained::<SearchRuns>(r#"{"experiment_ids": "0"}"#).contains("Value was of type 'str'"));
        assert!(explained::<SearchRuns>(r#"{"experiment_ids": [5]}"#).contains("could not be read"));
    }

    #[test]
    fn every_number_is_read_as_it_was_written() {
        for number in 0..10_000 {
            let value = f64::from(number) / 7.0;
            let message: LogMetric = serde_json::from_str(&format!(r#"{{"value": {value}}}"#)).unwrap();
            assert_eq!(message.value.unwrap().0.to_bits(), value.to_bits(), "{value}");
        }
    }

    #[test]
    fn a_missing_or_empty_required_field_is_named() {
        let message: LogMetric = serde_json::from_str(r#"{"run_id": "r", "key": ""}"#).unwrap();
        assert_eq!(message.complete().unwrap_err(), Error::missing("key"));
    }
}
