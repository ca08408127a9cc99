//! What webhooks are told, as MLflow 3.17 tells it (`mlflow/webhooks/types.py`): the fields and their order.

use bytes::Bytes;
use model::{Error, Millis, Tag, WebhookAction, WebhookEntity, WebhookEvent, python_json};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use time::OffsetDateTime;

/// Tags as an object, in the order of a Python dictionary: a key keeps the place where it came first, and its last value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Vec<(String, String)>);

impl Tags {
    pub fn new(tags: &[Tag]) -> Self {
        let mut last: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
        let mut kept: Vec<(String, String)> = Vec::new();
        for tag in tags {
            match last.get(tag.key.as_str()).and_then(|place| kept.get_mut(*place)) {
                Some((_, value)) => value.clone_from(&tag.value),
                None => {
                    last.insert(&tag.key, kept.len());
                    kept.push((tag.key.clone(), tag.value.clone()));
                }
            }
        }
        Self(kept)
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|(key, value)| key.len() + value.len()).sum()
    }

    /// Takes a tag out.
    pub fn take(&mut self, key: &str) -> Option<String> {
        let place = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(place).1)
    }
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// What is told of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// A registered model or prompt was made.
    Created {
        name: String,
        tags: Tags,
        description: Option<String>,
    },
    ModelVersionCreated {
        name: String,
        version: String,
        source: String,
        run_id: Option<String>,
        tags: Tags,
        description: Option<String>,
    },
    PromptVersionCreated {
        name: String,
        version: String,
        template: Option<String>,
        tags: Tags,
        description: Option<String>,
    },
    VersionTagSet {
        name: String,
        version: String,
        key: String,
        value: String,
    },
    VersionTagDeleted {
        name: String,
        version: String,
        key: String,
    },
    TagSet {
        name: String,
        key: String,
        value: String,
    },
    TagDeleted {
        name: String,
        key: String,
    },
    AliasCreated {
        name: String,
        alias: String,
        version: String,
    },
    AliasDeleted {
        name: String,
        alias: String,
    },
    /// This server has no budgets: known for the example that a test sends.
    BudgetExceeded {
        budget_policy_id: String,
        budget_unit: String,
        budget_amount: f64,
        current_spend: f64,
        duration_unit: String,
        duration_value: u32,
        target_scope: String,
        workspace: String,
        target_value: Option<String>,
        window_start: Millis,
    },
}

impl Data {
    /// About how many bytes it holds.
    pub fn bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_deref().map_or(0, str::len);
        match self {
            Self::Created { name, tags, description } => name.len() + tags.bytes() + length(description),
            Self::ModelVersionCreated { name, source, tags, description, .. } => {
                name.len() + source.len() + tags.bytes() + length(description)
            }
            Self::PromptVersionCreated { name, template, tags, description, .. } => {
                name.len() + length(template) + tags.bytes() + length(description)
            }
            Self::VersionTagSet { name, key, value, .. } | Self::TagSet { name, key, value } => {
                name.len() + key.len() + value.len()
            }
            Self::VersionTagDeleted { name, key, .. } | Self::TagDeleted { name, key } => {
                name.len() + key.len()
            }
            Self::AliasCreated { name, alias, .. } | Self::AliasDeleted { name, alias } => {
                name.len() + alias.len()
            }
            Self::BudgetExceeded { .. } => 0,
        }
    }

    /// What the test of a webhook tells it.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE where there is no such event.
    pub fn example(event: WebhookEvent) -> Result<Self, Error> {
        event.check()?;
        let text = str::to_owned;
        let tags = || Tags(vec![(text("example_key"), text("example_value"))]);
        let is_prompt = matches!(
            event.entity,
            WebhookEntity::Prompt
                | WebhookEntity::PromptVersion
                | WebhookEntity::PromptTag
                | WebhookEntity::PromptVersionTag
                | WebhookEntity::PromptAlias
        );
        let name = text(if is_prompt { "example_prompt" } else { "example_model" });
        let (version, key, value) = (text("1"), text("example_key"), text("example_value"));
        let alias = text("example_alias");
        let is_deleted = event.action == WebhookAction::Deleted;
        Ok(match event.entity {
            WebhookEntity::RegisteredModel => {
                Self::Created { name, tags: tags(), description: Some(text("An example registered model")) }
            }
            WebhookEntity::Prompt => {
                Self::Created { name, tags: tags(), description: Some(text("An example prompt")) }
            }
            WebhookEntity::ModelVersion => Self::ModelVersionCreated {
                name,
                version,
                source: text("models:/123"),
                run_id: Some(text("abcd1234abcd5678")),
                tags: tags(),
                description: Some(text("An example model version")),
            },
            WebhookEntity::PromptVersion => Self::PromptVersionCreated {
                name,
                version,
                template: Some(text("Hello {{name}}!")),
                tags: tags(),
                description: Some(text("An example prompt version")),
            },
            WebhookEntity::ModelVersionTag | WebhookEntity::PromptVersionTag if is_deleted => {
                Self::VersionTagDeleted { name, version, key }
            }
            WebhookEntity::ModelVersionTag | WebhookEntity::PromptVersionTag => {
                Self::VersionTagSet { name, version, key, value }
            }
            WebhookEntity::PromptTag if is_deleted => Self::TagDeleted { name, key },
            WebhookEntity::PromptTag => Self::TagSet { name, key, value },
            WebhookEntity::ModelVersionAlias | WebhookEntity::PromptAlias if is_deleted => {
                Self::AliasDeleted { name, alias }
            }
            WebhookEntity::ModelVersionAlias | WebhookEntity::PromptAlias => {
                Self::AliasCreated { name, alias, version }
            }
            WebhookEntity::BudgetPolicy => Self::BudgetExceeded {
                budget_policy_id: text("bp-abc123"),
                budget_unit: text("USD"),
                budget_amount: 100.0,
                current_spend: 105.5,
                duration_unit: text("MONTHS"),
                duration_value: 1,
                target_scope: text("ENDPOINT"),
                workspace: text("default"),
                target_value: Some(text("ep-abc123")),
                window_start: 1_704_067_200_000,
            },
        })
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    entity: String,
    action: String,
    timestamp: String,
    data: &'a Data,
}

