//! Registered models and prompts, their tags and aliases.
//!
//! A model's name is its identity, in the registry's database and in the grants of the authentication database. The two
//! cannot change at once, so whatever makes, renames or deletes a name happens in an order in which a crash between the two
//! leaves nobody with a right that they should not have:
//!
//! * **Creating**: the model is made, which claims its name; then, in one transaction, the grants that an earlier model of
//!   the name left are swept and the creator gets MANAGE. A crash in between leaves a model without an owner.
//! * **Deleting**: the model is deleted, then its grants are swept. A crash in between leaves grants on a name that is
//!   nobody's; a creation or a renaming sweeps them before the name is worth anything.
//! * **Renaming**: the grants on the new name, which no model has, are swept; the model is renamed, which claims the name;
//!   then its grants are carried along. A crash in between leaves it with no grants at all, so that only administrators, and
//!   those whose grants hold for all models, reach it. The reverse order would not do: grants that are carried to a name
//!   which somebody else claims first would be rights on their model.
//!
//! Requests take turns at this, on all servers of the registry's database, so that a sweep cannot take the grant of a creation
//! that came between. Python servers take none, and a turn ends with its connection: in a race with either, the loser can lose
//! its grants, and a renaming whose new name was given to another model meanwhile can carry grants onto that one.
//!
//! What makes a prompt of a model, or a model of a prompt, needs update on the name as both. Grants stay where they are: with
//! the sweeps above, those on the other type were made on purpose while the model existed.

use crate::webhooks::Notice;
use crate::{Answer, Call, Service, given, handle};
use authz::ResourceType;
use authz::rules::Family;
use futures::FutureExt;
use futures::future::BoxFuture;
use identity::{Principal, Rights};
use model::{Actor, Error, RegisteredModel, Result, Tag, limits, validation};
use operations::messages::{Done, RegisteredModelAnswer, RegisteredModelPage};
use operations::{
    CreateRegisteredModel, DeleteRegisteredModel, DeleteRegisteredModelAlias, DeleteRegisteredModelTag,
    GetRegisteredModel, Json, Operation, RenameRegisteredModel, SearchRegisteredModels,
    SetRegisteredModelAlias, SetRegisteredModelTag, UpdateRegisteredModel,
};
use std::sync::Arc;
use store::Db;
use store::registry::aliases;
use store::registry::models::{self, NewModel};
use store::registry::search::{self, Models, Visible};

handle!(CreateRegisteredModel, create_registered_model);
handle!(GetRegisteredModel, get_registered_model);
handle!(UpdateRegisteredModel, update_registered_model);
handle!(RenameRegisteredModel, rename_registered_model);
handle!(DeleteRegisteredModel, delete_registered_model);
handle!(SearchRegisteredModels, search_registered_models);
handle!(SetRegisteredModelTag, set_registered_model_tag);
handle!(DeleteRegisteredModelTag, delete_registered_model_tag);
handle!(SetRegisteredModelAlias, set_registered_model_alias);
handle!(DeleteRegisteredModelAlias, delete_registered_model_alias);

/// The types whose grants speak of a name.
const NAMED: &[ResourceType] = &[ResourceType::RegisteredModel, ResourceType::Prompt];
/// Rows of a page when the request does not say (MLflow's protobuf default).
const DEFAULT_PAGE_ROWS: i64 = 100;

/// What answers about models must leave out.
#[derive(Debug, Clone, Copy)]
struct Withheld {
    model_versions: bool,
    prompt_versions: bool,
    runs: bool,
}

impl Withheld {
    fn of<O: Operation>(call: &Call<O>) -> Self {
        Self {
            model_versions: call.withholds(Family::RegisteredModel.versions()),
            prompt_versions: call.withholds(Family::Prompt.versions()),
            runs: call.withholds(ResourceType::Run),
        }
    }

    /// The model without what must be left out (MLflow 3.17 `_redact_registered_model_response`).
    fn apply(self, mut model: RegisteredModel) -> RegisteredModel {
        if if model.is_prompt() { self.prompt_versions } else { self.model_versions } {
            model.latest_versions.clear();
        }
        if self.runs {
            model.latest_versions.iter_mut().for_each(model::ModelVersion::withhold_runs);
        }
        model
    }
}

