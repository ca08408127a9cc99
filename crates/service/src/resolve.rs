//! What ids of requests belong to: the questions that the gate asks.

use crate::Service;
use crate::locations::Place;
use crate::model_sources::{is_placeholder, names_nothing};
use ::artifacts::SafePath;
use ::artifacts::source::Source;
use authz::ResourceType;
use gate::{Owner, Reach, Resolve, SourceOwner};
use model::registry::{ModelUri, NoModel};
use model::{Error, Result};
use std::collections::HashMap;
use store::registry::models;
use store::tracking::{experiments, locations, runs};

/// What an experiment's artifact location can hold, beside files of its own.
const ALL_TIERS: [ResourceType; 3] = [ResourceType::Run, ResourceType::Trace, ResourceType::LoggedModel];
/// Every experiment there is or will be: only a grant on all of them speaks of it.
const EVERY_EXPERIMENT: &str = authz::WILDCARD;

impl Resolve for Service {
    async fn experiment_named(&self, name: &str) -> Result<Option<String>> {
        Ok(experiments::id_of_name(self.tracking()?, name).await?)
    }

    async fn experiments_of_runs(&self, ids: &[String]) -> Result<HashMap<String, String>> {
        let db = self.tracking()?;
        if let [id] = ids {
            let experiment = runs::experiment_of(db, id).await?;
            return Ok(experiment.map(|experiment| (id.clone(), experiment)).into_iter().collect());
        }
        Ok(runs::experiments_of(db, ids).await?)
    }

    async fn experiments_of_models(&self, ids: &[String]) -> Result<HashMap<String, String>> {
        Ok(runs::experiments_of_models(self.tracking()?, ids).await?)
    }

    async fn reach_of_path(&self, path: &str, tree: bool) -> Result<Reach> {
        self.reach_of(&Place::of_path(&SafePath::parse(path).map_err(Error::from)?), tree).await
    }

    async fn prompts_among(&self, names: &[String]) -> Result<HashMap<String, bool>> {
        // Without a registry no name stands for anything.
        let Some(registry) = &self.registry else { return Ok(HashMap::new()) };
        Ok(models::prompts_among(registry, names).await?)
    }

    async fn owner_of_source(&self, source: &str) -> Result<SourceOwner> {
        match ModelUri::parse(source) {
            Some(Ok(ModelUri::Version { name, .. })) => return Ok(SourceOwner::RegisteredModel(name)),
            Some(Ok(ModelUri::LoggedModel { id })) => return Ok(SourceOwner::LoggedModel(id)),
            Some(Err(NoModel)) => return Err(names_nothing(source, "model_id")),
            None if is_placeholder(source) => return Ok(SourceOwner::Artifacts(Reach::default())),
            None => {}
        }
        if let Source::Run { id } = Source::parse(source)? {
            return Ok(SourceOwner::Run(id));
        }
        // Whoever reads the version reaches everything below its source.
        Ok(SourceOwner::Artifacts(self.reach_of(&self.locations.place(source)?, true).await?))
    }

    async fn overlapped_by(&self, location: &str) -> Result<Reach> {
        let place = self.locations.place(&self.locations.resolve(location)?)?;
        self.reach_of(&place, true).await
    }

    async fn holds_artifacts(&self, location: &str) -> Result<bool> {
        let location = self.locations.resolve(location)?;
        // What is kept elsewhere is not reached through this server.
        let Ok((repository, path)) = self.locations.open(&location) else { return Ok(false) };
        let is_empty = repository.list(&path).await.is_ok_and(|files| files.is_empty());
        Ok(!is_empty || repository.read(&path, None).await.is_ok())
    }

    fn is_foreign_local(&self, location: &str) -> Result<bool> {
        self.locations.is_foreign_local(location)
    }
}

impl Service {
    /// Whose artifacts a place holds; with `tree`, with what lies below it.
    async fn reach_of(&self, place: &Place, tree: bool) -> Result<Reach> {
        let mut reach = Reach { owners: Vec::new(), of_nobody: self.locations.opens(place) };
        let mut add = |experiment_id: String, tiers: Vec<ResourceType>, around: bool| {
            reach.of_nobody &= !around;
            reach.owners.push(Owner { experiment_id, tiers });
        };
        if let Some((id, rest)) = self.experiment_by_folder(place) {
            add(id.to_owned(), tiers(rest, tree), true);
        }
        if tree && self.locations.is_above_all(place) {
            add(EVERY_EXPERIMENT.to_owned(), ALL_TIERS.to_vec(), false);
        }
        for (id, location) in self.custom_locations().await? {
            if let Some(rest) = place.below(&location) {
                add(id, tiers(rest, tree), true);
            } else if tree && location.below(place).is_some() {
                add(id, ALL_TIERS.to_vec(), false);
            }
        }
        Ok(reach)
    }

    /// The experiment in whose default folder a place lies, whether it exists or will: `<root>/<id>/…`, or `<id>/…` at the
    /// top of the proxy's storage, which MLflow takes for the experiment whatever the root is. And the rest of the way.
    pub(crate) fn experiment_by_folder<'p>(&self, place: &'p Place) -> Option<(&'p str, &'p [String])> {
        let below_root = place.below(self.locations.default_place());
        let at_top = place.is_proxied().then(|| place.segments());
        below_root.into_iter().chain(at_top).find_map(|rest| {
            let (id, rest) = rest.split_first()?;
            let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
            is_id.then_some((id.as_str(), rest))
        })
    }

    /// The experiments that keep their artifacts elsewhere than in their default folder.
    pub(crate) async fn custom_locations(&self) -> Result<Vec<(String, Place)>> {
        let Some(db) = &self.tracking else { return Ok(Vec::new()) };
        let default = self.locations.default_location();
        let (before, after) = default.around();
        let custom = locations::custom(db, before, after).await?;
        Ok(custom
            .into_iter()
            .filter_map(|(id, location)| match self.locations.place(&location) {
                Ok(place) => Some((id, place)),
                Err(error) => {
                    // Nothing can be served from a location that is none.
                    tracing::debug!(experiment_id = id, location, %error, "an experiment's artifact location is unreadable");
                    None
                }
            })
            .collect())
    }
}

/// Whether a folder's name is a run's id.
pub(crate) fn is_run_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The types of what a way below an experiment's location names (MLflow 3.17 `_artifact_proxy_child_types`): a run's folder,
/// `models`, `traces`. A `tree` reaches all that may lie below it.
fn tiers(rest: &[String], tree: bool) -> Vec<ResourceType> {
    match rest {
        [] if tree => ALL_TIERS.to_vec(),
        [] => Vec::new(),
        [first, ..] if first == "models" => vec![ResourceType::LoggedModel],
        [first, ..] if first == "traces" => vec![ResourceType::Trace],
        [_, second, ..] if second == "artifacts" => vec![ResourceType::Run],
        [first, ..] if tree || is_run_id(first) => vec![ResourceType::Run],
        _ => Vec::new(),
    }
}
