//! What the clauses about registered models, prompts and their versions come to.

use super::{Required, artifacts, logged_models, runs};
use crate::resolve::{Resolve, SourceOwner};
use authz::rules::{self, Family};
use authz::{Action, Requirement};
use model::Error;
use operations::Subject;

pub(super) async fn required<S: Resolve>(
    action: Action,
    subject: Subject,
    ids: &[String],
    resolver: &S,
) -> Result<Required, Error> {
    let by = |requirements| Ok(Required::By(requirements));
    match subject {
        Subject::NewRegisteredModel => by(new_names(Family::RegisteredModel, ids)),
        Subject::NewPrompt => by(new_names(Family::Prompt, ids)),
        Subject::AnyRegisteredModelVersion if ids.is_empty() => by(Vec::new()),
        Subject::AnyRegisteredModelVersion => by(rules::versions_not_denied(Family::RegisteredModel)),
        Subject::AnyPromptVersion if ids.is_empty() => by(Vec::new()),
        Subject::AnyPromptVersion => by(rules::versions_not_denied(Family::Prompt)),
        Subject::ModelOfBothTypes => by(ids
            .iter()
            .flat_map(|name| Family::ALL.map(|family| rules::registered_model(family, name, action)))
            .flatten()
            .collect()),
        Subject::ModelSource => source(action, ids, resolver).await,
        _ => named(action, subject, ids, resolver).await,
    }
}

fn new_names(family: Family, names: &[String]) -> Vec<Requirement> {
    names.iter().flat_map(|name| rules::new_registered_model(family, name)).collect()
}

/// Clauses about what the name stands for, as it is kept: a request's own tags could say something else. The first id is the
/// name.
async fn named<S: Resolve>(
    action: Action,
    subject: Subject,
    ids: &[String],
    resolver: &S,
) -> Result<Required, Error> {
    let [name, rest @ ..] = ids else { return Ok(Required::By(Vec::new())) };
    let prompts = resolver.prompts_among(std::slice::from_ref(name)).await?;
    let known = prompts.get(name).map(|is_prompt| Family::of(*is_prompt));
    let family = match (known, subject) {
        (Some(family), _) => family,
        (None, Subject::RegisteredModel | Subject::NewNameOfModel) => Family::RegisteredModel,
        (None, _) => return Ok(Required::Never),
    };
    Ok(Required::By(match subject {
        Subject::RegisteredModel => rules::registered_model(family, name, action),
        Subject::NewNameOfModel => new_names(family, rest),
        Subject::ModelWithVersions => rules::registered_model_with_versions(family, name, action),
        Subject::ModelVersion => rules::model_version(family, name, action),
        Subject::NewModelVersion => rules::new_model_version(family, name),
        Subject::ModelAlias => rules::model_alias(family, name, action),
        // The other subjects do not come here; one that did would be refused.
        _ => return Ok(Required::Never),
    }))
}

/// What names of the registry stand for, as [`Subject::Granted`] takes it.
pub(super) async fn granted<S: Resolve>(names: &[String], resolver: &S) -> Result<Vec<String>, Error> {
    let prompts = resolver.prompts_among(names).await?;
    let kind = |name| Family::of(prompts.get(name).copied().unwrap_or(false)).container();
    Ok(names.iter().map(|name| format!("{}/{name}", kind(name))).collect())
}

/// What the source of a version names has to be readable, or else the version could show it to everybody who reads the
/// model. An id that names nothing is forbidden, so that nobody can probe for ids.
async fn source<S: Resolve>(action: Action, sources: &[String], resolver: &S) -> Result<Required, Error> {
    let mut requirements = Vec::new();
    for source in sources {
        let more = match resolver.owner_of_source(source).await? {
            SourceOwner::RegisteredModel(name) => {
                let prompts = resolver.prompts_among(std::slice::from_ref(&name)).await?;
                match prompts.get(&name) {
                    Some(is_prompt) => {
                        Required::By(rules::registered_model(Family::of(*is_prompt), &name, action))
                    }
                    None => Required::Never,
                }
            }
            SourceOwner::LoggedModel(id) => logged_models(action, &[id], resolver).await?,
            SourceOwner::Run(id) => runs(action, &[id], resolver).await?,
            SourceOwner::Artifacts(reach) => artifacts(action, &reach),
        };
        match more {
            Required::By(more) => requirements.extend(more),
            Required::Never => return Ok(Required::Never),
        }
    }
    Ok(Required::By(requirements))
}
