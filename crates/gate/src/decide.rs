//! From a row's clauses and an input's ids to requirements, and to a decision.

mod registry;

use crate::extension::{AuthorizationRequest, Authorizer};
use crate::people;
use crate::resolve::{Owner, Reach, Resolve};
use authz::{Action, Key, Listed, Requirement, ResourceType, Scope, Sight, Visibility, rules};
use identity::{Principal, Rights};
use model::Error;
use operations::{Clause, Need, Row, Subject};
use std::collections::HashMap;

/// What came of a request at the gate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It may pass; its answer shows this.
    Allowed(Sight),
    Forbidden,
}

impl Decision {
    fn of(allowed: bool) -> Self {
        if allowed { Self::Allowed(Sight::without_rows(Vec::new())) } else { Self::Forbidden }
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
    if caller.scope().is_some_and(|scope| !scope.reaches(need.least())) {
        return Ok(Decision::Forbidden);
    }
    Ok(match (need, rights) {
        (Need::Unbound, Some(_)) => Decision::of(caller.scope().is_none_or(Scope::is_everywhere)),
        (Need::Admin, Some(_)) => Decision::of(caller.is_unrestricted()),
        (Need::WorkspaceAdmin, Some(rights)) => Decision::of(rights.administers_a_workspace(caller).await?),
        (Need::Public | Need::Authenticated | Need::Filtered(..) | Need::All(_), _) | (_, None) => {
            Decision::of(true)
        }
    })
}

/// What a caller wants, of a row of the table or of an app's own route.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) operation: &'a str,
    pub(crate) clauses: &'a [Clause],
    /// The ids that the input names, in the order of the clauses.
    pub(crate) targets: &'a [Vec<String>],
    /// What is listed, where it is a search.
    pub(crate) listed: &'a [Listed],
    pub(crate) mentions: &'a [ResourceType],
}

/// Decides what depends on the input. `targets` are its ids, in the order of the row's clauses.
///
/// # Errors
/// When an id names nothing that could be asked about, or the lookups fail.
pub(crate) async fn with_input<S: Resolve>(
    row: Row,
    targets: &[Vec<String>],
    caller: &Principal,
    rights: Option<&Rights>,
    authorizer: Option<&dyn Authorizer>,
    resolver: &S,
) -> Result<Decision, Error> {
    let (clauses, listed) = match row.need {
        Need::Public => return Ok(Decision::of(true)),
        Need::Authenticated | Need::Unbound | Need::Admin | Need::WorkspaceAdmin => (&[][..], &[][..]),
        Need::Filtered(listing, clauses) => (clauses, listing.listed()),
        Need::All(clauses) => (clauses, &[][..]),
    };
    let wanted = Wanted { operation: row.name, clauses, targets, listed, mentions: row.mentions };
    decide(wanted, caller, rights, authorizer, resolver).await
}

