//! Model versions.

use crate::model_sources::{Checked, is_placeholder, stage_named};
use crate::registered_models::{checked_name, page_rows, visible};
use crate::webhooks::Notice;
use crate::{Answer, Call, Service, given, handle};
use ::artifacts::SafePath;
use authz::ResourceType;
use futures::FutureExt;
use model::{Error, ModelVersion, Result, Stage, Tag, limits, validation};
use operations::messages::{Done, DownloadUri, LatestVersions, ModelVersionAnswer, ModelVersionPage};
use operations::{
    CreateModelVersion, DeleteModelVersion, DeleteModelVersionTag, GetLatestVersions, GetModelVersion,
    GetModelVersionArtifact, GetModelVersionByAlias, GetModelVersionDownloadUri, Json, Operation,
    SearchModelVersions, SetModelVersionTag, TransitionModelVersionStage, UpdateModelVersion,
};
use std::sync::Arc;
use store::registry::search::{self, Versions};
use store::registry::versions::{self, NewVersion};
use store::tracking::logged_models;

handle!(CreateModelVersion, create_model_version);
handle!(GetModelVersion, get_model_version);
handle!(GetModelVersionByAlias, get_model_version_by_alias);
handle!(GetLatestVersions, get_latest_versions);
handle!(UpdateModelVersion, update_model_version);
handle!(TransitionModelVersionStage, transition_model_version_stage);
handle!(DeleteModelVersion, delete_model_version);
handle!(SearchModelVersions, search_model_versions);
handle!(SetModelVersionTag, set_model_version_tag);
handle!(DeleteModelVersionTag, delete_model_version_tag);
handle!(GetModelVersionDownloadUri, get_model_version_download_uri);
handle!(GetModelVersionArtifact, get_model_version_artifact);

/// A version as the caller may see it.
fn shown<O: Operation>(call: &Call<O>) -> impl Fn(ModelVersion) -> ModelVersion + Send + use<O> {
    let withholds_runs = call.withholds(ResourceType::Run);
    move |mut version| {
        if withholds_runs {
            version.withhold_runs();
        }
        version
    }
}

/// The version that a request is about.
fn key(name: Option<String>, version: Option<String>) -> Result<(String, i64)> {
    Ok((checked_name(name)?, validation::model_version(&given(version, "version")?)?))
}

impl Service {
    async fn create_model_version(&self, call: Call<CreateModelVersion>) -> Answer<CreateModelVersion> {
        let shown = shown(&call);
        let (_, input) = call.into_parts();
        let input = input.0;
        let is_prompt = input.mark() == Some(true);
        let name = checked_name(input.name.clone())?;
        let tags = input.tags.clone().unwrap_or_default();
        tags.iter().try_for_each(validation::registry_tag)?;
        let Checked { source, storage_location, run_id, model_id } = self.check_source(&input).await?;
        let new = Arc::new(NewVersion {
            name,
            source,
            storage_location,
            run_id,
            run_link: input.run_link.unwrap_or_default(),
            description: input.description.unwrap_or_default(),
            tags,
            now: self.clock.now(),
        });
        let made = Arc::clone(&new);
        let created = self.registry()?.write(move |connection| {
            let new = Arc::clone(&made);
            async move { versions::create(connection, &new).await }.boxed()
        });
        let version = created.await?;
        self.notify(Notice::version_created(&new, &version.version, is_prompt));
        if let Some(model_id) = model_id {
            self.note_version(model_id, &version).await;
        }
        Ok(Json(ModelVersionAnswer { model_version: shown(version) }))
    }

    /// Notes on the logged model what was made from it. The version is there whatever comes of that, perhaps in another
    /// database: an error would make clients register it again.
    async fn note_version(&self, model_id: String, version: &ModelVersion) {
        let (name, number) = (version.name.clone(), version.version.parse::<i64>().unwrap_or_default());
        let noted = match self.tracking() {
            Ok(tracking) => {
                let id = model_id.clone();
                let noted = tracking.write(move |connection| {
                    let (id, name) = (id.clone(), name.clone());
                    async move { logged_models::note_version(connection, &id, &name, number).await }.boxed()
                });
                noted.await.map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, model_id, "a logged model does not know of a version that was made from it");
        }
    }

