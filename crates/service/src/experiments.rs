//! Experiments.

use crate::locations::DefaultLocation;
use crate::{Answer, Call, Service, given, handle, page_rows};
use authz::ResourceType;
use futures::FutureExt;
use identity::{Principal, Rights};
use model::{Actor, Error, LifecycleStage, Result, Tag, ViewType, validation};
use operations::messages::{CreatedExperiment, Done, ExperimentAnswer, ExperimentPage};
use operations::{
    CreateExperiment, DeleteExperiment, DeleteExperimentTag, GetExperiment, GetExperimentByName, Json,
    RestoreExperiment, SearchExperiments, SetExperimentTag, UpdateExperiment,
};
use std::sync::Arc;
use store::tracking::experiments::{self, NewExperiment, Search};
use store::{Db, StoreError};

handle!(CreateExperiment, create_experiment);
handle!(GetExperiment, get_experiment);
handle!(GetExperimentByName, get_experiment_by_name);
handle!(SearchExperiments, search_experiments);
handle!(UpdateExperiment, update_experiment);
handle!(DeleteExperiment, delete_experiment);
handle!(RestoreExperiment, restore_experiment);
handle!(SetExperimentTag, set_experiment_tag);
handle!(DeleteExperimentTag, delete_experiment_tag);

/// Tags that hold the views which users make in the web interface, and how many an experiment may have (MLflow 3.17).
const CUSTOM_VIEW_PREFIX: &str = "mlflow.customView.view";
const MAX_CUSTOM_VIEWS: usize = 50;

/// The types whose grants speak of an experiment's id.
const SWEPT: &[ResourceType] = &[ResourceType::Experiment];

fn is_custom_view(key: &str) -> bool {
    key.starts_with(CUSTOM_VIEW_PREFIX)
}

fn too_many_views() -> Error {
    Error::invalid(format!(
        "Unable to create another custom view; the maximum number of custom views per experiment is {MAX_CUSTOM_VIEWS}. \
         Delete an existing custom view before creating a new one."
    ))
}

impl Service {
    async fn create_experiment(&self, call: Call<CreateExperiment>) -> Answer<CreateExperiment> {
        let (creator, actor) = (call.principal().clone(), call.actor().clone());
        let (_, input) = call.into_parts();
        let name = given(input.0.name, "name")?;
        let tags = input.0.tags.unwrap_or_default();
        validation::experiment_name(&name)?;
        tags.iter().try_for_each(validation::experiment_tag)?;
        if tags.iter().filter(|tag| is_custom_view(&tag.key)).count() > MAX_CUSTOM_VIEWS {
            return Err(too_many_views());
        }
        let artifact_location = match input.0.artifact_location.filter(|location| !location.is_empty()) {
            Some(location) => Some(self.locations.resolve(&location)?),
            None => None,
        };
        let new = Arc::new(NewExperiment { name, artifact_location, tags, now: self.clock.now() });
        let default = self.locations.default_location();
        let (db, rights) =
            (self.tracking()?.clone(), self.people.as_ref().map(|people| people.rights.clone()));
        // A client that goes away takes its request with it, but must not leave an experiment without an owner behind.
        let created =
            tokio::spawn(async move { create_owned(&db, rights, creator, actor, new, default).await });
        let experiment_id = created.await.map_err(|_| Error::internal("The creation failed."))??;
        Ok(Json(CreatedExperiment { experiment_id }))
    }

    pub(crate) async fn create_default_experiment(&self) -> Result<()> {
        let location = self.locations.default_location().of("0");
        let now = self.clock.now();
        let created = self.tracking()?.write(move |connection| {
            let location = location.clone();
            async move { experiments::create_default(connection, location, now).await }.boxed()
        });
        Ok(created.await?)
    }

    async fn get_experiment(&self, call: Call<GetExperiment>) -> Answer<GetExperiment> {
        let (_, input) = call.into_parts();
        let id = given(input.0.experiment_id, "experiment_id")?;
        let read = self.tracking()?.read(&id, |connection, id| experiments::get(connection, id).boxed());
        let experiment = read.await?;
        Ok(Json(ExperimentAnswer { experiment }))
    }

    async fn get_experiment_by_name(&self, call: Call<GetExperimentByName>) -> Answer<GetExperimentByName> {
        let (_, input) = call.into_parts();
        let name = given(input.0.experiment_name, "experiment_name")?;
        let db = self.tracking()?;
        match db.read(&name, |connection, name| experiments::get_by_name(connection, name).boxed()).await? {
            Some(experiment) => Ok(Json(ExperimentAnswer { experiment })),
            None => Err(Error::not_found(format!("Could not find experiment with name '{name}'"))),
        }
    }

