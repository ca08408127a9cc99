//! The permission APIs of MLflow 2.5 to 3.11, on top of grants. NO_PERMISSIONS is their word for DENY.

use crate::{Answer, Call, Service, given, handle};
use authz::rules::Family;
use authz::{Action, Key, Level, Requirement, ResourceType, WILDCARD};
use gate::Resolve;
use identity::{DEFAULT_WORKSPACE, OwnGrant, Principal, checked_pattern};
use model::{Actor, Error, ErrorCode, Result};
use operations::messages::{
    Done, ExperimentPermission, ExperimentPermissionAnswer, RegisteredModelPermission,
    RegisteredModelPermissionAnswer, ScorerPermission, ScorerPermissionAnswer,
};
use operations::{
    CreateExperimentPermission, CreateRegisteredModelPermission, CreateScorerPermission,
    DeleteExperimentPermission, DeleteRegisteredModelPermission, DeleteScorerPermission, GatewayPermissions,
    GetExperimentPermission, GetRegisteredModelPermission, GetScorerPermission, Json,
    UpdateExperimentPermission, UpdateRegisteredModelPermission, UpdateScorerPermission,
    WorkspacePermissions, scorer_pattern,
};

handle!(CreateExperimentPermission, create_experiment_permission);
handle!(GetExperimentPermission, get_experiment_permission);
handle!(UpdateExperimentPermission, update_experiment_permission);
handle!(DeleteExperimentPermission, delete_experiment_permission);
handle!(CreateRegisteredModelPermission, create_registered_model_permission);
handle!(GetRegisteredModelPermission, get_registered_model_permission);
handle!(UpdateRegisteredModelPermission, update_registered_model_permission);
handle!(DeleteRegisteredModelPermission, delete_registered_model_permission);
handle!(CreateScorerPermission, create_scorer_permission);
handle!(GetScorerPermission, get_scorer_permission);
handle!(UpdateScorerPermission, update_scorer_permission);
handle!(DeleteScorerPermission, delete_scorer_permission);
handle!(GatewayPermissions, gateway_permissions);
handle!(WorkspacePermissions, workspace_permissions);

/// A level in the words of those APIs.
pub(crate) const fn old_word(level: Level) -> &'static str {
    match level {
        Level::Deny => Level::NoPermissions.as_str(),
        level => level.as_str(),
    }
}

fn level(word: &str) -> Result<Level> {
    match Level::from_name(word) {
        Some(Level::NoPermissions) => Ok(Level::Deny),
        Some(level) if level != Level::Deny => Ok(level),
        _ => Err(Error::invalid(format!(
            "Invalid permission '{word}'. Valid permissions are: ('READ', 'USE', 'EDIT', 'MANAGE', 'NO_PERMISSIONS')"
        ))),
    }
}

/// One user's grant on one resource, and how MLflow's messages call it.
struct One {
    username: String,
    kind: ResourceType,
    pattern: String,
    /// `Experiment permission with experiment_id=1 and username=alice`.
    with: String,
    /// `Experiment permission (experiment_id=1, username=alice)`.
    called: String,
}

impl One {
    fn experiment(id: &str, username: &str) -> Self {
        Self {
            username: username.to_owned(),
            kind: ResourceType::Experiment,
            pattern: id.to_owned(),
            with: format!("Experiment permission with experiment_id={id} and username={username}"),
            called: format!("Experiment permission (experiment_id={id}, username={username})"),
        }
    }

    /// A prompt's permissions go by its name, too: those clients know no other way.
    fn named(family: Family, name: &str, username: &str) -> Self {
        let with = format!(
            "Registered model permission with workspace={DEFAULT_WORKSPACE}, name={name} and username={username}"
        );
        Self {
            username: username.to_owned(),
            kind: family.container(),
            pattern: name.to_owned(),
            called: with.clone(),
            with,
        }
    }

    fn scorer(experiment_id: &str, name: &str, username: &str) -> Self {
        Self {
            username: username.to_owned(),
            kind: ResourceType::Scorer,
            pattern: scorer_pattern(experiment_id, name),
            with: format!(
                "Scorer permission with experiment_id={experiment_id}, scorer_name={name}, and username={username}"
            ),
            called: format!(
                "Scorer permission (experiment_id={experiment_id}, scorer_name={name}, username={username})"
            ),
        }
    }

    fn missing(&self) -> Error {
        Error::not_found(format!("{} not found", self.with))
    }

    fn grant(&self, level: Level) -> OwnGrant {
        OwnGrant { kind: self.kind, pattern: self.pattern.clone(), level }
    }
}

