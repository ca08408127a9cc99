//! Registered models and their versions. A prompt is a registered model with a mark.

use crate::wire::wire_enum;
use crate::{Millis, Tag};
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The tag that makes a prompt of a registered model, when its value is [`true`](is_prompt_value).
pub const IS_PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// Whether a value of [`IS_PROMPT_TAG`] says that it is a prompt: `true` in any case (MLflow 3.17 `_is_prompt`).
pub fn is_prompt_value(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// What tags say about being a prompt; `None` where they say nothing. Of a key given twice the last value counts.
pub fn prompt_mark(tags: &[Tag]) -> Option<bool> {
    tags.iter().rev().find(|tag| tag.key == IS_PROMPT_TAG).map(|tag| is_prompt_value(&tag.value))
}

wire_enum! {
    /// How far the registration of a version has come. The database holds the word.
    ModelVersionStatus {
        Pending = 1 "PENDING_REGISTRATION",
        Failed = 2 "FAILED_REGISTRATION",
        Ready = 3 "READY",
    }
}

/// A stage of a version. The database holds the word; a deleted version's row has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    None,
    Staging,
    Production,
    Archived,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::None, Self::Staging, Self::Production, Self::Archived];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }

    /// A stage by its name in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether a version in the stage is in use, so that one that comes in can take its place.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
    }
}

/// A registered model. The protobuf's `user_id` and deployment fields are Databricks' and never set, as in MLflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredModel {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<Millis>,
    #[serde(skip_serializing_if = "is_empty")]
    pub description: Option<String>,
    /// The latest version of each stage, without its aliases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub latest_versions: Vec<ModelVersion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
}

fn is_empty(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(String::is_empty)
}

impl RegisteredModel {
    pub fn is_prompt(&self) -> bool {
        prompt_mark(&self.tags).unwrap_or(false)
    }
}

/// A name that points to a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alias {
    pub alias: String,
    /// The version's number in decimal.
    pub version: String,
}

/// A version of a registered model. As in MLflow 3.17's REST API, the logged model that it was made from is not told:
/// `model_id`, `model_params` and `model_metrics` stay unset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelVersion {
    pub name: String,
    /// The number in decimal.
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ModelVersionStatus>,
    #[serde(skip_serializing_if = "is_empty")]
    pub status_message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_link: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl ModelVersion {
    /// Leaves out what names the run that the version comes from (MLflow 3.17 `_MODEL_VERSION_SIBLING_FIELDS`).
    pub fn withhold_runs(&mut self) {
        self.run_id = None;
        self.run_link = None;
    }
}

/// What a `models:/` URI names (MLflow 3.17 `_parse_model_uri`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelUri {
    /// `models:/<id>`: a logged model.
    LoggedModel { id: String },
    /// `models:/<name>/<version, stage or "latest">`, `models:/<name>@<alias>`: a version of a registered model.
    Version { name: String, pick: VersionPick },
}

/// Which version of a registered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionPick {
    /// By number, in decimal digits.
    Number(String),
    Latest,
    /// The latest of a stage.
    Stage(String),
    Alias(String),
}

/// A `models:` URI that names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoModel;

impl ModelUri {
    /// Reads a URI; `None` for one with another scheme.
    ///
    /// The gate and the handler both ask here, so that they cannot disagree about what a source names. Only the plain
    /// spelling is one: what a lenient parser would take for the scheme `models` (other letters' case, white space, control
    /// characters), an authority, a query and a fragment are refused.
    pub fn parse(uri: &str) -> Option<Result<Self, NoModel>> {
        let plain: String = uri.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
        let (scheme, _) = plain.split_once(':')?;
        scheme.eq_ignore_ascii_case("models").then(|| Self::parse_plain(uri).ok_or(NoModel))
    }

    fn parse_plain(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix("models:/")?;
        if path.starts_with('/') || path.contains(|c: char| c.is_control() || matches!(c, '?' | '#')) {
            return None;
        }
        let named = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        let version = |name: &str, pick| Some(Self::Version { name: named(name)?, pick });
        match path.split_once('/') {
            Some((_, rest)) if rest.contains('/') => None,
            Some((name, suffix)) if suffix.bytes().all(|byte| byte.is_ascii_digit()) => {
                version(name, VersionPick::Number(named(suffix)?))
            }
            Some((name, suffix)) if suffix.eq_ignore_ascii_case("latest") => {
                version(name, VersionPick::Latest)
            }
            Some((name, suffix)) => version(name, VersionPick::Stage(named(suffix)?)),
            None => match path.rsplit_once('@') {
                Some((name, alias)) => version(name, VersionPick::Alias(named(alias)?)),
                None => Some(Self::LoggedModel { id: named(path)? }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_uri_names_a_logged_model_or_a_version() {
        let version = |name: &str, pick| Some(Ok(ModelUri::Version { name: name.to_owned(), pick }));
        for (uri, expected) in [
            ("models:/m-1", Some(Ok(ModelUri::LoggedModel { id: "m-1".to_owned() }))),
            ("models:/forest/12", version("forest", VersionPick::Number("12".to_owned()))),
            ("models:/a b/LATEST", version("a b", VersionPick::Latest)),
            ("models:/forest/Production", version("forest", VersionPick::Stage("Production".to_owned()))),
            ("models:/forest@best", version("forest", VersionPick::Alias("best".to_owned()))),
            ("models:/a@b@best", version("a@b", VersionPick::Alias("best".to_owned()))),
            ("runs:/1/model", None),
            ("s3://models:/x", None),
            ("/models:/x", None),
            ("models", None),
        ] {
            assert_eq!(ModelUri::parse(uri), expected, "{uri}");
        }
    }

    #[test]
    fn an_odd_spelling_names_nothing_and_is_no_other_source() {
        for uri in [
            "models:",
            "models:/",
            "models://",
            "models://host/m/1",
            "models:m/1",
            "models:///m/1",
            "MODELS:/m/1",
            " models:/m/1",
            "mod\tels:/m/1",
            "models\n:/m/1",
            "models:/m/1?x",
            "models:/m/1#x",
            "models:/m/1/2",
            "models:/m/",
            "models:/ /1",
            "models:/m@",
            "models:/@a",
            "models:/m\0/1",
            "\u{a0}models:/m",
        ] {
            assert_eq!(ModelUri::parse(uri), Some(Err(NoModel)), "{uri:?}");
        }
    }

    #[test]
    fn the_last_mark_of_a_prompt_counts() {
        let tag = |value: &str| Tag { key: IS_PROMPT_TAG.to_owned(), value: value.to_owned() };
        assert_eq!(prompt_mark(&[]), None);
        assert_eq!(prompt_mark(&[tag("true"), tag("no")]), Some(false));
        assert_eq!(prompt_mark(&[tag("no"), tag("TRUE")]), Some(true));
    }
}
