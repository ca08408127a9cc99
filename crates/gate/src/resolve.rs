//! What the gate has to look up to know what an id of a request belongs to.

use authz::ResourceType;
use model::Error;
use std::collections::HashMap;

/// An experiment in whose location an artifact path lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub experiment_id: String,
    /// The types of what the path reaches within the experiment; none for what is the experiment's own.
    pub tiers: Vec<ResourceType>,
}

/// Whose artifacts a place holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// The experiments in whose locations the place lies, or which have something below it.
    pub owners: Vec<Owner>,
    /// Whether the place is on this server and lies in no experiment's location: whatever experiments have something below
    /// it, there may be files of nobody beside.
    pub of_nobody: bool,
}

/// Whose things a model version would show, going by its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceOwner {
    /// The registered model or prompt of another version.
    RegisteredModel(String),
    /// A logged model, by id.
    LoggedModel(String),
    /// A run, by id.
    Run(String),
    /// What lies at the source and below it.
    Artifacts(Reach),
}

/// Answers what ids belong to. The service implements it; an answer must be as fresh as the data.
pub trait Resolve: Send + Sync + 'static {
    /// The id of the experiment with the name, in any lifecycle stage.
    fn experiment_named(&self, name: &str) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// The experiments of runs by the run's id, without those that do not exist.
    fn experiments_of_runs(
        &self,
        runs: &[String],
    ) -> impl Future<Output = Result<HashMap<String, String>, Error>> + Send;

    /// The experiments of logged models by the model's id, without those that do not exist.
    fn experiments_of_models(
        &self,
        models: &[String],
    ) -> impl Future<Output = Result<HashMap<String, String>, Error>> + Send;

    /// Whose artifacts a path of the artifact proxy names; with `tree`, those of what lies below it too. The path is the client's, decoded once.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a path that leaves the storage.
    fn reach_of_path(&self, path: &str, tree: bool) -> impl Future<Output = Result<Reach, Error>> + Send;

    /// For each registered model of those names that there is, whether it is a prompt.
    fn prompts_among(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<HashMap<String, bool>, Error>> + Send;

    /// Whose things a version with the source would show.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a source that names nothing.
    fn owner_of_source(&self, source: &str) -> impl Future<Output = Result<SourceOwner, Error>> + Send;

    /// Whose artifacts a new location would overlap.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a location that is none.
    fn overlapped_by(&self, location: &str) -> impl Future<Output = Result<Reach, Error>> + Send;

    /// Whether there are artifacts at a location already, as far as this server keeps them.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a location that is none.
    fn holds_artifacts(&self, location: &str) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Whether a location is on the server's own disk, outside its artifact storage.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE for a location that is none.
    fn is_foreign_local(&self, location: &str) -> Result<bool, Error>;
}
