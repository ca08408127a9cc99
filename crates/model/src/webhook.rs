//! Webhooks: who is told of which changes of the model registry (MLflow 3.17 `mlflow/entities/webhook.py`).

use crate::ambient::Millis;
use crate::error::Error;
use crate::wire::wire_enum;
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

wire_enum! {
    /// Whether a webhook is told of anything.
    WebhookStatus { Active = 1 "ACTIVE", Disabled = 2 "DISABLED" }
}

wire_enum! {
    /// What an event is about.
    WebhookEntity {
        RegisteredModel = 1 "REGISTERED_MODEL", ModelVersion = 2 "MODEL_VERSION", ModelVersionTag = 3 "MODEL_VERSION_TAG",
        ModelVersionAlias = 4 "MODEL_VERSION_ALIAS", Prompt = 5 "PROMPT", PromptVersion = 6 "PROMPT_VERSION",
        PromptTag = 7 "PROMPT_TAG", PromptVersionTag = 8 "PROMPT_VERSION_TAG", PromptAlias = 9 "PROMPT_ALIAS",
        BudgetPolicy = 10 "BUDGET_POLICY",
    }
}

wire_enum! {
    /// What happened to it.
    WebhookAction {
        Created = 1 "CREATED", Updated = 2 "UPDATED", Deleted = 3 "DELETED", Set = 4 "SET", Exceeded = 5 "EXCEEDED",
    }
}

/// The database and the payloads have the names in lower case, the messages in upper case.
macro_rules! lower_case {
    ($($name:ident),+) => { $(
        impl $name {
            /// The name in a column and in a payload.
            pub fn word(self) -> String {
                self.as_str().to_ascii_lowercase()
            }

            /// What the name in a column stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::from_name(&word.to_ascii_uppercase()).filter(|known| known.word() == word)
            }
        }
    )+ };
}

lower_case!(WebhookEntity, WebhookAction);

impl WebhookEntity {
    /// What can happen to it, in the order of the names (MLflow 3.17 `VALID_ENTITY_ACTIONS`).
    pub const fn actions(self) -> &'static [WebhookAction] {
        match self {
            Self::RegisteredModel | Self::ModelVersion | Self::Prompt | Self::PromptVersion => {
                &[WebhookAction::Created]
            }
            Self::ModelVersionTag | Self::PromptTag | Self::PromptVersionTag => {
                &[WebhookAction::Deleted, WebhookAction::Set]
            }
            Self::ModelVersionAlias | Self::PromptAlias => &[WebhookAction::Created, WebhookAction::Deleted],
            Self::BudgetPolicy => &[WebhookAction::Exceeded],
        }
    }
}

/// An event that a webhook can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WebhookEvent {
    pub entity: WebhookEntity,
    pub action: WebhookAction,
}

impl WebhookEvent {
    pub const fn new(entity: WebhookEntity, action: WebhookAction) -> Self {
        Self { entity, action }
    }

    /// There has to be such an event.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE, with MLflow's words.
    pub fn check(self) -> Result<(), Error> {
        let actions = self.entity.actions();
        if actions.contains(&self.action) {
            return Ok(());
        }
        let actions: Vec<String> = actions.iter().map(|action| format!("'{}'", action.word())).collect();
        Err(Error::invalid(format!(
            "Invalid action '{}' for entity '{}'. Valid actions are: [{}]",
            self.action.word(),
            self.entity.word(),
            actions.join(", ")
        )))
    }
}

/// As MLflow writes events: `model_version.created`.
impl fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entity.word(), self.action.word())
    }
}

/// A webhook. Its secret is no part of it: nobody is shown that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Webhook {
    pub webhook_id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<WebhookEvent>,
    pub status: WebhookStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<Millis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_that_mlflow_knows() {
        let event = WebhookEvent::new(WebhookEntity::ModelVersionTag, WebhookAction::Set);
        assert_eq!((event.check(), event.to_string()), (Ok(()), "model_version_tag.set".to_owned()));
        let error =
            WebhookEvent::new(WebhookEntity::ModelVersionTag, WebhookAction::Updated).check().unwrap_err();
        assert_eq!(
            error.message,
            "Invalid action 'updated' for entity 'model_version_tag'. Valid actions are: ['deleted', 'set']"
        );
    }

    #[test]
    fn columns_have_the_names_in_lower_case() {
        assert_eq!(WebhookEntity::from_word("prompt_alias"), Some(WebhookEntity::PromptAlias));
        assert_eq!(WebhookEntity::from_word("PROMPT_ALIAS"), None);
        assert_eq!(WebhookAction::from_word("nothing"), None);
    }
}