/// What changing a name works on, apart from the request that asked for it: a client that goes away takes its request with
/// it, but must not leave a change half done. Each change is made in turn.
#[derive(Clone)]
struct Names {
    db: Db,
    rights: Option<Rights>,
}

impl Service {
    fn names(&self) -> Result<Names> {
        Ok(Names {
            db: self.registry()?.clone(),
            rights: self.people.as_ref().map(|people| people.rights.clone()),
        })
    }

    async fn create_registered_model(
        &self,
        call: Call<CreateRegisteredModel>,
    ) -> Answer<CreateRegisteredModel> {
        let (creator, actor) = (call.principal().clone(), call.actor().clone());
        let (_, input) = call.into_parts();
        let family = Family::of(input.0.is_prompt());
        let new = NewModel {
            name: given(input.0.name, "name")?,
            description: input.0.description.unwrap_or_default(),
            tags: input.0.tags.unwrap_or_default(),
            now: self.clock.now(),
        };
        validation::new_registered_model_name(&new.name)?;
        new.tags.iter().try_for_each(validation::registry_tag)?;
        let (names, webhooks) = (self.names()?, self.webhooks.clone());
        let notice = Notice::model_created(&new.name, &new.description, &new.tags, family == Family::Prompt);
        let created = tokio::spawn(async move {
            let made = names.in_turn(|names| names.create(new, family, creator, actor).boxed()).await?;
            if let Some(webhooks) = webhooks {
                webhooks.notify(notice);
            }
            Ok::<_, Error>(made)
        });
        let registered_model = created.await.map_err(|_| Error::internal("The creation failed."))??;
        Ok(Json(RegisteredModelAnswer { registered_model }))
    }

    async fn get_registered_model(&self, call: Call<GetRegisteredModel>) -> Answer<GetRegisteredModel> {
        let withheld = Withheld::of(&call);
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let mut snapshot = self.registry()?.snapshot().await?;
        let model = models::get(&mut snapshot.connection(), &name).await?;
        Ok(Json(RegisteredModelAnswer { registered_model: withheld.apply(model) }))
    }

    async fn update_registered_model(
        &self,
        call: Call<UpdateRegisteredModel>,
    ) -> Answer<UpdateRegisteredModel> {
        let withheld = Withheld::of(&call);
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let description = input.0.description.unwrap_or_default();
        let now = self.clock.now();
        let updated = self.registry()?.write(move |connection| {
            let (name, description) = (name.clone(), description.clone());
            async move { models::update(connection, &name, &description, now).await }.boxed()
        });
        Ok(Json(RegisteredModelAnswer { registered_model: withheld.apply(updated.await?) }))
    }

    async fn rename_registered_model(
        &self,
        call: Call<RenameRegisteredModel>,
    ) -> Answer<RenameRegisteredModel> {
        let (withheld, actor) = (Withheld::of(&call), call.actor().clone());
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let new_name = given(input.0.new_name, "new_name")?;
        validation::new_registered_model_name(&new_name)?;
        let names = self.names()?;
        let renamed =
            tokio::spawn(
                async move { names.in_turn(|names| names.rename(name, new_name, actor).boxed()).await },
            );
        let model = renamed.await.map_err(|_| Error::internal("The renaming failed."))??;
        Ok(Json(RegisteredModelAnswer { registered_model: withheld.apply(model) }))
    }