/// Decides about what somebody wants who has passed [`before_input`].
///
/// # Errors
/// When an id names nothing that could be asked about, or the lookups fail.
pub(crate) async fn decide<S: Resolve>(
    wanted: Wanted<'_>,
    caller: &Principal,
    rights: Option<&Rights>,
    authorizer: Option<&dyn Authorizer>,
    resolver: &S,
) -> Result<Decision, Error> {
    // Without users there are no rights to ask: the server was started open.
    let Some(rights) = rights else { return Ok(Decision::Allowed(Sight::all())) };
    let Some(authorizer) = authorizer else {
        // Nothing restricts an administrator: what an id belongs to need not be looked up, and what is wrong with one the
        // handler says.
        if caller.is_unrestricted() {
            return Ok(Decision::Allowed(Sight::all()));
        }
        let Wanted { clauses, targets, .. } = wanted;
        return match all_required(clauses, targets, caller, rights, resolver).await? {
            Required::By(requirements) => by_grants(wanted, &requirements, caller, rights).await,
            Required::Never => Ok(Decision::Forbidden),
        };
    };
    let required = all_required(wanted.clauses, wanted.targets, caller, rights, resolver).await?;
    let requirements = match required {
        Required::By(requirements) => requirements,
        // As above: the handler says what is wrong with an id.
        Required::Never if caller.is_unrestricted() => Vec::new(),
        Required::Never => return Ok(Decision::Forbidden),
    };
    let sight = if authorizer.replaces_grants() {
        let scope = caller.scope();
        if scope.is_some_and(|scope| !scope.admits(&requirements)) {
            return Ok(Decision::Forbidden);
        }
        scope.map_or(Sight::all(), |scope| Sight::all().within(scope, wanted.listed))
    } else {
        match by_grants(wanted, &requirements, caller, rights).await? {
            Decision::Allowed(sight) => sight,
            Decision::Forbidden => return Ok(Decision::Forbidden),
        }
    };
    let request = AuthorizationRequest { caller, operation: wanted.operation, requirements: &requirements };
    if !authorizer.authorize(request).await? {
        return Ok(Decision::Forbidden);
    }
    let mut shown = Vec::with_capacity(wanted.listed.len());
    for listed in wanted.listed {
        shown.push((listed.kind, authorizer.visible(caller, listed.kind).await?));
    }
    let mut sight = sight.narrowed(shown);
    for kind in wanted.mentions {
        if authorizer.visible(caller, *kind).await? != Visibility::All {
            sight = sight.withholding(*kind);
        }
    }
    Ok(Decision::Allowed(sight))
}

async fn by_grants(
    wanted: Wanted<'_>,
    requirements: &[Requirement],
    caller: &Principal,
    rights: &Rights,
) -> Result<Decision, Error> {
    let sight = match wanted.listed {
        [] => rights.allow(caller, requirements, wanted.mentions).await?,
        listed => rights.sight(caller, requirements, listed, wanted.mentions).await?,
    };
    Ok(sight.map_or(Decision::Forbidden, Decision::Allowed))
}

/// What every clause comes to, for all of its ids.
async fn all_required<S: Resolve>(
    clauses: &[Clause],
    targets: &[Vec<String>],
    caller: &Principal,
    rights: &Rights,
    resolver: &S,
) -> Result<Required, Error> {
    let mut requirements = Vec::new();
    for (clause, ids) in clauses.iter().zip(targets) {
        match required(*clause, ids, caller, rights, resolver).await? {
            Required::By(more) => requirements.extend(more),
            Required::Never => return Ok(Required::Never),
        }
    }
    Ok(Required::By(requirements))
}