    async fn get_model_version(&self, call: Call<GetModelVersion>) -> Answer<GetModelVersion> {
        let shown = shown(&call);
        let (_, input) = call.into_parts();
        let (name, version) = key(input.0.name, input.0.version)?;
        let mut snapshot = self.registry()?.snapshot().await?;
        let version = versions::get(&mut snapshot.connection(), &name, version).await?;
        Ok(Json(ModelVersionAnswer { model_version: shown(version) }))
    }

    async fn get_model_version_by_alias(
        &self,
        call: Call<GetModelVersionByAlias>,
    ) -> Answer<GetModelVersionByAlias> {
        let shown = shown(&call);
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let alias = given(input.0.alias, "alias")?;
        validation::alias(&alias)?;
        let mut snapshot = self.registry()?.snapshot().await?;
        let version = versions::by_alias(&mut snapshot.connection(), &name, &alias).await?;
        Ok(Json(ModelVersionAnswer { model_version: shown(version) }))
    }

    async fn get_latest_versions(&self, call: Call<GetLatestVersions>) -> Answer<GetLatestVersions> {
        let shown = shown(&call);
        let (_, input) = call.into_parts();
        let name = checked_name(input.0.name)?;
        let stages: Vec<Stage> = input
            .0
            .stages
            .unwrap_or_default()
            .iter()
            .map(|stage| stage_named(stage))
            .collect::<Result<_>>()?;
        let mut snapshot = self.registry()?.snapshot().await?;
        let latest = versions::latest(&mut snapshot.connection(), &name, &stages).await?;
        Ok(Json(LatestVersions { model_versions: latest.into_iter().map(shown).collect() }))
    }

    async fn update_model_version(&self, call: Call<UpdateModelVersion>) -> Answer<UpdateModelVersion> {
        let shown = shown(&call);
        let (_, input) = call.into_parts();
        let description = input.0.description;
        let (name, version) = key(input.0.name, input.0.version)?;
        let now = self.clock.now();
        let updated = self.registry()?.write(move |connection| {
            let (name, description) = (name.clone(), description.clone());
            async move { versions::update(connection, &name, version, description.as_deref(), now).await }
                .boxed()
        });
        Ok(Json(ModelVersionAnswer { model_version: shown(updated.await?) }))
    }

    async fn transition_model_version_stage(
        &self,
        call: Call<TransitionModelVersionStage>,
    ) -> Answer<TransitionModelVersionStage> {
        let shown = shown(&call);
        let (_, input) = call.into_parts();
        let archive_existing = input.0.archive_existing_versions.unwrap_or(false);
        let named = given(input.0.stage, "stage")?;
        let stage = stage_named(&named)?;
        if archive_existing && !stage.is_active() {
            return Err(Error::invalid(format!(
                "Model version transition cannot archive existing model versions because '{named}' is not an Active \
                 stage. Valid stages are ['Staging', 'Production']"
            )));
        }
        let (name, version) = key(input.0.name, input.0.version)?;
        let now = self.clock.now();
        let moved = self.registry()?.write(move |connection| {
            let name = name.clone();
            async move { versions::set_stage(connection, &name, version, stage, archive_existing, now).await }
                .boxed()
        });
        Ok(Json(ModelVersionAnswer { model_version: shown(moved.await?) }))
    }

    async fn delete_model_version(&self, call: Call<DeleteModelVersion>) -> Answer<DeleteModelVersion> {
        let (_, input) = call.into_parts();
        let (name, version) = key(input.0.name, input.0.version)?;
        let now = self.clock.now();
        let deleted = self.registry()?.write(move |connection| {
            let name = name.clone();
            async move { versions::delete(connection, &name, version, now).await }.boxed()
        });
        deleted.await?;
        Ok(Json(Done {}))
    }

