//! From a row's clauses and an input's ids to requirements, and to a decision.

use crate::people;
use crate::resolve::Resolve;
use authz::{Action, Key, Requirement, ResourceType, Sight, Visibility, rules};
use identity::{Principal, Rights};
use model::Error;
use operations::{Clause, Need, Subject};

/// What came of a request at the gate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It may pass; a search shows this.
    Allowed(Sight),
    Forbidden,
}

impl Decision {
    fn of(allowed: bool) -> Self {
        if allowed { Self::Allowed(Sight::of(Visibility::Nothing)) } else { Self::Forbidden }
    }
}

/// Decides what depends on the caller alone, so that a body need not be read for nothing.
///
/// # Errors
/// When rights cannot be read.
pub(crate) async fn before_input(
    need: Need,
    caller: &Principal,
    rights: Option<&Rights>,
) -> Result<Decision, Error> {
    Ok(match (need, rights) {
        (Need::Admin, Some(_)) => Decision::of(caller.is_unrestricted()),
        (Need::WorkspaceAdmin, Some(rights)) => Decision::of(rights.administers_a_workspace(caller).await?),
        (Need::Public | Need::Authenticated | Need::Filtered(..) | Need::All(_), _) | (_, None) => {
            Decision::of(true)
        }
    })
}

/// Decides what depends on the input. `targets` are its ids, in the order of the row's clauses.
///
/// # Errors
/// When an id names nothing that could be asked about, or the lookups fail.
pub(crate) async fn with_input<S: Resolve>(
    need: Need,
    targets: &[Vec<String>],
    caller: &Principal,
    rights: Option<&Rights>,
    resolver: &S,
) -> Result<Decision, Error> {
    // Without users there are no rights to ask: the server was started open.
    let Some(rights) = rights else { return Ok(Decision::Allowed(Sight::of(Visibility::All))) };
    // Nothing restricts an administrator: what an id belongs to need not be looked up, and what is wrong with one the
    // handler says.
    if caller.is_unrestricted() {
        return Ok(Decision::Allowed(Sight::of(Visibility::All)));
    }
    match need {
        Need::Public | Need::Authenticated | Need::Admin | Need::WorkspaceAdmin => Ok(Decision::of(true)),
        Need::Filtered(listing, clauses) => {
            if !allowed(clauses, targets, caller, rights, resolver).await? {
                return Ok(Decision::Forbidden);
            }
            let rows = listing.rows().map(|kind| Requirement::new(Action::NotDenied, Key::any(kind)));
            let sight = rights.sight(caller, listing.kind(), rows.as_slice(), listing.mentions());
            Ok(Decision::Allowed(sight.await?))
        }
        Need::All(clauses) => Ok(Decision::of(allowed(clauses, targets, caller, rights, resolver).await?)),
    }
}

/// Whether the caller meets every clause for all of its ids.
async fn allowed<S: Resolve>(
    clauses: &[Clause],
    targets: &[Vec<String>],
    caller: &Principal,
    rights: &Rights,
    resolver: &S,
) -> Result<bool, Error> {
    let mut requirements = Vec::new();
    for (clause, ids) in clauses.iter().zip(targets) {
        match required(*clause, ids, caller, rights, resolver).await? {
            Required::By(more) => requirements.extend(more),
            Required::Never => return Ok(false),
        }
    }
    if requirements.is_empty() {
        return Ok(true);
    }
    rights.allow(caller, &requirements).await
}

/// Every experiment there is or will be stands for more than any grant can: a DENY on one of them would not be seen. Only
/// whom nothing restricts may touch them all.
fn is_every_experiment(id: &str) -> bool {
    id == authz::WILDCARD
}

/// What one clause comes to.
pub(crate) enum Required {
    By(Vec<Requirement>),
    /// No grant could allow it.
    Never,
}

async fn required<S: Resolve>(
    Clause { action, subject }: Clause,
    ids: &[String],
    caller: &Principal,
    rights: &Rights,
    resolver: &S,
) -> Result<Required, Error> {
    let mut requirements = Vec::new();
    match subject {
        Subject::Experiment => {
            requirements.extend(ids.iter().flat_map(|id| rules::experiment(id, action)));
        }
        Subject::ExperimentByName => {
            for name in ids {
                let id = resolver.experiment_named(name).await?.ok_or_else(|| {
                    Error::not_found(format!("Could not find experiment with name '{name}'"))
                })?;
                requirements.extend(rules::experiment(&id, action));
            }
        }
        Subject::ExperimentWithContents => {
            requirements.extend(ids.iter().flat_map(|id| rules::experiment_with_contents(id, action)));
        }
        Subject::NewExperiment => requirements.extend(rules::new_experiment()),
        Subject::ArtifactLocation => {
            for location in ids.iter().filter(|location| !location.is_empty()) {
                let overlapped = resolver.overlapped_by(location).await?;
                if overlapped.iter().any(|id| is_every_experiment(id)) {
                    return Ok(Required::Never);
                }
                requirements.extend(overlapped.iter().flat_map(|id| rules::experiment(id, action)));
            }
        }
        Subject::LocalLocation => {
            for location in ids.iter().filter(|location| !location.is_empty()) {
                if resolver.is_foreign_local(location)? {
                    return Ok(Required::Never);
                }
            }
        }
        Subject::RunInExperiment => {
            requirements.extend(ids.iter().flat_map(|id| rules::create_in_experiment(id, ResourceType::Run)));
        }
        Subject::AnyRun if ids.is_empty() => {}
        Subject::AnyRun => requirements.push(Requirement::new(action, Key::any(ResourceType::Run))),
        Subject::Run | Subject::ListedRun if ids.is_empty() => {}
        Subject::Run | Subject::ListedRun => {
            let experiments = resolver.experiments_of_runs(ids).await?;
            for id in ids {
                match experiments.get(id) {
                    Some(experiment) => {
                        requirements.extend(rules::within_experiment(experiment, ResourceType::Run, action));
                    }
                    None if subject == Subject::Run => return Ok(Required::Never),
                    None => return Err(Error::not_found(format!("Run with id={id} not found"))),
                }
            }
        }
        Subject::LoggedModel if ids.is_empty() => {}
        Subject::LoggedModel => {
            let experiments = resolver.experiments_of_models(ids).await?;
            for id in ids {
                match experiments.get(id) {
                    Some(experiment) => requirements.extend(rules::within_experiment(
                        experiment,
                        ResourceType::LoggedModel,
                        action,
                    )),
                    None => return Ok(Required::Never),
                }
            }
        }
        Subject::ProxiedArtifact | Subject::ProxiedArtifactTree => {
            for path in ids {
                let owners = resolver.owners_of_path(path, subject == Subject::ProxiedArtifactTree).await?;
                if owners.iter().any(|owner| is_every_experiment(&owner.experiment_id)) {
                    return Ok(Required::Never);
                }
                if owners.is_empty() {
                    requirements.extend(rules::workspace(action));
                }
                requirements.extend(
                    owners.iter().flat_map(|owner| {
                        rules::proxied_artifact(&owner.experiment_id, &owner.tiers, action)
                    }),
                );
            }
        }
        Subject::User
        | Subject::Granted
        | Subject::PermissionOfUser
        | Subject::RolesOfUser
        | Subject::Role
        | Subject::RolePermission
        | Subject::Workspace
        | Subject::EveryWorkspace => return people::required(action, subject, ids, caller, rights).await,
    }
    Ok(Required::By(requirements))
}