impl Service {
    /// The permission of a user on what a name stands for. The gate has asked the same question; but since then the tag that
    /// makes prompts may have come or gone, so the caller's right is asked for on what is about to be changed.
    ///
    /// # Errors
    /// PERMISSION_DENIED when the name stands for something else than the gate saw, which the caller must not manage.
    async fn named(&self, caller: &Principal, name: &str, username: &str) -> Result<One> {
        let prompts = self.prompts_among(&[name.to_owned()]).await?;
        let one = One::named(Family::of(prompts.get(name).copied().unwrap_or(false)), name, username);
        if name == WILDCARD {
            // Those who may change what is granted on all of a type are not restricted by it.
            return Ok(one);
        }
        let manage = Requirement::new(Action::Manage, Key::new(one.kind, name));
        match self.people()?.rights.allow(caller, &[manage], &[]).await? {
            Some(_) => Ok(one),
            None => Err(Error::new(ErrorCode::PermissionDenied, "Permission denied")),
        }
    }

    async fn create_one(&self, actor: &Actor, one: &One, word: &str) -> Result<(i64, String)> {
        let people = self.people()?;
        let level = level(word)?;
        let user = people.users.get(&one.username).await?;
        checked_pattern(&one.pattern, one.kind)?;
        match people.grants.create(actor, &one.username, one.grant(level)).await {
            Ok(()) => Ok((user.id.0, old_word(level).to_owned())),
            Err(error) if error.code == ErrorCode::ResourceAlreadyExists => {
                Err(Error::already_exists(format!("{} already exists.", one.called)))
            }
            Err(error) => Err(error),
        }
    }

    async fn get_one(&self, one: &One) -> Result<(i64, String)> {
        let found = self.people()?.grants.get(&one.username, one.kind, &one.pattern).await?;
        let (user, level) = found.ok_or_else(|| one.missing())?;
        Ok((user.id.0, old_word(level).to_owned()))
    }

    async fn update_one(&self, actor: &Actor, one: &One, word: &str) -> Result<Json<Done>> {
        let grant = one.grant(level(word)?);
        self.people()?.grants.update(actor, &one.username, grant, one.missing()).await?;
        Ok(Json(Done {}))
    }

    async fn delete_one(&self, actor: &Actor, one: &One) -> Result<Json<Done>> {
        let grants = &self.people()?.grants;
        grants.revoke(actor, &one.username, one.kind, &one.pattern, one.missing()).await?;
        Ok(Json(Done {}))
    }