/// The body of a request: what happened when.
///
/// # Errors
/// Never with the data above.
pub fn message(event: WebhookEvent, data: &Data, at: Millis) -> Result<Bytes, Error> {
    let envelope =
        Envelope { entity: event.entity.word(), action: event.action.word(), timestamp: iso(at), data };
    python_json::dumps(&envelope)
        .map(Bytes::from)
        .map_err(|_| Error::internal("The payload could not be written."))
}

/// A time as Python's `isoformat` writes it in UTC: without a fraction where that is nought.
fn iso(at: Millis) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.to_hms();
    let fraction = match time.microsecond() {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn a_payload_is_the_one_that_mlflow_writes() {
        let event = WebhookEvent::new(WebhookEntity::RegisteredModel, WebhookAction::Created);
        let data =
            Data::Created { name: "mé".to_owned(), tags: Tags::new(&[tag("a", "😀")]), description: None };
        let body = message(event, &data, 1_704_164_645_678).unwrap();
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"entity": "registered_model", "action": "created", "timestamp": "2024-01-02T03:04:05.678000+00:00", "data": {"name": "m\u00e9", "tags": {"a": "\ud83d\ude00"}, "description": null}}"#
        );
    }

    #[test]
    fn times_are_those_of_python() {
        assert_eq!(iso(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso(1_704_164_645_678), "2024-01-02T03:04:05.678000+00:00");
        assert_eq!(iso(i64::MAX), "1970-01-01T00:00:00+00:00");
    }

    #[test]
    fn the_last_value_of_a_tag_counts_in_the_place_of_the_first() {
        let mut tags = Tags::new(&[tag("b", "1"), tag("a", "2"), tag("b", "3")]);
        assert_eq!(serde_json::to_string(&tags).unwrap(), r#"{"b":"3","a":"2"}"#);
        assert_eq!(tags.bytes(), 4);
        assert_eq!((tags.take("b").as_deref(), tags.take("b")), (Some("3"), None));
        assert_eq!(serde_json::to_string(&tags).unwrap(), r#"{"a":"2"}"#);
    }

    #[test]
    fn every_event_has_an_example() {
        let mut examples = std::collections::HashSet::new();
        for entity in (1..=10).filter_map(WebhookEntity::from_number) {
            for action in entity.actions() {
                let data = Data::example(WebhookEvent::new(entity, *action)).unwrap();
                examples.insert(serde_json::to_string(&data).unwrap());
            }
        }
        // Tags of versions and of prompts, and aliases, look alike but for the name.
        assert_eq!(examples.len(), 15);
        assert!(Data::example(WebhookEvent::new(WebhookEntity::Prompt, WebhookAction::Set)).is_err());
    }
}