    async fn search_experiments(&self, call: Call<SearchExperiments>) -> Answer<SearchExperiments> {
        let visibility = call.visibility(ResourceType::Experiment).clone();
        let (_, input) = call.into_parts();
        let input = input.0;
        let search = Search {
            view: input.view_type.unwrap_or(ViewType::ActiveOnly),
            filter: search::experiments::parse_filter(input.filter.as_deref().unwrap_or_default())?,
            order_by: search::experiments::parse_order_by(&input.order_by.unwrap_or_default())?,
            limit: page_rows(input.max_results.map_or(0, |rows| rows.0))?,
            page_token: input.page_token,
        };
        let mut snapshot = self.replica()?.snapshot_for_search().await?;
        let page = experiments::search(&mut snapshot.connection(), &search, &visibility).await?;
        Ok(Json(ExperimentPage { experiments: page.items, next_page_token: page.next_page_token }))
    }

    async fn update_experiment(&self, call: Call<UpdateExperiment>) -> Answer<UpdateExperiment> {
        let (_, input) = call.into_parts();
        let id = experiments::parse_id(&given(input.0.experiment_id, "experiment_id")?)?;
        let name = given(input.0.new_name, "new_name")?;
        validation::experiment_name(&name)?;
        let now = self.clock.now();
        let renamed = self.tracking()?.write(move |connection| {
            let name = name.clone();
            async move { experiments::rename(connection, id, &name, now).await }.boxed()
        });
        renamed.await?;
        Ok(Json(Done {}))
    }

    async fn delete_experiment(&self, call: Call<DeleteExperiment>) -> Answer<DeleteExperiment> {
        let (_, input) = call.into_parts();
        self.move_experiment(input.0.experiment_id, LifecycleStage::Deleted).await
    }

    async fn restore_experiment(&self, call: Call<RestoreExperiment>) -> Answer<RestoreExperiment> {
        let (_, input) = call.into_parts();
        self.move_experiment(input.0.experiment_id, LifecycleStage::Active).await
    }

    async fn move_experiment(&self, id: Option<String>, to: LifecycleStage) -> Result<Json<Done>> {
        let id = experiments::parse_id(&given(id, "experiment_id")?)?;
        let now = self.clock.now();
        let moved =
            self.tracking()?.write(move |connection| experiments::set_stage(connection, id, to, now).boxed());
        moved.await?;
        Ok(Json(Done {}))
    }

    async fn set_experiment_tag(&self, call: Call<SetExperimentTag>) -> Answer<SetExperimentTag> {
        let (_, input) = call.into_parts();
        let id = experiments::parse_id(&given(input.0.experiment_id, "experiment_id")?)?;
        let tag = Tag { key: given(input.0.key, "key")?, value: input.0.value.unwrap_or_default() };
        validation::experiment_tag(&tag)?;
        let set = self.tracking()?.write(move |connection| {
            let tag = tag.clone();
            async move {
                experiments::check_active(connection, id).await?;
                if is_custom_view(&tag.key) {
                    let tags = experiments::get(connection, &id.to_string()).await?.tags;
                    let views = tags.iter().filter(|known| is_custom_view(&known.key)).count();
                    let known = tags.iter().any(|known| known.key == tag.key);
                    if !known && views >= MAX_CUSTOM_VIEWS {
                        return Err(StoreError::Refused(too_many_views()));
                    }
                }
                experiments::set_tag(connection, id, &tag).await
            }
            .boxed()
        });
        set.await?;
        Ok(Json(Done {}))
    }

    async fn delete_experiment_tag(&self, call: Call<DeleteExperimentTag>) -> Answer<DeleteExperimentTag> {
        let (_, input) = call.into_parts();
        let id = experiments::parse_id(&given(input.0.experiment_id, "experiment_id")?)?;
        let key = given(input.0.key, "key")?;
        let deleted = self.tracking()?.write(move |connection| {
            let key = key.clone();
            async move { experiments::delete_tag(connection, id, &key).await }.boxed()
        });
        deleted.await?;
        Ok(Json(Done {}))
    }
}

/// Makes an experiment and gives its creator MANAGE on it: both, or neither.
async fn create_owned(
    db: &Db,
    rights: Option<Rights>,
    creator: Principal,
    actor: Actor,
    new: Arc<NewExperiment>,
    default: DefaultLocation,
) -> Result<String> {
    let made = Arc::clone(&new);
    let id = db
        .write(move |connection| {
            let (new, default) = (Arc::clone(&new), default.clone());
            async move { experiments::create(connection, &new, &move |id| default.of(id)).await }.boxed()
        })
        .await?;
    let experiment_id = id.to_string();
    let Some(rights) = rights else { return Ok(experiment_id) };
    match rights.grant_creator(&actor, &creator, ResourceType::Experiment, &experiment_id, SWEPT).await {
        Ok(()) => Ok(experiment_id),
        Err(error) => {
            // Without its right the creator could not reach the experiment: it must not stay.
            let undone = db.write(move |connection| {
                let made = Arc::clone(&made);
                async move { experiments::undo_create(connection, id, &made).await }.boxed()
            });
            if let Err(error) = undone.await {
                tracing::error!(%error, experiment_id, "an experiment without an owner was left behind");
            }
            Err(error)
        }
    }
}
