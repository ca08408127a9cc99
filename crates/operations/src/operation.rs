//! What a row of the table says.

use authz::{Action, Level, Listed, ResourceType};
use model::Error;

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Under which prefixes a path is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `/api/<version>/…` and its twin `/ajax-api/<version>/…`, which the web interface uses.
    Api(&'static str),
    /// `/ajax-api/<version>/…` alone.
    Ajax(&'static str),
    /// As it stands.
    Root,
}

/// One path of an operation. `{name}` is one segment, `{*name}` the rest of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub prefix: Prefix,
    pub path: &'static str,
}

impl Route {
    /// The concrete paths, without the server's static prefix.
    pub fn paths(&self) -> Vec<String> {
        match self.prefix {
            Prefix::Api(version) => {
                vec![format!("/api/{version}{}", self.path), format!("/ajax-api/{version}{}", self.path)]
            }
            Prefix::Ajax(version) => vec![format!("/ajax-api/{version}{}", self.path)],
            Prefix::Root => vec![self.path.to_owned()],
        }
    }
}

/// The part of the server that an operation belongs to, which flags can switch off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Always on: health, version, server-info.
    Server,
    /// Off with `--artifacts-only`.
    Tracking,
    /// Registered models. Off with `--artifacts-only`.
    Registry,
    /// Off with `--no-serve-artifacts`.
    ProxiedArtifacts,
    /// On with an app that has users, such as `basic-auth`.
    Users,
    /// On with `--expose-prometheus`.
    Metrics,
}

/// A listing whose rows are filtered by what the caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listing {
    Experiments,
    /// The runs of readable experiments; a DENY on runs hides them all.
    Runs,
    /// The logged models of readable experiments; a DENY on logged models hides them all.
    LoggedModels,
    /// The readable registered models and prompts.
    RegisteredModels,
    /// The versions of readable registered models and prompts; a DENY on either's versions hides those.
    ModelVersions,
}

impl Listing {
    /// What the rows are, and whose visibility says which of them show.
    pub const fn listed(self) -> &'static [Listed] {
        const fn listed(kind: ResourceType, rows: Option<ResourceType>) -> Listed {
            Listed { kind, rows }
        }
        const EXPERIMENTS: &[Listed] = &[listed(ResourceType::Experiment, None)];
        const RUNS: &[Listed] = &[listed(ResourceType::Experiment, Some(ResourceType::Run))];
        const LOGGED_MODELS: &[Listed] = &[listed(ResourceType::Experiment, Some(ResourceType::LoggedModel))];
        const REGISTERED_MODELS: &[Listed] =
            &[listed(ResourceType::RegisteredModel, None), listed(ResourceType::Prompt, None)];
        const MODEL_VERSIONS: &[Listed] = &[
            listed(ResourceType::RegisteredModel, Some(ResourceType::RegisteredModelVersion)),
            listed(ResourceType::Prompt, Some(ResourceType::PromptVersion)),
        ];
        match self {
            Self::Experiments => EXPERIMENTS,
            Self::Runs => RUNS,
            Self::LoggedModels => LOGGED_MODELS,
            Self::RegisteredModels => REGISTERED_MODELS,
            Self::ModelVersions => MODEL_VERSIONS,
        }
    }
}

/// What an id in a request names, before the gate has looked it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An experiment, by id.
    Experiment,
    /// An experiment, by name. An unknown name is RESOURCE_DOES_NOT_EXIST for everybody, as in MLflow.
    ExperimentByName,
    /// An experiment and everything that goes out of reach with it.
    ExperimentWithContents,
    /// The type experiment: making one.
    NewExperiment,
    /// Every experiment whose artifacts the given location would overlap.
    ArtifactLocation,
    /// A location on the server's own disk outside its artifact storage; anything else requires nothing.
    LocalLocation,
    /// Making a run in the experiment with the id.
    RunInExperiment,
    /// Making a logged model in the experiment with the id.
    LoggedModelInExperiment,
    /// A run, by id. A run that does not exist is forbidden, not missing, so that nobody can probe for ids.
    Run,
    /// Runs in general, whatever the id: what a search of something else selects by.
    AnyRun,
    /// A run of a bulk read, by id. One that does not exist is RESOURCE_DOES_NOT_EXIST, as in MLflow.
    ListedRun,
    /// A logged model, by id. One that does not exist is forbidden.
    LoggedModel,
    /// A registered model or prompt, by name: it is asked for what it is. A name of neither is asked for as a registered
    /// model's, so that who may read those learns that it does not exist.
    RegisteredModel,
    /// A registered model or prompt, by name, asked for as both: what makes a prompt of a model moves it from one type's
    /// grants to the other's.
    ModelOfBothTypes,
    /// A registered model or prompt, by name, with its versions. One that does not exist is forbidden, here and below.
    ModelWithVersions,
    /// The name of a registered model that is to be made.
    NewRegisteredModel,
    /// The name of a prompt that is to be made.
    NewPrompt,
    /// The name of a registered model or prompt, and the one that it is to get.
    NewNameOfModel,
    /// A version, by the name of its registered model or prompt.
    ModelVersion,
    /// Making a version, by the name of its registered model or prompt.
    NewModelVersion,
    /// The versions of registered models in general.
    AnyRegisteredModelVersion,
    /// The versions of prompts in general.
    AnyPromptVersion,
    /// An alias, by the name of its registered model or prompt.
    ModelAlias,
    /// The source of a version: the registered model, logged model or run that it names, or every experiment in whose
    /// artifacts it lies or which lie below it.
    ModelSource,
    /// A path of the artifact proxy: all experiments in whose locations it lies.
    ProxiedArtifact,
    /// A path of the artifact proxy with everything below it.
    ProxiedArtifactTree,
    /// The account with the name: its own user.
    User,
    /// A resource by `type/id`, as a grant names it; `type/*` is all of the type, which only administrators of the workspace
    /// may grant.
    Granted,
    /// A registered model or prompt by name, or all registered models by `*`, as the permission APIs of MLflow 2.5 to 3.11
    /// name it: asked for as [`Granted`](Self::Granted) on what it is. A name of neither is a registered model's.
    GrantedByName,
    /// What a user may do, by name: for themselves and for administrators of the workspace.
    PermissionOfUser,
    /// The roles of a user, by name: for themselves and for administrators of a workspace that the user is in.
    RolesOfUser,
    /// The access tokens of a user, by name; one's own by the empty name. For the user themselves, with all of their rights.
    TokensOfUser,
    /// An access token, by id: as those of its user. One that does not exist is forbidden.
    Token,
    /// A role, by id: for those who belong to its workspace (read) or administer it (manage).
    Role,
    /// A grant of a role, by id: as its role.
    RolePermission,
    /// A workspace, by name: for those who belong to it (read) or administer it (manage).
    Workspace,
    /// All workspaces at once: for administrators of the server.
    EveryWorkspace,
}

