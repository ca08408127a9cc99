//! The sources of model versions: what may be one, and what it stands for (MLflow 3.17 `server/handlers.py`,
//! `_create_model_version` and the functions that it calls).

use crate::Service;
use ::artifacts::source::{Source, check_absolute, lies_within, lies_within_folder};
use model::registry::{ModelUri, NoModel, VersionPick};
use model::{Error, ErrorCode, ModelVersion, Result, Stage, validation};
use operations::messages::CreateModelVersion;
use store::Connection;
use store::registry::{models, versions};
use store::tracking::{logged_models, runs};

/// What MLflow's clients give as the source of a prompt's version, which has no artifacts (`prompt/constants.py`).
const PLACEHOLDERS: [&str; 2] = ["dummy-source", "prompt-template"];

pub(crate) fn is_placeholder(source: &str) -> bool {
    PLACEHOLDERS.contains(&source)
}

/// The error for a source that the request's `parameter` does not lead to.
pub(crate) fn names_nothing(source: &str, parameter: &str) -> Error {
    Error::invalid(format!(
        "Invalid model version source: '{source}'. The {parameter} request parameter must identify the resource that \
         contains the source."
    ))
}

fn invalid_source(source: &str, reason: &str) -> Error {
    Error::invalid(format!("Invalid model version source: '{source}'. {reason}"))
}

/// A source that was checked, and what follows from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) source: String,
    /// Where the artifacts lie: the source, or what a `models:` URI stands for.
    pub(crate) storage_location: String,
    pub(crate) run_id: String,
    /// The logged model that the version is made from.
    pub(crate) model_id: Option<String>,
}

/// What a source has to lie in: the artifacts of the logged model if the request names one, else of the run.
struct Anchor {
    /// The parameter that names it.
    parameter: &'static str,
    id: String,
}

impl Service {
    /// Checks the source of a new version.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE, or RESOURCE_DOES_NOT_EXIST for a registered model or version that the source names.
    pub(crate) async fn check_source(&self, input: &CreateModelVersion) -> Result<Checked> {
        let source = input.source.clone().unwrap_or_default();
        if let Some(pattern) = &self.source_pattern
            && !pattern.is_match(&source)
        {
            return Err(Error::invalid(format!("Invalid model version source: '{source}'.")));
        }
        let run_id = input.run_id.clone().unwrap_or_default();
        if input.mark() == Some(true) {
            if !is_placeholder(&source) {
                return Err(Error::invalid(format!(
                    "Invalid prompt source: '{source}'. Prompt sources must use an MLflow placeholder."
                )));
            }
            let storage_location = source.clone();
            return Ok(Checked { source, storage_location, run_id, model_id: None });
        }
        self.locations.check_host("source", &source)?;
        match ModelUri::parse(&source) {
            Some(Err(NoModel)) => Err(names_nothing(&source, "model_id")),
            Some(Ok(ModelUri::Version { name, pick })) => self.copy_of(input, &source, &name, &pick).await,
            Some(Ok(ModelUri::LoggedModel { id })) => {
                check_absolute(&source)?;
                if input.model_id.as_ref() != Some(&id) {
                    return Err(names_nothing(&source, "model_id"));
                }
                let origin = self.origin(&id).await?.ok_or_else(|| names_nothing(&source, "model_id"))?;
                let run_id = inherited(run_id, origin.source_run_id);
                Ok(Checked { storage_location: origin.artifact_location, source, run_id, model_id: Some(id) })
            }
            None => self.original(input, source, run_id).await,
        }
    }

    /// A version made from artifacts, not from another version.
    async fn original(&self, input: &CreateModelVersion, source: String, run_id: String) -> Result<Checked> {
        let given = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
        let model_id = given(&input.model_id);
        let anchor = match &model_id {
            Some(id) => Anchor { parameter: "model_id", id: id.clone() },
            None => Anchor { parameter: "run_id", id: run_id.clone() },
        };
        match Source::parse(&source)? {
            Source::Local => self.check_local(&source, &anchor).await?,
            kind => {
                check_absolute(&source)?;
                let led_to = match kind {
                    Source::Run { id } => model_id.is_none() && id == run_id,
                    Source::Proxied => self.is_proxied_within(&source, &anchor).await?,
                    Source::Elsewhere if self.holds_experiment(&source)? => {
                        return Err(invalid_source(
                            &source,
                            "It is the folder of a whole experiment, where others' files can come to lie. Name the folder of a \
                             model in it.",
                        ));
                    }
                    Source::Local | Source::Elsewhere => true,
                };
                if !led_to {
                    return Err(names_nothing(&source, anchor.parameter));
                }
            }
        }
        let made_by = match &model_id {
            Some(id) => {
                let origin = self.origin(id).await?.ok_or_else(|| names_nothing(&source, "model_id"))?;
                origin.source_run_id
            }
            None => None,
        };
        let storage_location = source.clone();
        Ok(Checked { source, storage_location, run_id: inherited(run_id, made_by), model_id })
    }

