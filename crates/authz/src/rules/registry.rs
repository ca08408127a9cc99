//! The model registry: registered models and prompts share its routes, and have grants of their own.

use crate::{Action, Key, Requirement, ResourceType};

/// What a name of the registry stands for. A registered model and a prompt never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    RegisteredModel,
    Prompt,
}

impl Family {
    pub const ALL: [Self; 2] = [Self::RegisteredModel, Self::Prompt];

    pub const fn of(is_prompt: bool) -> Self {
        if is_prompt { Self::Prompt } else { Self::RegisteredModel }
    }

    /// The type whose grants speak of the names.
    pub const fn container(self) -> ResourceType {
        match self {
            Self::RegisteredModel => ResourceType::RegisteredModel,
            Self::Prompt => ResourceType::Prompt,
        }
    }

    /// The type of the versions, whose grants hold for all of them.
    pub const fn versions(self) -> ResourceType {
        match self {
            Self::RegisteredModel => ResourceType::RegisteredModelVersion,
            Self::Prompt => ResourceType::PromptVersion,
        }
    }

    fn key(self, name: &str) -> Key {
        Key::new(self.container(), name)
    }
}

/// An action on a registered model or prompt itself (`_get_permission_from_registered_model_or_prompt_name`).
pub fn registered_model(family: Family, name: &str, action: Action) -> Vec<Requirement> {
    vec![Requirement::new(action, family.key(name))]
}

/// Deleting a model reaches its versions: a nearer grant on their type governs
/// (`validate_can_delete_registered_model_or_prompt_cascade`).
pub fn registered_model_with_versions(family: Family, name: &str, action: Action) -> Vec<Requirement> {
    vec![
        Requirement::new(action, family.key(name)),
        Requirement::new(action, Key::any(family.versions())).or(family.key(name)),
    ]
}

/// A name that a model is to have: nobody needs a grant on it without workspaces, but a DENY refuses
/// (`validate_can_create_registered_model`).
pub fn new_registered_model(family: Family, name: &str) -> Vec<Requirement> {
    registered_model(family, name, Action::NotDenied)
}

/// An action on a version. The model must be readable; reading a version is vetoed by a DENY on versions
/// (`validate_can_read_model_or_prompt_version`), and of another action the nearer of the two grants decides
/// (`_authorize_version_action`).
pub fn model_version(family: Family, name: &str, action: Action) -> Vec<Requirement> {
    let versions = Key::any(family.versions());
    let of_versions = match action {
        Action::Read => Requirement::new(Action::NotDenied, versions),
        _ => Requirement::new(action, versions).or(family.key(name)),
    };
    vec![Requirement::new(Action::Read, family.key(name)), of_versions]
}

/// Making a version (`_authorize_create_version`).
pub fn new_model_version(family: Family, name: &str) -> Vec<Requirement> {
    let mut requirements = registered_model(family, name, Action::Update);
    requirements.extend(versions_not_denied(family));
    requirements
}

/// A veto on the versions of a family.
pub fn versions_not_denied(family: Family) -> Vec<Requirement> {
    vec![Requirement::new(Action::NotDenied, Key::any(family.versions()))]
}

/// An action on an alias is one on the model, and needs the version that it points to readable
/// (`_alias_version_requirement_met`).
pub fn model_alias(family: Family, name: &str, action: Action) -> Vec<Requirement> {
    vec![
        Requirement::new(action, family.key(name)),
        Requirement::new(Action::Read, Key::any(family.versions())).or(family.key(name)),
    ]
}