/// One thing that an operation needs: an action on what the ids of its input name. Without ids it needs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause {
    pub action: Action,
    pub subject: Subject,
}

/// What a caller needs. There is no default: `Public` is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing, not even a login.
    Public,
    /// A login.
    Authenticated,
    /// A login with credentials that are not bound to some resources.
    Unbound,
    /// An administrator of the server.
    Admin,
    /// An administrator of a workspace or of the server.
    WorkspaceAdmin,
    /// A login, and the clauses; the handler gets a `Visibility` that its search must apply.
    Filtered(Listing, &'static [Clause]),
    /// Every clause, for every id that the input names for it.
    All(&'static [Clause]),
}

impl Need {
    /// The least level that an operation with this need takes somewhere, for callers whose credentials are bounded by one.
    /// What is not a search and only lets a DENY refuse makes something new.
    pub fn least(self) -> Level {
        let of = |clauses: &[Clause], veto: Level| {
            let levels = clauses.iter().map(|clause| match clause.action {
                // Asked only where the request gives a location, and then by what it overlaps.
                _ if matches!(clause.subject, Subject::ArtifactLocation | Subject::LocalLocation) => {
                    Level::Edit
                }
                Action::Read => Level::Read,
                Action::NotDenied => veto,
                Action::Use => Level::Use,
                Action::Create | Action::Update => Level::Edit,
                Action::Delete | Action::Manage => Level::Manage,
            });
            levels.fold(Level::Read, Level::max)
        };
        match self {
            Self::Public | Self::Authenticated | Self::Unbound => Level::Read,
            Self::Admin | Self::WorkspaceAdmin => Level::Manage,
            Self::Filtered(_, clauses) => of(clauses, Level::Read),
            Self::All(clauses) => of(clauses, Level::Edit),
        }
    }
}

/// Bytes that a request body may have, by the kind of operation.
pub mod limits {
    /// Bodies with a handful of ids and names, and one tag or parameter value.
    pub const SMALL: usize = 256 * 1024;
    /// Forms of pages: a name and a password, every byte of them escaped to three.
    pub const FORM: usize = 16 * 1024;
    /// `log-batch`: MLflow 3.17 limits the batch to 1,000,000 (`validation.py`), clients escape non-ASCII to six bytes.
    pub const BATCH: usize = 8 * 1024 * 1024;
    /// Tags of the model registry: up to 100,000 characters each (MLflow 3.17 `validation.py`), among them a prompt's text,
    /// and clients escape non-ASCII to six bytes.
    pub const MODELS: usize = 8 * 1024 * 1024;
    /// `log-inputs`: datasets with profiles of up to 16 MiB.
    pub const DATASETS: usize = 64 * 1024 * 1024;
    /// `upload-artifact` of the web interface: 10 MiB (`handlers.py`).
    pub const UI_UPLOAD: usize = 10 * 1024 * 1024;
    /// `mpu/complete`: up to 10,000 parts with their URLs.
    pub const PARTS: usize = 32 * 1024 * 1024;
    /// Streams are not limited in size; the disk is the limit.
    pub const STREAM: usize = usize::MAX;
    /// No body is read.
    pub const NONE: usize = 0;
}

/// A row as data: what the documentation and the tests read.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub summary: &'static str,
    pub part: Part,
    pub methods: &'static [Method],
    pub routes: &'static [Route],
    pub body_limit: usize,
    pub need: Need,
    /// Types whose ids stand in the answer, all without ids in grants. Where one is denied, the handler leaves them out.
    pub mentions: &'static [ResourceType],
}

impl Row {
    /// All (method, path) pairs that the row serves.
    pub fn endpoints(&self) -> impl Iterator<Item = (Method, String)> {
        self.routes
            .iter()
            .flat_map(Route::paths)
            .flat_map(|path| self.methods.iter().map(move |method| (*method, path.clone())))
    }
}

/// One operation: a type per row, so that a handler, its input and its authorization cannot be mixed up.
pub trait Operation: Send + Sync + 'static {
    const ROW: Row;
    type Input: Send + 'static;
    type Output: Send + 'static;

    /// For each clause of the row's need, the ids that the input names.
    ///
    /// # Errors
    /// When the input is contradictory, such as a `run_id` and a `run_uuid` that differ.
    fn targets(input: &Self::Input) -> Result<Vec<Vec<String>>, Error>;
}