    async fn search_model_versions(&self, call: Call<SearchModelVersions>) -> Answer<SearchModelVersions> {
        let (shown, visible) = (shown(&call), visible(&call));
        let (_, input) = call.into_parts();
        let input = input.0;
        let most = limits::MODEL_VERSION_PAGE_ROWS;
        let search = Versions {
            filter: ::search::model_versions::parse_filter(input.filter.as_deref().unwrap_or_default())?,
            order_by: ::search::model_versions::parse_order_by(&input.order_by.unwrap_or_default())?,
            // Without a number MLflow's protobuf asks for the most.
            limit: page_rows(input.max_results.map_or(most, |rows| rows.0), most)?,
            page_token: input.page_token,
        };
        let mut snapshot = self.registry()?.snapshot_for_search().await?;
        let page = search::versions(&mut snapshot.connection(), &search, &visible).await?.map(shown);
        Ok(Json(ModelVersionPage { model_versions: page.items, next_page_token: page.next_page_token }))
    }

    async fn set_model_version_tag(&self, call: Call<SetModelVersionTag>) -> Answer<SetModelVersionTag> {
        let (_, input) = call.into_parts();
        let tag = Tag { key: given(input.0.key, "key")?, value: input.0.value.unwrap_or_default() };
        validation::registry_tag(&tag)?;
        let (name, version) = key(input.0.name, input.0.version)?;
        let notice = Notice::version_tag_set(&name, version, &tag);
        let set = self.registry()?.write(move |connection| {
            let (name, tag) = (name.clone(), tag.clone());
            async move { versions::set_tag(connection, &name, version, &tag).await }.boxed()
        });
        set.await?;
        self.notify(notice);
        Ok(Json(Done {}))
    }

    async fn delete_model_version_tag(
        &self,
        call: Call<DeleteModelVersionTag>,
    ) -> Answer<DeleteModelVersionTag> {
        let (_, input) = call.into_parts();
        let tag = given(input.0.key, "key")?;
        validation::registry_tag_key(&tag)?;
        let (name, version) = key(input.0.name, input.0.version)?;
        let notice = Notice::version_tag_deleted(&name, version, &tag);
        let deleted = self.registry()?.write(move |connection| {
            let (name, tag) = (name.clone(), tag.clone());
            async move { versions::delete_tag(connection, &name, version, &tag).await }.boxed()
        });
        deleted.await?;
        self.notify(notice);
        Ok(Json(Done {}))
    }

    async fn get_model_version_download_uri(
        &self,
        call: Call<GetModelVersionDownloadUri>,
    ) -> Answer<GetModelVersionDownloadUri> {
        let (_, input) = call.into_parts();
        let (name, version) = key(input.0.name, input.0.version)?;
        let mut snapshot = self.registry()?.snapshot().await?;
        let artifact_uri = versions::location(&mut snapshot.connection(), &name, version).await?;
        Ok(Json(DownloadUri { artifact_uri }))
    }

    async fn get_model_version_artifact(
        &self,
        call: Call<GetModelVersionArtifact>,
    ) -> Answer<GetModelVersionArtifact> {
        let (_, input) = call.into_parts();
        let message = input.input.0;
        let path = SafePath::parse(&given(message.path, "path")?)?;
        let (name, version) = key(message.name, message.version)?;
        let location = {
            let mut snapshot = self.registry()?.snapshot().await?;
            versions::location(&mut snapshot.connection(), &name, version).await?
        };
        if location.is_empty() || is_placeholder(&location) {
            return Err(Error::not_found(format!(
                "Model Version (name={name}, version={version}) has no artifacts"
            )));
        }
        self.download_below(&location, &path, input.range).await
    }
}
