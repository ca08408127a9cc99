//! The table. One row a route of MLflow 3.17's server, in the order of its REST documentation.
//!
//! A row reads: what it does, its name, part, methods, routes, input and output, the bytes of body it takes, and what it
//! needs. What a clause names is given by a function of the input, so that the gate and the handler see the same id.

use crate::io::{
    Body, BodyAlone, Confidential, Download, Empty, Exposition, Form, Html, InPath, Json, NewForm, Path,
    PathAndBody, Pieces, Query, QueryOrBody, Ranged, Text, Upload,
};
use crate::messages::{self as m, Done};
use crate::operation::Prefix::{Ajax, Api, Root};
use crate::operation::{Clause, Listing, Method, Need, Operation, Part, Route, Row, Subject, limits};
use authz::{Action, ResourceType};
use model::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

type Ids = Result<Vec<String>, Error>;

fn one(id: Option<&String>) -> Ids {
    Ok(id.cloned().into_iter().collect())
}

fn run(id: Result<&str, Error>) -> Ids {
    id.map(|id| vec![id.to_owned()])
}

fn sorted(ids: impl Iterator<Item = String>) -> Ids {
    let mut ids: Vec<String> = ids.filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn listed_runs(ids: Option<&Vec<String>>) -> Ids {
    sorted(ids.into_iter().flatten().cloned())
}

/// What is asked about a type in general has no id.
fn when(asked: bool) -> Ids {
    Ok(if asked { vec![String::new()] } else { Vec::new() })
}

/// The name, where the key is the tag that makes prompts.
fn marked(key: Option<&String>, name: Option<&String>) -> Ids {
    one(name.filter(|_| key.is_some_and(|key| key == model::registry::IS_PROMPT_TAG)))
}

fn models(ids: Option<&Vec<model::ModelInput>>) -> Ids {
    sorted(ids.into_iter().flatten().map(|model| model.model_id.clone()))
}

/// The id in the path. A body that names another one is refused: nobody could tell which is meant.
fn agreed(in_path: &str, in_body: Option<&String>) -> Ids {
    match in_body {
        Some(other) if other != in_path => Err(Error::invalid(format!(
            "The request names '{in_path}' in its path and '{other}' in its body."
        ))),
        _ => Ok(vec![in_path.to_owned()]),
    }
}

/// The file that an upload in parts makes.
fn part_target(path: &str, file: Option<&String>) -> Ids {
    Ok(vec![m::upload_target(path, file)])
}

/// The user whose tokens are meant; the caller, who has no name here, if none is given.
fn named_or_caller(name: Option<&String>) -> Ids {
    Ok(vec![name.cloned().unwrap_or_default()])
}

fn number(id: Option<model::Int64>) -> Ids {
    Ok(id.map(|id| id.0.to_string()).into_iter().collect())
}

/// The resource that a grant names, as [`Subject::Granted`] takes it. No type has a slash in its name.
fn granted(kind: Option<&String>, id: Option<&String>) -> Ids {
    Ok(kind.zip(id).map(|(kind, id)| format!("{kind}/{id}")).into_iter().collect())
}

/// As [`granted`], where the type is known.
fn granted_on(kind: ResourceType, id: Option<String>) -> Ids {
    Ok(id.map(|id| format!("{kind}/{id}")).into_iter().collect())
}

/// The id of a scorer in a grant (MLflow 3.17 `_scorer_pattern`): the experiment's, and the name with all that is special in
/// a URL encoded.
pub fn scorer_pattern(experiment_id: &str, name: &str) -> String {
    /// What Python's `quote(name, safe="")` leaves as it is.
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');
    format!("{experiment_id}/{}", utf8_percent_encode(name, PLAIN))
}

fn scorer(experiment_id: Option<&String>, name: Option<&String>) -> Ids {
    granted_on(ResourceType::Scorer, experiment_id.zip(name).map(|(id, name)| scorer_pattern(id, name)))
}

/// Defines the rows: a type each, its [`Operation`], and the list of all of them for the macros that mount them.
macro_rules! operations {
    ($dollar:tt $(
        #[doc = $summary:literal]
        $name:ident: $part:ident [$($method:ident),+] [$($route:expr),+ $(,)?]
        $input:ty => $output:ty, $limit:ident,
        { $need:ident $($detail:tt)* } $(mentions [$($mention:ident),+])?
    )*) => {
        $(
            #[doc = $summary]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Operation for $name {
                const ROW: Row = Row {
                    name: stringify!($name),
                    summary: $summary.trim_ascii(),
                    part: Part::$part,
                    methods: &[$(Method::$method),+],
                    routes: &[$($route),+],
                    body_limit: limits::$limit,
                    need: operations!(@need $need $($detail)*),
                    mentions: &[$($(ResourceType::$mention),+)?],
                };
                type Input = $input;
                type Output = $output;

                fn targets(input: &Self::Input) -> Result<Vec<Vec<String>>, Error> {
                    operations!(@targets input $need $($detail)*)
                }
            }
        )*

        /// Every row.
        pub const ROWS: &[Row] = &[$($name::ROW),*];

        /// Calls a macro with the names of all rows.
        #[macro_export]
        macro_rules! for_each_operation {
            ($dollar($callback:ident)::+) => { $dollar($callback)::+! { $($name)* } };
        }
    };
    (@need public) => { Need::Public };
    (@need authenticated) => { Need::Authenticated };
    (@need unbound) => { Need::Unbound };
    (@need admin) => { Need::Admin };
    (@need workspace_admin) => { Need::WorkspaceAdmin };
    (@need filtered $listing:ident) => { Need::Filtered(Listing::$listing, &[]) };
    (@need filtered $listing:ident, needs [$($action:ident $subject:ident: $ids:expr),+ $(,)?]) => {
        Need::Filtered(
            Listing::$listing,
            &[$(Clause { action: Action::$action, subject: Subject::$subject }),+],
        )
    };
    (@need needs [$($action:ident $subject:ident: $ids:expr),+ $(,)?]) => {
        Need::All(&[$(Clause { action: Action::$action, subject: Subject::$subject }),+])
    };
    (@targets $input:ident needs [$($action:ident $subject:ident: $ids:expr),+ $(,)?]) => {
        // The closures get their type from the annotation, so that a row cannot look at another row's input.
        Ok(vec![$({ let ids: fn(&Self::Input) -> Ids = $ids; ids($input)? }),+])
    };
    (@targets $input:ident filtered $listing:ident, $($needs:tt)+) => { operations!(@targets $input $($needs)+) };
    (@targets $input:ident $($need:tt)*) => { { let _ = $input; Ok(Vec::new()) } };
}