    async fn delete_registered_model(
        &self,
        call: Call<DeleteRegisteredModel>,
    ) -> Answer<DeleteRegisteredModel> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let names = self.names()?;
        let deleted =
            tokio::spawn(async move { names.in_turn(|names| names.delete(name, actor).boxed()).await });
        deleted.await.map_err(|_| Error::internal("The deletion failed."))??;
        Ok(Json(Done {}))
    }

    async fn search_registered_models(
        &self,
        call: Call<SearchRegisteredModels>,
    ) -> Answer<SearchRegisteredModels> {
        let withheld = Withheld::of(&call);
        let visible = visible(&call);
        let (_, input) = call.into_parts();
        let input = input.0;
        let limit = page_rows(
            input.max_results.map_or(DEFAULT_PAGE_ROWS, |rows| rows.0),
            limits::REGISTERED_MODEL_PAGE_ROWS,
        )?;
        let search = Models {
            filter: ::search::registered_models::parse_filter(input.filter.as_deref().unwrap_or_default())?,
            order_by: ::search::registered_models::parse_order_by(&input.order_by.unwrap_or_default())?,
            limit,
            page_token: input.page_token,
        };
        let mut snapshot = self.registry()?.snapshot_for_search().await?;
        let page = search::models(&mut snapshot.connection(), &search, &visible).await?;
        let page = page.map(|model| withheld.apply(model));
        Ok(Json(RegisteredModelPage { registered_models: page.items, next_page_token: page.next_page_token }))
    }

    async fn set_registered_model_tag(
        &self,
        call: Call<SetRegisteredModelTag>,
    ) -> Answer<SetRegisteredModelTag> {
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let tag = Tag { key: given(input.0.key, "key")?, value: input.0.value.unwrap_or_default() };
        validation::registry_tag(&tag)?;
        let notice = Notice::tag_set(&name, &tag);
        let set = self.registry()?.write(move |connection| {
            let (name, tag) = (name.clone(), tag.clone());
            async move { models::set_tag(connection, &name, &tag).await }.boxed()
        });
        set.await?;
        self.notify(notice);
        Ok(Json(Done {}))
    }

    async fn delete_registered_model_tag(
        &self,
        call: Call<DeleteRegisteredModelTag>,
    ) -> Answer<DeleteRegisteredModelTag> {
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let key = given(input.0.key, "key")?;
        validation::registry_tag_key(&key)?;
        let notice = Notice::tag_deleted(&name, &key);
        let deleted = self.registry()?.write(move |connection| {
            let (name, key) = (name.clone(), key.clone());
            async move { models::delete_tag(connection, &name, &key).await }.boxed()
        });
        deleted.await?;
        self.notify(notice);
        Ok(Json(Done {}))
    }

    async fn set_registered_model_alias(
        &self,
        call: Call<SetRegisteredModelAlias>,
    ) -> Answer<SetRegisteredModelAlias> {
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let alias = given(input.0.alias, "alias")?;
        validation::new_alias(&alias)?;
        let version = validation::model_version(&given(input.0.version, "version")?)?;
        let notice = Notice::alias_set(&name, &alias, version);
        let set = self.registry()?.write(move |connection| {
            let (name, alias) = (name.clone(), alias.clone());
            async move { aliases::set(connection, &name, &alias, version).await }.boxed()
        });
        set.await?;
        self.notify(notice);
        Ok(Json(Done {}))
    }

    async fn delete_registered_model_alias(
        &self,
        call: Call<DeleteRegisteredModelAlias>,
    ) -> Answer<DeleteRegisteredModelAlias> {
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let alias = given(input.0.alias, "alias")?;
        validation::alias(&alias)?;
        let notice = Notice::alias_deleted(&name, &alias);
        let deleted = self.registry()?.write(move |connection| {
            let (name, alias) = (name.clone(), alias.clone());
            async move { aliases::delete(connection, &name, &alias).await }.boxed()
        });
        deleted.await?;
        self.notify(notice);
        Ok(Json(Done {}))
    }
}

/// The name of a model that a request is about.
pub(crate) fn checked_name(name: Option<String>) -> Result<String> {
    let name = given(name, "name")?;
    validation::registered_model_name(&name)?;
    Ok(name)
}

/// What a search of the registry may show the caller.
pub(crate) fn visible<O: Operation>(call: &Call<O>) -> Visible {
    Visible {
        models: call.visibility(Family::RegisteredModel.container()).clone(),
        prompts: call.visibility(Family::Prompt.container()).clone(),
    }
}