    async fn check_local(&self, source: &str, anchor: &Anchor) -> Result<()> {
        let invalid = || {
            let parameter = anchor.parameter;
            invalid_source(
                source,
                &format!(
                    "To use a local path as a model version source, the {parameter} request parameter has to be \
                     specified and the local path has to be contained within the artifact directory of the run \
                     specified by the {parameter}."
                ),
            )
        };
        let root = self.root_of(source, anchor).await?.ok_or_else(invalid)?;
        // Where the one is behind the proxy and the other is its file on the disk, they are not within each other.
        if !matches!(Source::parse(&root), Ok(Source::Local)) {
            return Err(invalid());
        }
        let (source, cwd) = (source.to_owned(), self.locations.working_directory().to_owned());
        let within = tokio::task::spawn_blocking(move || lies_within_folder(&source, &root, &cwd)).await;
        match within.map_err(|_| Error::internal("The source could not be looked at."))?? {
            true => Ok(()),
            false => Err(invalid()),
        }
    }

    /// Whether all that an experiment keeps lies in a place, now or when its id comes back: whoever reads the version would
    /// read it.
    fn holds_experiment(&self, source: &str) -> Result<bool> {
        let place = self.locations.place(source)?;
        let holds_one = self.experiment_by_folder(&place).is_some_and(|(_, rest)| rest.len() < 2);
        Ok(holds_one || self.locations.is_above_all(&place))
    }

    /// Whether a proxied source lies in the anchor's artifacts, both as a URI, like MLflow, and as it will be opened.
    async fn is_proxied_within(&self, source: &str, anchor: &Anchor) -> Result<bool> {
        let Some(root) = self.root_of(source, anchor).await? else { return Ok(false) };
        let within_place = self.locations.place(source)?.below(&self.locations.place(&root)?).is_some();
        Ok(within_place && lies_within(source, &root))
    }

    /// The artifact location of the anchor; `None` where the request names none.
    async fn root_of(&self, source: &str, anchor: &Anchor) -> Result<Option<String>> {
        if anchor.id.is_empty() {
            return Ok(None);
        }
        if anchor.parameter == "model_id" {
            let origin = self.origin(&anchor.id).await?;
            let location = origin.map(|origin| origin.artifact_location);
            return location.map(Some).ok_or_else(|| names_nothing(source, anchor.parameter));
        }
        let mut snapshot = self.tracking()?.snapshot().await?;
        match runs::info(&mut snapshot.connection(), &anchor.id).await.map_err(Error::from) {
            Ok(info) => Ok(info.artifact_uri),
            Err(error) if error.code == ErrorCode::ResourceDoesNotExist => {
                Err(names_nothing(source, anchor.parameter))
            }
            Err(error) => Err(error),
        }
    }

    async fn origin(&self, model_id: &str) -> Result<Option<logged_models::Origin>> {
        let mut snapshot = self.tracking()?.snapshot().await?;
        Ok(logged_models::origin(&mut snapshot.connection(), model_id).await?)
    }

    /// A copy of another version: it takes that version's artifacts and run over (MLflow 3.17
    /// `_resolve_registered_model_source_lineage`).
    async fn copy_of(
        &self,
        input: &CreateModelVersion,
        source: &str,
        name: &str,
        pick: &VersionPick,
    ) -> Result<Checked> {
        check_absolute(source)?;
        let mut snapshot = self.registry()?.snapshot().await?;
        let mut connection = snapshot.connection();
        if models::get(&mut connection, name).await?.is_prompt() {
            return Err(invalid_source(source, "Prompt versions cannot be used as model version sources."));
        }
        let original = picked(&mut connection, name, pick).await?;
        let run_id = original.run_id.unwrap_or_default();
        let differs = |given: &Option<String>, known: &str| given.as_ref().is_some_and(|id| id != known);
        // As in MLflow, a version does not tell its logged model: only an empty id matches.
        if differs(&input.run_id, &run_id) || differs(&input.model_id, "") {
            return Err(invalid_source(
                source,
                "The run_id and model_id request parameters must match the referenced model version.",
            ));
        }
        let number = validation::model_version(&original.version)?;
        let storage_location = versions::location(&mut connection, name, number).await?;
        Ok(Checked { source: format!("models:/{name}/{number}"), storage_location, run_id, model_id: None })
    }
}

fn inherited(run_id: String, from: Option<String>) -> String {
    if run_id.is_empty() { from.unwrap_or_default() } else { run_id }
}

async fn picked(connection: &mut Connection<'_>, name: &str, pick: &VersionPick) -> Result<ModelVersion> {
    let stages = match pick {
        VersionPick::Number(number) => {
            let number = validation::model_version(number)?;
            return Ok(versions::get(connection, name, number).await?);
        }
        VersionPick::Alias(alias) => return Ok(versions::by_alias(connection, name, alias).await?),
        VersionPick::Latest => Vec::new(),
        VersionPick::Stage(stage) => vec![stage_named(stage)?],
    };
    let number = |version: &ModelVersion| version.version.parse::<i64>().unwrap_or_default();
    let latest = versions::latest(connection, name, &stages).await?;
    latest.into_iter().max_by_key(number).ok_or_else(|| {
        let within =
            stages.first().map_or_else(String::new, |stage| format!(" and stage '{}'", stage.as_str()));
        Error::not_found(format!("No versions of model with name '{name}'{within} found"))
    })
}

/// A stage by its name in any case.
pub(crate) fn stage_named(name: &str) -> Result<Stage> {
    Stage::from_name(name).ok_or_else(|| {
        let all = Stage::ALL.map(Stage::as_str).join(", ");
        Error::invalid(format!("Invalid Model Version stage: {name}. Value must be one of {all}."))
    })
}