const fn api(path: &'static str) -> Route {
    Route { prefix: Api("2.0"), path }
}

const fn api_3(path: &'static str) -> Route {
    Route { prefix: Api("3.0"), path }
}

const fn ajax(path: &'static str) -> Route {
    Route { prefix: Ajax("2.0"), path }
}

const fn root(path: &'static str) -> Route {
    Route { prefix: Root, path }
}

operations! { $
    /// Tells that the server is alive.
    Health: Server [Get] [root("/health")] Empty => Text, NONE, { public }
    /// Tells that the server and its databases are there to be asked: what a balancer wants to know.
    Ready: Server [Get] [root("/health/ready")] Empty => Text, NONE, { public }
    /// Tells how much the server has to do, for Prometheus; served with `--expose-prometheus` alone.
    GetServerMetrics: Metrics [Get] [root("/metrics")] Empty => Exposition, NONE, { public }
    /// Tells the version of MLflow whose API is served.
    Version: Server [Get] [root("/version")] Empty => Text, NONE, { authenticated }
    /// Tells clients how the server is configured, before they log in.
    GetServerInfo: Server [Get] [api_3("/mlflow/server-info")] Empty => Json<m::ServerInfo>, NONE, { public }

    /// Makes an experiment. Its creator gets MANAGE on it.
    CreateExperiment: Tracking [Post] [api("/mlflow/experiments/create")]
        Body<m::CreateExperiment> => Json<m::CreatedExperiment>, SMALL,
        { needs [
            NotDenied NewExperiment: |_| Ok(vec![String::new()]),
            Manage ArtifactLocation: |i| one(i.0.artifact_location.as_ref()),
            Manage LocalLocation: |i| one(i.0.artifact_location.as_ref()),
        ] }
    /// Reads an experiment.
    GetExperiment: Tracking [Get] [api("/mlflow/experiments/get")]
        Query<m::ExperimentId> => Json<m::ExperimentAnswer>, NONE,
        { needs [Read Experiment: |i| one(i.0.experiment_id.as_ref())] }
    /// Reads an experiment by its name.
    GetExperimentByName: Tracking [Get] [api("/mlflow/experiments/get-by-name")]
        Query<m::ExperimentName> => Json<m::ExperimentAnswer>, NONE,
        { needs [Read ExperimentByName: |i| one(i.0.experiment_name.as_ref())] }
    /// Searches experiments.
    SearchExperiments: Tracking [Get, Post] [api("/mlflow/experiments/search")]
        QueryOrBody<m::SearchExperiments> => Json<m::ExperimentPage>, SMALL,
        { filtered Experiments }
    /// Renames an experiment.
    UpdateExperiment: Tracking [Post] [api("/mlflow/experiments/update")]
        Body<m::UpdateExperiment> => Json<Done>, SMALL,
        { needs [Update Experiment: |i| one(i.0.experiment_id.as_ref())] }
    /// Marks an experiment and its runs as deleted.
    DeleteExperiment: Tracking [Post] [api("/mlflow/experiments/delete")]
        Body<m::ExperimentId> => Json<Done>, SMALL,
        { needs [Delete ExperimentWithContents: |i| one(i.0.experiment_id.as_ref())] }
    /// Brings a deleted experiment and its runs back.
    RestoreExperiment: Tracking [Post] [api("/mlflow/experiments/restore")]
        Body<m::ExperimentId> => Json<Done>, SMALL,
        { needs [Delete ExperimentWithContents: |i| one(i.0.experiment_id.as_ref())] }
    /// Sets a tag of an experiment.
    SetExperimentTag: Tracking [Post] [api("/mlflow/experiments/set-experiment-tag")]
        Body<m::SetExperimentTag> => Json<Done>, SMALL,
        { needs [Update Experiment: |i| one(i.0.experiment_id.as_ref())] }
    /// Removes a tag of an experiment.
    DeleteExperimentTag: Tracking [Post] [api("/mlflow/experiments/delete-experiment-tag")]
        Body<m::DeleteExperimentTag> => Json<Done>, SMALL,
        { needs [Update Experiment: |i| one(i.0.experiment_id.as_ref())] }
    /// Lists the datasets that runs of the experiments read.
    SearchDatasets: Tracking [Post] [ajax("/mlflow/experiments/search-datasets")]
        Body<m::SearchDatasets> => Json<m::DatasetSummaries>, SMALL,
        { needs [Read Experiment: |i| listed_runs(i.0.experiment_ids.as_ref())] }
    /// Deletes for good what is deleted: experiments, runs, logged models and traces, with their artifacts and grants.
    CollectGarbage: Tracking [Post] [api_3("/mlflow/gc")]
        BodyAlone<m::CollectGarbage> => Json<m::CollectedGarbage>, SMALL, { admin }

    /// Starts a run.
    CreateRun: Tracking [Post] [api("/mlflow/runs/create")]
        Body<m::CreateRun> => Json<m::RunAnswer>, BATCH,
        { needs [Create RunInExperiment: |i| Ok(vec![i.0.experiment().to_owned()])] }
    /// Reads a run with its latest metrics, parameters, tags, inputs and outputs.
    GetRun: Tracking [Get] [api("/mlflow/runs/get")]
        Query<m::RunId> => Json<m::RunAnswer>, NONE,
        { needs [Read Run: |i| run(i.0.run())] } mentions [LoggedModel]
    /// Changes status, end or name of a run.
    UpdateRun: Tracking [Post] [api("/mlflow/runs/update")]
        Body<m::UpdateRun> => Json<m::UpdatedRun>, SMALL,
        { needs [Update Run: |i| run(i.0.run())] }
    /// Marks a run as deleted.
    DeleteRun: Tracking [Post] [api("/mlflow/runs/delete")]
        Body<m::RunId> => Json<Done>, SMALL,
        { needs [Delete Run: |i| run(i.0.run())] }
    /// Brings a deleted run back.
    RestoreRun: Tracking [Post] [api("/mlflow/runs/restore")]
        Body<m::RunId> => Json<Done>, SMALL,
        { needs [Delete Run: |i| run(i.0.run())] }
    /// Sets a tag of a run.
    SetTag: Tracking [Post] [api("/mlflow/runs/set-tag")]
        Body<m::SetTag> => Json<Done>, SMALL,
        { needs [Update Run: |i| run(i.0.run())] }
    /// Removes a tag of a run.
    DeleteTag: Tracking [Post] [api("/mlflow/runs/delete-tag")]
        Body<m::DeleteTag> => Json<Done>, SMALL,
        { needs [Update Run: |i| one(i.0.run_id.as_ref())] }
    /// Logs one value of a metric, to a logged model too if it names one.
    LogMetric: Tracking [Post] [api("/mlflow/runs/log-metric")]
        Body<m::LogMetric> => Json<Done>, SMALL,
        { needs [
            Update Run: |i| run(i.0.run()),
            Update LoggedModel: |i| sorted(i.0.model_id.iter().cloned()),
        ] }
    /// Logs a parameter. Its value cannot change afterwards.
    LogParam: Tracking [Post] [api("/mlflow/runs/log-parameter")]
        Body<m::LogParam> => Json<Done>, SMALL,
        { needs [Update Run: |i| run(i.0.run())] }
    /// Logs up to 1,000 metrics, 100 parameters and 100 tags at once, all or nothing.
    LogBatch: Tracking [Post] [api("/mlflow/runs/log-batch")]
        Body<m::LogBatch> => Json<Done>, BATCH,
        { needs [
            Update Run: |i| one(i.0.run_id.as_ref()),
            Update LoggedModel: |i| sorted(i.0.metrics.iter().flatten().filter_map(|metric| metric.model_id.clone())),
        ] }
    /// Records the datasets and models that a run read.
    LogInputs: Tracking [Post] [api("/mlflow/runs/log-inputs")]
        Body<m::LogInputs> => Json<Done>, DATASETS,
        { needs [
            Update Run: |i| one(i.0.run_id.as_ref()),
            Update LoggedModel: |i| models(i.0.models.as_ref()),
        ] }
    /// Records the models that a run made.
    LogOutputs: Tracking [Post] [api("/mlflow/runs/outputs")]
        Body<m::LogOutputs> => Json<Done>, SMALL,
        { needs [
            Update Run: |i| one(i.0.run_id.as_ref()),
            Update LoggedModel: |i| sorted(i.0.models.iter().flatten().map(|model| model.model_id.clone())),
        ] }
    /// Records an MLflow model that a run logged, as clients before MLflow 3 do.
    LogModel: Tracking [Post] [api("/mlflow/runs/log-model")]
        Body<m::LogModel> => Json<Done>, BATCH,
        { needs [Update Run: |i| one(i.0.run_id.as_ref())] }
    /// Searches the runs of experiments.
    SearchRuns: Tracking [Post] [api("/mlflow/runs/search")]
        Body<m::SearchRuns> => Json<m::RunPage>, BATCH,
        { filtered Runs } mentions [LoggedModel]
    /// Makes a logged model in an experiment.
    CreateLoggedModel: Tracking [Post] [api("/mlflow/logged-models")]
        Body<m::CreateLoggedModel> => Json<m::LoggedModelAnswer>, BATCH,
        { needs [
            Create LoggedModelInExperiment: |i| one(i.0.experiment_id.as_ref()),
            Read Run: |i| sorted(i.0.source_run_id.iter().cloned()),
        ] } mentions [Run]
    /// Reads a logged model with its parameters, tags and metrics. Administrators can read a deleted one, too.
    GetLoggedModel: Tracking [Get] [api("/mlflow/logged-models/{model_id}")]
        InPath<m::LoggedModelInPath, Query<m::GetLoggedModel>> => Json<m::LoggedModelAnswer>, NONE,
        { needs [Read LoggedModel: |i| Ok(vec![i.segments.model_id.clone()])] } mentions [Run]
    /// Says how the upload of a logged model ended.
    FinalizeLoggedModel: Tracking [Patch] [api("/mlflow/logged-models/{model_id}")]
        InPath<m::LoggedModelInPath, Body<m::FinalizeLoggedModel>> => Json<m::LoggedModelAnswer>, SMALL,
        { needs [Update LoggedModel: |i| agreed(&i.segments.model_id, i.input.0.model_id.as_ref())] } mentions [Run]
    /// Marks a logged model as deleted.
    DeleteLoggedModel: Tracking [Delete] [api("/mlflow/logged-models/{model_id}")]
        InPath<m::LoggedModelInPath, Empty> => Json<Done>, NONE,
        { needs [Delete LoggedModel: |i| Ok(vec![i.segments.model_id.clone()])] }
    /// Logs parameters of a logged model. Their values cannot change afterwards.
    LogLoggedModelParams: Tracking [Post] [api("/mlflow/logged-models/{model_id}/params")]
        InPath<m::LoggedModelInPath, Body<m::LogLoggedModelParams>> => Json<Done>, BATCH,
        { needs [Update LoggedModel: |i| agreed(&i.segments.model_id, i.input.0.model_id.as_ref())] }
    /// Sets tags of a logged model.
    SetLoggedModelTags: Tracking [Patch] [api("/mlflow/logged-models/{model_id}/tags")]
        InPath<m::LoggedModelInPath, Body<m::SetLoggedModelTags>> => Json<Done>, BATCH,
        { needs [Update LoggedModel: |i| agreed(&i.segments.model_id, i.input.0.model_id.as_ref())] }
    /// Removes a tag of a logged model.
    DeleteLoggedModelTag: Tracking [Delete] [api("/mlflow/logged-models/{model_id}/tags/{tag_key}")]
        InPath<m::LoggedModelTagInPath, Empty> => Json<Done>, NONE,
        { needs [Delete LoggedModel: |i| Ok(vec![i.segments.model_id.clone()])] }
    /// Lists the artifacts of a logged model.
    ListLoggedModelArtifacts: Tracking [Get] [api("/mlflow/logged-models/{model_id}/artifacts/directories")]
        InPath<m::LoggedModelInPath, Query<m::ListLoggedModelArtifacts>> => Json<m::RunArtifacts>, NONE,
        { needs [Read LoggedModel: |i| Ok(vec![i.segments.model_id.clone()])] }
    /// Downloads a file of a logged model.
    GetLoggedModelArtifact: Tracking [Get] [ajax("/mlflow/logged-models/{model_id}/artifacts/files")]
        Ranged<InPath<m::LoggedModelInPath, Query<m::LoggedModelArtifact>>> => Download, NONE,
        { needs [Read LoggedModel: |i| Ok(vec![i.input.segments.model_id.clone()])] }
    /// Searches the logged models of experiments.
    SearchLoggedModels: Tracking [Post] [api("/mlflow/logged-models/search")]
        Body<m::SearchLoggedModels> => Json<m::LoggedModelPage>, BATCH,
        { filtered LoggedModels, needs [
            NotDenied AnyRun: |i| when(i.0.asks_about_runs()),
        ] } mentions [Run]

    /// Reads all values of a metric of a run.
    GetMetricHistory: Tracking [Get] [api("/mlflow/metrics/get-history")]
        Query<m::GetMetricHistory> => Pieces<m::MetricHistory>, NONE,
        { needs [Read Run: |i| run(i.0.run())] }
    /// Reads values of a metric of up to 100 runs.
    GetMetricHistoryBulk: Tracking [Get] [ajax("/mlflow/metrics/get-history-bulk")]
        Query<m::GetMetricHistoryBulk> => Json<m::BulkMetrics>, NONE,
        { needs [Read ListedRun: |i| listed_runs(i.0.run_id.as_ref())] }
    /// Reads a sample of the values of a metric of up to 100 runs.
    GetMetricHistoryBulkInterval: Tracking [Get] [api("/mlflow/metrics/get-history-bulk-interval")]
        Query<m::GetMetricHistoryBulkInterval> => Json<m::IntervalMetrics>, NONE,
        { needs [Read ListedRun: |i| listed_runs(i.0.run_ids.as_ref())] }

    /// Makes a registered model, or a prompt. Its creator gets MANAGE on it.
    CreateRegisteredModel: Registry [Post] [api("/mlflow/registered-models/create")]
        Body<m::CreateRegisteredModel> => Json<m::RegisteredModelAnswer>, MODELS,
        { needs [
            NotDenied NewRegisteredModel: |i| if i.0.is_prompt() { Ok(Vec::new()) } else { one(i.0.name.as_ref()) },
            NotDenied NewPrompt: |i| if i.0.is_prompt() { one(i.0.name.as_ref()) } else { Ok(Vec::new()) },
        ] }
    /// Reads a registered model with the latest version of each stage.
    GetRegisteredModel: Registry [Get] [api("/mlflow/registered-models/get")]
        Query<m::RegisteredModelName> => Json<m::RegisteredModelAnswer>, NONE,
        { needs [Read RegisteredModel: |i| one(i.0.name.as_ref())] }
        mentions [RegisteredModelVersion, PromptVersion, Run]
    /// Describes a registered model anew.
    UpdateRegisteredModel: Registry [Patch] [api("/mlflow/registered-models/update")]
        Body<m::UpdateRegisteredModel> => Json<m::RegisteredModelAnswer>, SMALL,
        { needs [Update RegisteredModel: |i| one(i.0.name.as_ref())] }
        mentions [RegisteredModelVersion, PromptVersion, Run]
    /// Renames a registered model. The grants on it go with it.
    RenameRegisteredModel: Registry [Post] [api("/mlflow/registered-models/rename")]
        Body<m::RenameRegisteredModel> => Json<m::RegisteredModelAnswer>, SMALL,
        { needs [
            Update RegisteredModel: |i| one(i.0.name.as_ref()),
            NotDenied NewNameOfModel: |i| Ok(i.0.name.iter().chain(&i.0.new_name).cloned().collect()),
        ] }
        mentions [RegisteredModelVersion, PromptVersion, Run]
    /// Deletes a registered model with its versions and the grants on it.
    DeleteRegisteredModel: Registry [Delete] [api("/mlflow/registered-models/delete")]
        QueryOrBody<m::RegisteredModelName> => Json<Done>, SMALL,
        { needs [Delete ModelWithVersions: |i| one(i.0.name.as_ref())] }
    /// Searches registered models, or prompts.
    SearchRegisteredModels: Registry [Get] [api("/mlflow/registered-models/search")]
        Query<m::SearchRegisteredModels> => Json<m::RegisteredModelPage>, NONE,
        { filtered RegisteredModels }
        mentions [RegisteredModelVersion, PromptVersion, Run]
    /// Reads the latest version of each stage.
    GetLatestVersions: Registry [Get, Post] [api("/mlflow/registered-models/get-latest-versions")]
        QueryOrBody<m::GetLatestVersions> => Json<m::LatestVersions>, SMALL,
        { needs [Read ModelVersion: |i| one(i.0.name.as_ref())] } mentions [Run]
    /// Sets a tag of a registered model.
    SetRegisteredModelTag: Registry [Post] [api("/mlflow/registered-models/set-tag")]
        Body<m::SetRegisteredModelTag> => Json<Done>, MODELS,
        { needs [
            Update RegisteredModel: |i| one(i.0.name.as_ref()),
            Update ModelOfBothTypes: |i| marked(i.0.key.as_ref(), i.0.name.as_ref()),
        ] }
    /// Removes a tag of a registered model.
    DeleteRegisteredModelTag: Registry [Delete] [api("/mlflow/registered-models/delete-tag")]
        QueryOrBody<m::DeleteRegisteredModelTag> => Json<Done>, SMALL,
        { needs [
            Update RegisteredModel: |i| one(i.0.name.as_ref()),
            Update ModelOfBothTypes: |i| marked(i.0.key.as_ref(), i.0.name.as_ref()),
        ] }
    /// Points an alias to a version.
    SetRegisteredModelAlias: Registry [Post] [api("/mlflow/registered-models/alias")]
        Body<m::SetRegisteredModelAlias> => Json<Done>, SMALL,
        { needs [Update ModelAlias: |i| one(i.0.name.as_ref())] }
    /// Removes an alias.
    DeleteRegisteredModelAlias: Registry [Delete] [api("/mlflow/registered-models/alias")]
        QueryOrBody<m::RegisteredModelAlias> => Json<Done>, SMALL,
        { needs [Delete ModelAlias: |i| one(i.0.name.as_ref())] }
    /// Reads the version that an alias points to.
    GetModelVersionByAlias: Registry [Get] [api("/mlflow/registered-models/alias")]
        Query<m::RegisteredModelAlias> => Json<m::ModelVersionAnswer>, NONE,
        { needs [Read ModelVersion: |i| one(i.0.name.as_ref())] } mentions [Run]

    /// Makes a version of a registered model, or of a prompt.
    CreateModelVersion: Registry [Post] [api("/mlflow/model-versions/create")]
        Body<m::CreateModelVersion> => Json<m::ModelVersionAnswer>, MODELS,
        { needs [
            Update NewModelVersion: |i| one(i.0.name.as_ref()),
            NotDenied AnyPromptVersion: |i| when(i.0.mark() == Some(true)),
            NotDenied AnyRegisteredModelVersion: |i| when(i.0.mark() == Some(false)),
            Read ModelSource: |i| one(i.0.source.as_ref()),
            Read Run: |i| one(i.0.run_id.as_ref().filter(|_| !i.0.is_copy())),
            Read LoggedModel: |i| one(i.0.model_id.as_ref().filter(|_| !i.0.is_copy())),
        ] }
        mentions [Run]
    /// Reads a version.
    GetModelVersion: Registry [Get] [api("/mlflow/model-versions/get")]
        Query<m::ModelVersionKey> => Json<m::ModelVersionAnswer>, NONE,
        { needs [Read ModelVersion: |i| one(i.0.name.as_ref())] } mentions [Run]
    /// Describes a version anew.
    UpdateModelVersion: Registry [Patch] [api("/mlflow/model-versions/update")]
        Body<m::UpdateModelVersion> => Json<m::ModelVersionAnswer>, SMALL,
        { needs [Update ModelVersion: |i| one(i.0.name.as_ref())] } mentions [Run]
    /// Moves a version to a stage.
    TransitionModelVersionStage: Registry [Post] [api("/mlflow/model-versions/transition-stage")]
        Body<m::TransitionModelVersionStage> => Json<m::ModelVersionAnswer>, SMALL,
        { needs [Update ModelVersion: |i| one(i.0.name.as_ref())] } mentions [Run]
    /// Deletes a version. Its number is not given again.
    DeleteModelVersion: Registry [Delete] [api("/mlflow/model-versions/delete")]
        QueryOrBody<m::ModelVersionKey> => Json<Done>, SMALL,
        { needs [Delete ModelVersion: |i| one(i.0.name.as_ref())] }
    /// Searches the versions of registered models, or of prompts.
    SearchModelVersions: Registry [Get] [api("/mlflow/model-versions/search")]
        Query<m::SearchModelVersions> => Json<m::ModelVersionPage>, NONE,
        { filtered ModelVersions, needs [NotDenied AnyRun: |i| when(i.0.asks_about_runs())] } mentions [Run]
    /// Sets a tag of a version.
    SetModelVersionTag: Registry [Post] [api("/mlflow/model-versions/set-tag")]
        Body<m::SetModelVersionTag> => Json<Done>, MODELS,
        { needs [Update ModelVersion: |i| one(i.0.name.as_ref())] }
    /// Removes a tag of a version.
    DeleteModelVersionTag: Registry [Delete] [api("/mlflow/model-versions/delete-tag")]
        QueryOrBody<m::DeleteModelVersionTag> => Json<Done>, SMALL,
        { needs [Delete ModelVersion: |i| one(i.0.name.as_ref())] }
    /// Tells where the artifacts of a version lie.
    GetModelVersionDownloadUri: Registry [Get] [api("/mlflow/model-versions/get-download-uri")]
        Query<m::ModelVersionKey> => Json<m::DownloadUri>, NONE,
        { needs [Read ModelVersion: |i| one(i.0.name.as_ref())] }
    /// Downloads a file of a version.
    GetModelVersionArtifact: Registry [Get] [root("/model-versions/get-artifact")]
        Ranged<Query<m::ModelVersionArtifact>> => Download, NONE,
        { needs [Read ModelVersion: |i| one(i.input.0.name.as_ref())] }

    /// Makes a webhook, which is told of changes of the model registry.
    CreateWebhook: Registry [Post] [api("/mlflow/webhooks")]
        Body<m::CreateWebhook> => Json<m::WebhookAnswer>, SMALL, { admin }
    /// Lists the webhooks.
    ListWebhooks: Registry [Get] [api("/mlflow/webhooks")]
        Query<m::ListWebhooks> => Json<m::WebhookPage>, NONE, { admin }
    /// Reads a webhook.
    GetWebhook: Registry [Get] [api("/mlflow/webhooks/{webhook_id}")]
        InPath<m::WebhookInPath, Empty> => Json<m::WebhookAnswer>, NONE, { admin }
    /// Changes a webhook.
    UpdateWebhook: Registry [Patch] [api("/mlflow/webhooks/{webhook_id}")]
        InPath<m::WebhookInPath, Body<m::UpdateWebhook>> => Json<m::WebhookAnswer>, SMALL, { admin }
    /// Deletes a webhook.
    DeleteWebhook: Registry [Delete] [api("/mlflow/webhooks/{webhook_id}")]
        InPath<m::WebhookInPath, Empty> => Json<Done>, NONE, { admin }
    /// Sends an example to a webhook and tells what it answered.
    TestWebhook: Registry [Post] [api("/mlflow/webhooks/{webhook_id}/test")]
        InPath<m::WebhookInPath, Body<m::TestWebhook>> => Json<m::WebhookTested>, SMALL, { admin }

    /// Lists the artifacts of a run.
    ListArtifacts: Tracking [Get] [api("/mlflow/artifacts/list")]
        Query<m::ListArtifacts> => Json<m::RunArtifacts>, NONE,
        { needs [Read Run: |i| run(i.0.run())] }
    /// Downloads a file of a run.
    GetArtifact: Tracking [Get] [root("/get-artifact")]
        Ranged<Query<m::RunArtifact>> => Download, NONE,
        { needs [Read Run: |i| run(i.input.0.run())] }
    /// Uploads a file of up to 10 MiB to a run, as the web interface does.
    UploadArtifact: Tracking [Post] [ajax("/mlflow/upload-artifact")]
        Upload<Query<m::UploadedArtifact>> => Json<Done>, UI_UPLOAD,
        { needs [Update Run: |i| one(i.input.0.run_uuid.as_ref())] }
    /// Lists a directory of the artifact proxy.
    ListProxiedArtifacts: ProxiedArtifacts [Get] [api("/mlflow-artifacts/artifacts")]
        Query<m::ProxiedPath> => Json<m::ProxiedArtifacts>, NONE,
        { needs [Read ProxiedArtifact: |i| Ok(vec![i.0.path.clone().unwrap_or_default()])] } mentions [Run]
    /// Downloads a file through the artifact proxy.
    DownloadProxiedArtifact: ProxiedArtifacts [Get] [api("/mlflow-artifacts/artifacts/{*path}")]
        Ranged<Path> => Download, NONE,
        { needs [Read ProxiedArtifact: |i| Ok(vec![i.input.0.clone()])] }
    /// Uploads a file through the artifact proxy.
    UploadProxiedArtifact: ProxiedArtifacts [Put] [api("/mlflow-artifacts/artifacts/{*path}")]
        Upload<Path> => Json<Done>, STREAM,
        { needs [Update ProxiedArtifact: |i| Ok(vec![i.input.0.clone()])] }
    /// Deletes a file, or a directory with all that it holds, through the artifact proxy.
    DeleteProxiedArtifact: ProxiedArtifacts [Delete] [api("/mlflow-artifacts/artifacts/{*path}")]
        Path => Json<Done>, NONE,
        { needs [Manage ProxiedArtifactTree: |i| Ok(vec![i.0.clone()])] }
    /// Begins an upload in parts, which the client sends to the storage behind the proxy itself.
    CreateMultipartUpload: ProxiedArtifacts [Post] [api("/mlflow-artifacts/mpu/create/{*path}")]
        PathAndBody<m::CreateMultipartUpload> => Confidential<m::MultipartUpload>, SMALL,
        { needs [Update ProxiedArtifact: |i| part_target(&i.path, i.message.path.as_ref())] }
    /// Ends an upload in parts: the file appears.
    CompleteMultipartUpload: ProxiedArtifacts [Post] [api("/mlflow-artifacts/mpu/complete/{*path}")]
        PathAndBody<m::CompleteMultipartUpload> => Json<Done>, PARTS,
        { needs [Update ProxiedArtifact: |i| part_target(&i.path, i.message.path.as_ref())] }
    /// Gives up an upload in parts.
    AbortMultipartUpload: ProxiedArtifacts [Post] [api("/mlflow-artifacts/mpu/abort/{*path}")]
        PathAndBody<m::AbortMultipartUpload> => Json<Done>, SMALL,
        { needs [Update ProxiedArtifact: |i| part_target(&i.path, i.message.path.as_ref())] }
    /// Gives a URL to download from the storage behind the proxy itself.
    GetPresignedDownloadUrl: ProxiedArtifacts [Get] [api("/mlflow-artifacts/presigned/{*path}")]
        Path => Confidential<m::ProxiedDownloadUrl>, NONE,
        { needs [Read ProxiedArtifact: |i| Ok(vec![i.0.clone()])] }
    /// Gives a URL to download a file of a run from its storage itself.
    CreatePresignedDownloadUrl: Tracking [Post] [api("/mlflow/artifacts/presigned-download-url")]
        Body<m::CreatePresignedDownloadUrl> => Confidential<m::PresignedUrl>, SMALL,
        { needs [Read Run: |i| one(i.0.run_id.as_ref())] }
    /// Gives a URL to upload a file of a run or a logged model to its storage itself.
    CreatePresignedUploadUrl: Tracking [Post] [api("/mlflow/artifacts/presigned-upload-url")]
        Body<m::CreatePresignedUploadUrl> => Confidential<m::PresignedUrl>, SMALL,
        { needs [
            Update Run: |i| one(match i.0.owner()? { m::UploadOwner::Run(id) => Some(id), m::UploadOwner::LoggedModel(_) => None }),
            Update LoggedModel: |i| one(match i.0.owner()? { m::UploadOwner::LoggedModel(id) => Some(id), m::UploadOwner::Run(_) => None }),
        ] }

    /// Makes a user.
    CreateUser: Users [Post] [api("/mlflow/users/create")]
        Body<m::CreateUser> => Json<m::UserAnswer>, SMALL, { workspace_admin }
    /// Shows the form with which an administrator makes a user.
    SignUp: Users [Get] [root("/signup")]
        NewForm => Html<m::SignUpPage>, NONE, { workspace_admin }
    /// Makes a user from that form.
    CreateUserUi: Users [Post] [api("/mlflow/users/create-ui")]
        Form<m::CreateUser> => Html<m::SignUpPage>, FORM, { admin }
    /// Reads a user.
    GetUser: Users [Get] [api("/mlflow/users/get")]
        Query<m::Username> => Json<m::UserAnswer>, NONE,
        { needs [Read User: |i| one(i.0.username.as_ref())] }
    /// Reads the user who is logged in.
    GetCurrentUser: Users [Get] [api("/mlflow/users/current")]
        Empty => Json<m::CurrentUser>, NONE, { authenticated }
    /// Lists all users, with those of their roles that the caller may see.
    ListUsers: Users [Get] [api("/mlflow/users/list")]
        Empty => Json<m::UserList>, NONE, { unbound }
    /// Changes a password. One's own needs the current one too.
    UpdateUserPassword: Users [Patch] [api("/mlflow/users/update-password")]
        Body<m::UpdatePassword> => Json<Done>, SMALL,
        { needs [Update User: |i| one(i.0.username.as_ref())] }
    /// Makes a user an administrator, or no longer one.
    UpdateUserAdmin: Users [Patch] [api("/mlflow/users/update-admin")]
        Body<m::UpdateAdmin> => Json<Done>, SMALL, { admin }
    /// Lets nothing let a user in any more, or lets it again.
    UpdateUserDisabled: Users [Patch] [api_3("/mlflow/users/update-disabled")]
        Body<m::UpdateDisabled> => Json<Done>, SMALL, { admin }
    /// Deletes a user with all grants.
    DeleteUser: Users [Delete] [api("/mlflow/users/delete")]
        QueryOrBody<m::Username> => Json<Done>, SMALL, { admin }

    /// Makes a role without any grant.
    CreateRole: Users [Post] [api_3("/mlflow/roles/create")]
        Body<m::CreateRole> => Json<m::RoleAnswer>, SMALL,
        { needs [Manage Workspace: |i| one(i.0.workspace.as_ref())] }
    /// Reads a role with its grants.
    GetRole: Users [Get] [api_3("/mlflow/roles/get")]
        Query<m::RoleId> => Json<m::RoleAnswer>, NONE,
        { needs [Read Role: |i| number(i.0.role_id)] }
    /// Lists the roles of workspaces, or of all.
    ListRoles: Users [Get] [api_3("/mlflow/roles/list")]
        Query<m::ListRoles> => Json<m::RoleList>, NONE,
        { needs [
            Read Workspace: |i| Ok(i.0.workspace.clone().unwrap_or_default()),
            Read EveryWorkspace: |i| Ok(if i.0.workspace.is_none() { vec![String::new()] } else { Vec::new() }),
        ] }
    /// Renames or describes a role.
    UpdateRole: Users [Patch] [api_3("/mlflow/roles/update")]
        Body<m::UpdateRole> => Json<m::RoleAnswer>, SMALL,
        { needs [Manage Role: |i| number(i.0.role_id)] }
    /// Deletes a role with its grants and assignments.
    DeleteRole: Users [Delete] [api_3("/mlflow/roles/delete")]
        QueryOrBody<m::RoleId> => Json<Done>, SMALL,
        { needs [Manage Role: |i| number(i.0.role_id)] }
    /// Gives a role a level on a resource, or on all of its type.
    AddRolePermission: Users [Post] [api_3("/mlflow/roles/permissions/add")]
        Body<m::AddRolePermission> => Json<m::RolePermissionAnswer>, SMALL,
        { needs [Manage Role: |i| number(i.0.role_id)] }
    /// Removes a grant of a role.
    RemoveRolePermission: Users [Delete] [api_3("/mlflow/roles/permissions/remove")]
        QueryOrBody<m::RolePermissionId> => Json<Done>, SMALL,
        { needs [Manage RolePermission: |i| number(i.0.role_permission_id)] }
    /// Lists the grants of a role.
    ListRolePermissions: Users [Get] [api_3("/mlflow/roles/permissions/list")]
        Query<m::RoleId> => Json<m::RolePermissionList>, NONE,
        { needs [Read Role: |i| number(i.0.role_id)] }
    /// Changes the level of a grant of a role.
    UpdateRolePermission: Users [Patch] [api_3("/mlflow/roles/permissions/update")]
        Body<m::UpdateRolePermission> => Json<m::RolePermissionAnswer>, SMALL,
        { needs [Manage RolePermission: |i| number(i.0.role_permission_id)] }
    /// Gives a user a role.
    AssignRole: Users [Post] [api_3("/mlflow/roles/assign")]
        Body<m::RoleOfUser> => Json<m::AssignmentAnswer>, SMALL,
        { needs [Manage Role: |i| number(i.0.role_id)] }
    /// Takes a role from a user.
    UnassignRole: Users [Delete] [api_3("/mlflow/roles/unassign")]
        QueryOrBody<m::RoleOfUser> => Json<Done>, SMALL,
        { needs [Manage Role: |i| number(i.0.role_id)] }
    /// Lists who holds a role.
    ListRoleUsers: Users [Get] [api_3("/mlflow/roles/users/list")]
        Query<m::RoleId> => Json<m::AssignmentList>, NONE,
        { needs [Manage Role: |i| number(i.0.role_id)] }
    /// Lists the roles of a user.
    ListUserRoles: Users [Get] [api_3("/mlflow/users/roles/list")]
        Query<m::Username> => Json<m::RoleList>, NONE,
        { needs [Read RolesOfUser: |i| one(i.0.username.as_ref())] }

    /// Lists every grant of the user who is logged in.
    ListCurrentUserPermissions: Users [Get] [api_3("/mlflow/users/current/permissions")]
        Empty => Json<m::UserPermissions>, NONE, { unbound }
    /// Lists every grant of a user.
    ListUserPermissions: Users [Get] [api_3("/mlflow/users/permissions/list")]
        Query<m::Username> => Json<m::UserPermissions>, NONE,
        { needs [Read RolesOfUser: |i| one(i.0.username.as_ref())] }
    /// Gives a user a level on a resource, or on all of its type.
    GrantUserPermission: Users [Post] [api_3("/mlflow/users/permissions/grant")]
        Body<m::GrantUserPermission> => Json<Done>, SMALL,
        { needs [Manage Granted: |i| granted(i.0.resource_type.as_ref(), i.0.resource_id.as_ref())] }
    /// Takes from a user what was granted to them alone.
    RevokeUserPermission: Users [Post] [api_3("/mlflow/users/permissions/revoke")]
        Body<m::UserPermission> => Json<Done>, SMALL,
        { needs [Manage Granted: |i| granted(i.0.resource_type.as_ref(), i.0.resource_id.as_ref())] }
    /// Tells what a user may do with a resource.
    GetUserPermission: Users [Get] [api_3("/mlflow/users/permissions/get")]
        Query<m::UserPermission> => Json<m::EffectivePermission>, NONE,
        { needs [Read PermissionOfUser: |i| one(i.0.username.as_ref())] }

    /// Makes an access token, and gives its secret this once.
    CreateToken: Users [Post] [api_3("/mlflow/tokens/create")]
        Body<m::CreateToken> => Confidential<m::CreatedToken>, SMALL,
        { needs [Manage TokensOfUser: |i| named_or_caller(i.0.username.as_ref())] }
    /// Lists the access tokens of a user, without their secrets.
    ListTokens: Users [Get] [api_3("/mlflow/tokens/list")]
        Query<m::ListTokens> => Json<m::TokenList>, NONE,
        { needs [Read TokensOfUser: |i| named_or_caller(i.0.username.as_ref())] }
    /// Revokes an access token.
    RevokeToken: Users [Delete] [api_3("/mlflow/tokens/revoke")]
        QueryOrBody<m::TokenId> => Json<Done>, SMALL,
        { needs [Manage Token: |i| number(i.0.token_id)] }

    /// Searches what was done to users, roles and grants, and who was turned away.
    SearchAudit: Users [Get] [api_3("/mlflow/audit/search")]
        Query<m::SearchAudit> => Json<m::AuditPage>, NONE, { admin }

    /// Gives a user a level on an experiment, as clients of MLflow 2.5 to 3.11 do.
    CreateExperimentPermission: Users [Post] [api("/mlflow/experiments/permissions/create")]
        Body<m::SetExperimentPermission> => Json<m::ExperimentPermissionAnswer>, SMALL,
        { needs [Manage Granted: |i| granted_on(ResourceType::Experiment, i.0.experiment_id.clone())] }
    /// Reads the level that a user was given on an experiment.
    GetExperimentPermission: Users [Get] [api("/mlflow/experiments/permissions/get")]
        Query<m::ExperimentPermissionOf> => Json<m::ExperimentPermissionAnswer>, NONE,
        { needs [Manage Granted: |i| granted_on(ResourceType::Experiment, i.0.experiment_id.clone())] }
    /// Changes the level that a user was given on an experiment.
    UpdateExperimentPermission: Users [Patch] [api("/mlflow/experiments/permissions/update")]
        Body<m::SetExperimentPermission> => Json<Done>, SMALL,
        { needs [Manage Granted: |i| granted_on(ResourceType::Experiment, i.0.experiment_id.clone())] }
    /// Takes from a user the level that they were given on an experiment.
    DeleteExperimentPermission: Users [Delete] [api("/mlflow/experiments/permissions/delete")]
        QueryOrBody<m::ExperimentPermissionOf> => Json<Done>, SMALL,
        { needs [Manage Granted: |i| granted_on(ResourceType::Experiment, i.0.experiment_id.clone())] }
    /// Gives a user a level on a registered model, as clients of MLflow 2.5 to 3.11 do.
    CreateRegisteredModelPermission: Users [Post] [api("/mlflow/registered-models/permissions/create")]
        Body<m::SetRegisteredModelPermission> => Json<m::RegisteredModelPermissionAnswer>, SMALL,
        { needs [Manage GrantedByName: |i| one(i.0.name.as_ref())] }
    /// Reads the level that a user was given on a registered model.
    GetRegisteredModelPermission: Users [Get] [api("/mlflow/registered-models/permissions/get")]
        Query<m::RegisteredModelPermissionOf> => Json<m::RegisteredModelPermissionAnswer>, NONE,
        { needs [Manage GrantedByName: |i| one(i.0.name.as_ref())] }
    /// Changes the level that a user was given on a registered model.
    UpdateRegisteredModelPermission: Users [Patch] [api("/mlflow/registered-models/permissions/update")]
        Body<m::SetRegisteredModelPermission> => Json<Done>, SMALL,
        { needs [Manage GrantedByName: |i| one(i.0.name.as_ref())] }
    /// Takes from a user the level that they were given on a registered model.
    DeleteRegisteredModelPermission: Users [Delete] [api("/mlflow/registered-models/permissions/delete")]
        QueryOrBody<m::RegisteredModelPermissionOf> => Json<Done>, SMALL,
        { needs [Manage GrantedByName: |i| one(i.0.name.as_ref())] }
    /// Gives a user a level on a scorer, as clients of MLflow 3.4 to 3.11 do.
    CreateScorerPermission: Users [Post] [api_3("/mlflow/scorers/permissions/create")]
        Body<m::SetScorerPermission> => Json<m::ScorerPermissionAnswer>, SMALL,
        { needs [Manage Granted: |i| scorer(i.0.experiment_id.as_ref(), i.0.scorer_name.as_ref())] }
    /// Reads the level that a user was given on a scorer.
    GetScorerPermission: Users [Get] [api_3("/mlflow/scorers/permissions/get")]
        Query<m::ScorerPermissionOf> => Json<m::ScorerPermissionAnswer>, NONE,
        { needs [Manage Granted: |i| scorer(i.0.experiment_id.as_ref(), i.0.scorer_name.as_ref())] }
    /// Changes the level that a user was given on a scorer.
    UpdateScorerPermission: Users [Patch] [api_3("/mlflow/scorers/permissions/update")]
        Body<m::SetScorerPermission> => Json<Done>, SMALL,
        { needs [Manage Granted: |i| scorer(i.0.experiment_id.as_ref(), i.0.scorer_name.as_ref())] }
    /// Takes from a user the level that they were given on a scorer.
    DeleteScorerPermission: Users [Delete] [api_3("/mlflow/scorers/permissions/delete")]
        QueryOrBody<m::ScorerPermissionOf> => Json<Done>, SMALL,
        { needs [Manage Granted: |i| scorer(i.0.experiment_id.as_ref(), i.0.scorer_name.as_ref())] }
    /// Says that there is no AI gateway whose resources could be shared, as clients of MLflow 3.9 to 3.11 would.
    GatewayPermissions: Users [Get, Post, Patch, Delete] [
            api_3("/mlflow/gateway/secrets/permissions/{operation}"),
            api_3("/mlflow/gateway/endpoints/permissions/{operation}"),
            api_3("/mlflow/gateway/model-definitions/permissions/{operation}"),
        ]
        Empty => Json<Done>, NONE, { authenticated }
    /// Says that there are no workspaces whose members could be managed, as clients of MLflow 3.9 to 3.11 would.
    WorkspacePermissions: Users [Get, Post, Delete] [
            api_3("/mlflow/workspaces/{workspace_name}/permissions"),
            api_3("/mlflow/workspace-permissions"),
        ]
        Empty => Json<Done>, NONE, { authenticated }
}