    async fn create_experiment_permission(
        &self,
        call: Call<CreateExperimentPermission>,
    ) -> Answer<CreateExperimentPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let one = One::experiment(&experiment_id, &given(input.0.username, "username")?);
        let word = given(input.0.permission, "permission")?;
        let (user_id, permission) = self.create_one(&actor, &one, &word).await?;
        let experiment_permission = ExperimentPermission { experiment_id, user_id, permission };
        Ok(Json(ExperimentPermissionAnswer { experiment_permission }))
    }

    async fn get_experiment_permission(
        &self,
        call: Call<GetExperimentPermission>,
    ) -> Answer<GetExperimentPermission> {
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let one = One::experiment(&experiment_id, &given(input.0.username, "username")?);
        let (user_id, permission) = self.get_one(&one).await?;
        let experiment_permission = ExperimentPermission { experiment_id, user_id, permission };
        Ok(Json(ExperimentPermissionAnswer { experiment_permission }))
    }

    async fn update_experiment_permission(
        &self,
        call: Call<UpdateExperimentPermission>,
    ) -> Answer<UpdateExperimentPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let one = One::experiment(&experiment_id, &given(input.0.username, "username")?);
        self.update_one(&actor, &one, &given(input.0.permission, "permission")?).await
    }

    async fn delete_experiment_permission(
        &self,
        call: Call<DeleteExperimentPermission>,
    ) -> Answer<DeleteExperimentPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let one = One::experiment(&experiment_id, &given(input.0.username, "username")?);
        self.delete_one(&actor, &one).await
    }

    async fn create_registered_model_permission(
        &self,
        call: Call<CreateRegisteredModelPermission>,
    ) -> Answer<CreateRegisteredModelPermission> {
        let actor = call.actor().clone();
        let (caller, input) = call.into_parts();
        let name = given(input.0.name, "name")?;
        let one = self.named(&caller, &name, &given(input.0.username, "username")?).await?;
        let word = given(input.0.permission, "permission")?;
        let (user_id, permission) = self.create_one(&actor, &one, &word).await?;
        Ok(Json(registered_model_answer(name, user_id, permission)))
    }

    async fn get_registered_model_permission(
        &self,
        call: Call<GetRegisteredModelPermission>,
    ) -> Answer<GetRegisteredModelPermission> {
        let (caller, input) = call.into_parts();
        let name = given(input.0.name, "name")?;
        let one = self.named(&caller, &name, &given(input.0.username, "username")?).await?;
        let (user_id, permission) = self.get_one(&one).await?;
        Ok(Json(registered_model_answer(name, user_id, permission)))
    }

    async fn update_registered_model_permission(
        &self,
        call: Call<UpdateRegisteredModelPermission>,
    ) -> Answer<UpdateRegisteredModelPermission> {
        let actor = call.actor().clone();
        let (caller, input) = call.into_parts();
        let name = given(input.0.name, "name")?;
        let one = self.named(&caller, &name, &given(input.0.username, "username")?).await?;
        self.update_one(&actor, &one, &given(input.0.permission, "permission")?).await
    }

    async fn delete_registered_model_permission(
        &self,
        call: Call<DeleteRegisteredModelPermission>,
    ) -> Answer<DeleteRegisteredModelPermission> {
        let actor = call.actor().clone();
        let (caller, input) = call.into_parts();
        let name = given(input.0.name, "name")?;
        let one = self.named(&caller, &name, &given(input.0.username, "username")?).await?;
        self.delete_one(&actor, &one).await
    }

    async fn create_scorer_permission(
        &self,
        call: Call<CreateScorerPermission>,
    ) -> Answer<CreateScorerPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let scorer_name = given(input.0.scorer_name, "scorer_name")?;
        let one = One::scorer(&experiment_id, &scorer_name, &given(input.0.username, "username")?);
        let word = given(input.0.permission, "permission")?;
        let (user_id, permission) = self.create_one(&actor, &one, &word).await?;
        let scorer_permission = ScorerPermission { experiment_id, scorer_name, user_id, permission };
        Ok(Json(ScorerPermissionAnswer { scorer_permission }))
    }

    async fn get_scorer_permission(&self, call: Call<GetScorerPermission>) -> Answer<GetScorerPermission> {
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let scorer_name = given(input.0.scorer_name, "scorer_name")?;
        let one = One::scorer(&experiment_id, &scorer_name, &given(input.0.username, "username")?);
        let (user_id, permission) = self.get_one(&one).await?;
        let scorer_permission = ScorerPermission { experiment_id, scorer_name, user_id, permission };
        Ok(Json(ScorerPermissionAnswer { scorer_permission }))
    }

    async fn update_scorer_permission(
        &self,
        call: Call<UpdateScorerPermission>,
    ) -> Answer<UpdateScorerPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let scorer_name = given(input.0.scorer_name, "scorer_name")?;
        let one = One::scorer(&experiment_id, &scorer_name, &given(input.0.username, "username")?);
        self.update_one(&actor, &one, &given(input.0.permission, "permission")?).await
    }

    async fn delete_scorer_permission(
        &self,
        call: Call<DeleteScorerPermission>,
    ) -> Answer<DeleteScorerPermission> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let experiment_id = given(input.0.experiment_id, "experiment_id")?;
        let scorer_name = given(input.0.scorer_name, "scorer_name")?;
        let one = One::scorer(&experiment_id, &scorer_name, &given(input.0.username, "username")?);
        self.delete_one(&actor, &one).await
    }

    async fn gateway_permissions(&self, _: Call<GatewayPermissions>) -> Answer<GatewayPermissions> {
        Err(Error::new(
            ErrorCode::NotImplemented,
            "This server has no AI gateway, so that there are no permissions on its secrets, endpoints and model \
             definitions.",
        ))
    }

    async fn workspace_permissions(&self, _: Call<WorkspacePermissions>) -> Answer<WorkspacePermissions> {
        Err(Error::new(
            ErrorCode::NotImplemented,
            "This server has no workspaces but the default one, so that there are no permissions on them. Roles with a \
             grant on the workspace make administrators.",
        ))
    }
}

fn registered_model_answer(
    name: String,
    user_id: i64,
    permission: String,
) -> RegisteredModelPermissionAnswer {
    let registered_model_permission =
        RegisteredModelPermission { workspace: DEFAULT_WORKSPACE, name, user_id, permission };
    RegisteredModelPermissionAnswer { registered_model_permission }
}