/// Every experiment there is or will be stands for more than any grant can: a DENY on one of them would not be seen. Only
/// whom nothing restricts may touch them all.
fn is_every_experiment(owner: &Owner) -> bool {
    owner.experiment_id == authz::WILDCARD
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
                if overlapped.owners.iter().any(is_every_experiment) {
                    return Ok(Required::Never);
                }
                let needed = |owner: &Owner| rules::experiment(&owner.experiment_id, action);
                requirements.extend(overlapped.owners.iter().flat_map(needed));
                // The files of nobody would become the experiment's, and with it its creator's.
                if overlapped.of_nobody && resolver.holds_artifacts(location).await? {
                    requirements.extend(rules::workspace(action));
                }
            }
        }
        Subject::LocalLocation => {
            for location in ids.iter().filter(|location| !location.is_empty()) {
                if resolver.is_foreign_local(location)? {
                    return Ok(Required::Never);
                }
            }
        }
        Subject::RunInExperiment => requirements.extend(created(ids, ResourceType::Run)),
        Subject::LoggedModelInExperiment => requirements.extend(created(ids, ResourceType::LoggedModel)),
        Subject::AnyRun if ids.is_empty() => {}
        Subject::AnyRun => requirements.push(Requirement::new(action, Key::any(ResourceType::Run))),
        Subject::Run => return runs(action, ids, resolver).await,
        Subject::ListedRun if ids.is_empty() => {}
        Subject::ListedRun => {
            let experiments = resolver.experiments_of_runs(ids).await?;
            for id in ids {
                let Some(experiment) = experiments.get(id) else {
                    return Err(Error::not_found(format!("Run with id={id} not found")));
                };
                requirements.extend(rules::within_experiment(experiment, ResourceType::Run, action));
            }
        }
        Subject::LoggedModel => return logged_models(action, ids, resolver).await,
        Subject::ProxiedArtifact | Subject::ProxiedArtifactTree => {
            for path in ids {
                let reach = resolver.reach_of_path(path, subject == Subject::ProxiedArtifactTree).await?;
                match artifacts(action, &reach) {
                    Required::By(more) => requirements.extend(more),
                    Required::Never => return Ok(Required::Never),
                }
            }
        }
        Subject::RegisteredModel
        | Subject::ModelOfBothTypes
        | Subject::ModelWithVersions
        | Subject::NewRegisteredModel
        | Subject::NewPrompt
        | Subject::NewNameOfModel
        | Subject::ModelVersion
        | Subject::NewModelVersion
        | Subject::AnyRegisteredModelVersion
        | Subject::AnyPromptVersion
        | Subject::ModelAlias
        | Subject::ModelSource => return registry::required(action, subject, ids, resolver).await,
        Subject::GrantedByName => {
            let granted = registry::granted(ids, resolver).await?;
            return people::required(action, Subject::Granted, &granted, caller, rights).await;
        }
        Subject::User
        | Subject::Granted
        | Subject::PermissionOfUser
        | Subject::RolesOfUser
        | Subject::TokensOfUser
        | Subject::Token
        | Subject::Role
        | Subject::RolePermission
        | Subject::Workspace
        | Subject::EveryWorkspace => return people::required(action, subject, ids, caller, rights).await,
    }
    Ok(Required::By(requirements))
}

/// Making something of a type in each of the experiments.
fn created(experiments: &[String], kind: ResourceType) -> impl Iterator<Item = Requirement> {
    experiments.iter().flat_map(move |id| rules::create_in_experiment(id, kind))
}

/// An action on runs, all of which have to exist.
async fn runs<S: Resolve>(action: Action, ids: &[String], resolver: &S) -> Result<Required, Error> {
    if ids.is_empty() {
        return Ok(Required::By(Vec::new()));
    }
    let experiments = resolver.experiments_of_runs(ids).await?;
    Ok(within(&experiments, ids, ResourceType::Run, action))
}

/// An action on logged models, all of which have to exist.
async fn logged_models<S: Resolve>(action: Action, ids: &[String], resolver: &S) -> Result<Required, Error> {
    if ids.is_empty() {
        return Ok(Required::By(Vec::new()));
    }
    let experiments = resolver.experiments_of_models(ids).await?;
    Ok(within(&experiments, ids, ResourceType::LoggedModel, action))
}

fn within(
    experiments: &HashMap<String, String>,
    ids: &[String],
    kind: ResourceType,
    action: Action,
) -> Required {
    let mut requirements = Vec::new();
    for id in ids {
        let Some(experiment) = experiments.get(id) else { return Required::Never };
        requirements.extend(rules::within_experiment(experiment, kind, action));
    }
    Required::By(requirements)
}

/// An action on artifacts, in the locations of experiments and beside them.
fn artifacts(action: Action, reach: &Reach) -> Required {
    if reach.owners.iter().any(is_every_experiment) {
        return Required::Never;
    }
    let needed = |owner: &Owner| rules::proxied_artifact(&owner.experiment_id, &owner.tiers, action);
    let mut requirements: Vec<Requirement> = reach.owners.iter().flat_map(needed).collect();
    if reach.of_nobody {
        requirements.extend(rules::workspace(action));
    }
    Required::By(requirements)
}