/// The rows of a page of a search of the registry, which has limits of its own.
///
/// # Errors
/// INVALID_PARAMETER_VALUE below 1 and above `most`, with MLflow's words.
pub(crate) fn page_rows(max_results: i64, most: i64) -> Result<u64> {
    if max_results < 1 {
        return Err(Error::invalid(format!(
            "Invalid value for max_results. It must be a positive integer, but got {max_results}"
        )));
    }
    if max_results > most {
        return Err(Error::invalid(format!(
            "Invalid value for request parameter max_results. It must be at most {most}, but got value {max_results}"
        )));
    }
    Ok(max_results.unsigned_abs())
}

impl Names {
    /// Makes a change when it is its turn.
    async fn in_turn<T>(self, change: impl FnOnce(Self) -> BoxFuture<'static, Result<T>>) -> Result<T> {
        let db = self.db.clone();
        db.in_turn(change(self)).await
    }

    /// Makes a model and gives its creator MANAGE on it: both, or neither.
    async fn create(
        self,
        new: NewModel,
        family: Family,
        creator: Principal,
        actor: Actor,
    ) -> Result<RegisteredModel> {
        let new = Arc::new(new);
        let made = Arc::clone(&new);
        let model = self.db.write(move |connection| {
            let new = Arc::clone(&made);
            async move {
                models::create(connection, &new).await?;
                models::get(connection, &new.name).await
            }
            .boxed()
        });
        let model = model.await?;
        let Some(rights) = &self.rights else { return Ok(model) };
        let granted = rights.grant_creator(&actor, &creator, family.container(), &new.name, NAMED).await;
        if let Err(error) = granted {
            // Without its right the creator could not reach the model: it must not stay.
            let name = new.name.clone();
            let undone = self.db.write(move |connection| {
                let new = Arc::clone(&new);
                async move { models::undo_create(connection, &new).await }.boxed()
            });
            if let Err(error) = undone.await {
                tracing::error!(%error, name, "a registered model without an owner was left behind");
            }
            return Err(error);
        }
        Ok(model)
    }

    async fn rename(self, name: String, new_name: String, actor: Actor) -> Result<RegisteredModel> {
        let prompts = models::prompts_among(&self.db, &[name.clone(), new_name.clone()]).await?;
        // What the database will refuse must not cost anybody a grant.
        let may_carry = prompts.contains_key(&name) && !prompts.contains_key(&new_name);
        if let Some(rights) = self.rights.as_ref().filter(|_| may_carry) {
            rights.sweep(&actor, NAMED, &new_name).await?;
        }
        let model = self.move_model(&name, &new_name, actor.at).await?;
        let Some(rights) = self.rights.as_ref().filter(|_| may_carry) else { return Ok(model) };
        if let Err(error) = rights.carry(&actor, NAMED, &name, &new_name).await {
            // Under its new name nobody would have a right on it: it gets the old one back.
            if let Err(error) = self.move_model(&new_name, &name, actor.at).await {
                tracing::error!(%error, name, new_name, "a renamed model was left without its grants");
            }
            return Err(error);
        }
        Ok(model)
    }

    async fn move_model(&self, from: &str, to: &str, now: model::Millis) -> Result<RegisteredModel> {
        let (from, to) = (from.to_owned(), to.to_owned());
        let moved = self.db.write(move |connection| {
            let (from, to) = (from.clone(), to.clone());
            async move { models::rename(connection, &from, &to, now).await }.boxed()
        });
        Ok(moved.await?)
    }

    async fn delete(self, name: String, actor: Actor) -> Result<()> {
        let deleted = name.clone();
        let gone = self.db.write(move |connection| {
            let name = deleted.clone();
            async move { models::delete(connection, &name).await }.boxed()
        });
        gone.await?;
        if let Some(rights) = &self.rights
            && let Err(error) = rights.sweep(&actor, NAMED, &name).await
        {
            // The model is gone whatever is said now, and the next one of the name sweeps.
            tracing::error!(%error, name, "grants on a deleted registered model were left behind");
        }
        Ok(())
    }
}
