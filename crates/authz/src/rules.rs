//! The requirements of operations on each kind of target, once the ids are known. Each function states one rule of
//! MLflow 3.17's `server/auth/__init__.py` and names it.

mod registry;

pub use registry::*;

use crate::{Action, Key, Requirement, ResourceType};

fn experiment_key(id: &str) -> Key {
    Key::new(ResourceType::Experiment, id)
}

/// An action on an experiment itself.
pub fn experiment(id: &str, action: Action) -> Vec<Requirement> {
    vec![Requirement::new(action, experiment_key(id))]
}

/// Everything that goes out of reach with an experiment (`_EXPERIMENT_CASCADE_TIERS`).
const EXPERIMENT_CONTENTS: [ResourceType; 7] = [
    ResourceType::Run,
    ResourceType::Trace,
    ResourceType::LoggedModel,
    ResourceType::Assessment,
    ResourceType::ReviewQueue,
    ResourceType::Scorer,
    ResourceType::ScorerVersion,
];

/// Deleting or restoring an experiment reaches what it contains: a nearer grant on a content's type governs
/// (`validate_can_delete_experiment`).
pub fn experiment_with_contents(id: &str, action: Action) -> Vec<Requirement> {
    let mut requirements = experiment(id, action);
    requirements.extend(
        EXPERIMENT_CONTENTS.map(|kind| Requirement::new(action, Key::any(kind)).or(experiment_key(id))),
    );
    requirements
}

/// Making an experiment: nobody needs a grant for it without workspaces, but a DENY on experiments refuses
/// (`validate_can_create_experiment`).
pub fn new_experiment() -> Vec<Requirement> {
    vec![Requirement::new(Action::NotDenied, Key::any(ResourceType::Experiment))]
}

/// An action on a sub-resource of an experiment: the experiment must be readable, and the nearer of the two grants decides
/// about the action (`_run_requirement`).
pub fn within_experiment(id: &str, kind: ResourceType, action: Action) -> Vec<Requirement> {
    vec![
        Requirement::new(Action::Read, experiment_key(id)),
        Requirement::new(action, Key::any(kind)).or(experiment_key(id)),
    ]
}

/// Making a sub-resource in an experiment (`_authorize_create_in_experiment_as`).
pub fn create_in_experiment(id: &str, kind: ResourceType) -> Vec<Requirement> {
    vec![
        Requirement::new(Action::Update, experiment_key(id)),
        Requirement::new(Action::NotDenied, Key::any(kind)),
    ]
}

/// An action on a proxied artifact that lies in an experiment's location and touches the given tiers; without a tier it is
/// the experiment's own (`_authorize_artifact_proxy_resolved`).
pub fn proxied_artifact(id: &str, tiers: &[ResourceType], action: Action) -> Vec<Requirement> {
    if tiers.is_empty() {
        return experiment(id, action);
    }
    let mut requirements = experiment(id, Action::Read);
    requirements
        .extend(tiers.iter().map(|kind| Requirement::new(action, Key::any(*kind)).or(experiment_key(id))));
    requirements
}

/// What belongs to the workspace as a whole: its users (`validate_can_create_user`), and proxied paths that no experiment
/// owns (`_get_permission_from_experiment_id_artifact_proxy`). Without a workspace grant the default permission decides.
pub fn workspace(action: Action) -> Vec<Requirement> {
    vec![Requirement::new(action, Key::any(ResourceType::Workspace))]
}
