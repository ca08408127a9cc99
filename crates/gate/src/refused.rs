//! What the audit learns of a request that was turned away.

use authz::ResourceType;
use identity::Rejection;
use model::audit::{Outcome, Target};
use operations::{Clause, Need, Row, Subject};
use telemetry::RefusedLogin;

/// A failed login.
pub(crate) struct Login {
    /// How it is written down.
    pub(crate) outcome: Outcome,
    /// The name of the user whom it was about.
    pub(crate) username: Option<String>,
    pub(crate) detail: &'static str,
    /// As the metrics tell it.
    pub(crate) reason: RefusedLogin,
}

/// The failed login that a rejection stands for. A request without credentials is none.
pub(crate) fn login(rejection: &Rejection) -> Option<Login> {
    let (outcome, username, detail, reason) = match rejection {
        Rejection::WrongCredentials { username, problem } => {
            (Outcome::LoginFailed, username.clone(), *problem, RefusedLogin::WrongCredentials)
        }
        Rejection::Throttled { username, .. } => {
            (Outcome::Throttled, username.clone(), "too many failed logins", RefusedLogin::Throttled)
        }
        Rejection::Unavailable { problem } => {
            (Outcome::LoginFailed, None, *problem, RefusedLogin::Unavailable)
        }
        Rejection::Answered { is_failed_login: true, .. } => {
            let detail = "refused by authorization_function";
            (Outcome::LoginFailed, None, detail, RefusedLogin::ByFunction)
        }
        Rejection::Answered { .. } | Rejection::Unauthorized | Rejection::Failed(_) => return None,
    };
    Some(Login { outcome, username, detail, reason })
}

/// The first thing that a request names. `targets` are its ids, in the order of the row's clauses.
pub(crate) fn target(row: Row, targets: &[Vec<String>]) -> Option<Target> {
    let clauses: &[Clause] = match row.need {
        Need::Filtered(_, clauses) | Need::All(clauses) => clauses,
        Need::Public | Need::Authenticated | Need::Unbound | Need::Admin | Need::WorkspaceAdmin => &[],
    };
    let named = clauses.iter().zip(targets).find_map(|(clause, ids)| {
        let id = ids.iter().find(|id| !id.is_empty())?;
        Some((clause.subject, id))
    });
    named.map(|(subject, id)| of_subject(subject, id))
}

fn of_subject(subject: Subject, id: &str) -> Target {
    let resource = |kind: ResourceType| Target::new(kind.as_str(), id);
    match subject {
        Subject::Experiment
        | Subject::ExperimentByName
        | Subject::ExperimentWithContents
        | Subject::NewExperiment
        | Subject::RunInExperiment
        | Subject::LoggedModelInExperiment => resource(ResourceType::Experiment),
        Subject::Run | Subject::ListedRun | Subject::AnyRun => resource(ResourceType::Run),
        Subject::LoggedModel => resource(ResourceType::LoggedModel),
        Subject::GrantedByName
        | Subject::RegisteredModel
        | Subject::ModelOfBothTypes
        | Subject::ModelWithVersions
        | Subject::NewRegisteredModel
        | Subject::NewNameOfModel
        | Subject::ModelVersion
        | Subject::NewModelVersion
        | Subject::ModelAlias
        | Subject::AnyRegisteredModelVersion => resource(ResourceType::RegisteredModel),
        Subject::NewPrompt | Subject::AnyPromptVersion => resource(ResourceType::Prompt),
        Subject::ArtifactLocation
        | Subject::LocalLocation
        | Subject::ModelSource
        | Subject::ProxiedArtifact
        | Subject::ProxiedArtifactTree => Target::new("artifact", id),
        Subject::User | Subject::PermissionOfUser | Subject::RolesOfUser | Subject::TokensOfUser => {
            Target::user(id)
        }
        Subject::Token => Target::new("token", id),
        Subject::Role => Target::new("role", id),
        Subject::RolePermission => Target::new("role_permission", id),
        Subject::Workspace | Subject::EveryWorkspace => resource(ResourceType::Workspace),
        // `type/id`; no type has a slash in its name. What is no type is not written as one.
        Subject::Granted => match id.split_once('/').map(|(kind, id)| (ResourceType::from_name(kind), id)) {
            Some((Some(kind), id)) => Target::new(kind.as_str(), id),
            _ => Target::new("resource", id),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use operations::{CreateUser, DeleteExperiment, GetRun, GrantUserPermission, Operation};

    fn of(row: Row, ids: &[&str]) -> Option<Target> {
        target(row, &[ids.iter().map(|id| (*id).to_owned()).collect()])
    }

    #[test]
    fn the_first_thing_that_a_request_names_is_its_target() {
        assert_eq!(of(GetRun::ROW, &["r1", "r2"]), Some(Target::new("run", "r1")));
        assert_eq!(of(DeleteExperiment::ROW, &["7"]), Some(Target::new("experiment", "7")));
        assert_eq!(of(GrantUserPermission::ROW, &["experiment/7"]), Some(Target::new("experiment", "7")));
        assert_eq!(of(GrantUserPermission::ROW, &["x/7"]), Some(Target::new("resource", "x/7")));
        assert_eq!(of(GetRun::ROW, &[""]), None);
        assert_eq!(of(GetRun::ROW, &[]), None);
        assert_eq!(target(CreateUser::ROW, &[]), None);
    }
}
