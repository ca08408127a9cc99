//! Changes of logged models.

use super::missing;
use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::key_values::{LOGGED_MODEL_PARAMS, LOGGED_MODEL_TAGS, pairs};
use model::{Error, LifecycleStage, LoggedModelStatus, Millis, Tag, python_json};
use sea_query::{Expr, ExprTrait, Query};
use serde_json::{Value, json};

/// A new logged model. The service has checked names, and that no parameter comes twice.
#[derive(Debug)]
pub struct NewLoggedModel {
    /// `m-` and 32 hexadecimal digits.
    pub id: String,
    pub experiment_id: i64,
    pub name: String,
    pub model_type: Option<String>,
    pub source_run_id: Option<String>,
    pub params: Vec<Tag>,
    pub tags: Vec<Tag>,
    pub now: Millis,
}

/// Makes a logged model, pending, in an experiment that the caller has found active.
pub async fn create(
    connection: &mut Connection<'_>,
    new: &NewLoggedModel,
    artifact_location: &str,
) -> Result<(), StoreError> {
    let insert = Query::insert()
        .into_table("logged_models")
        .columns([
            "model_id",
            "experiment_id",
            "name",
            "artifact_location",
            "creation_timestamp_ms",
            "last_updated_timestamp_ms",
            "status",
            "lifecycle_stage",
            "model_type",
            "source_run_id",
        ])
        .values_panic([
            new.id.as_str().into(),
            new.experiment_id.into(),
            new.name.as_str().into(),
            artifact_location.into(),
            new.now.into(),
            new.now.into(),
            LoggedModelStatus::Pending.number().into(),
            LifecycleStage::Active.as_str().into(),
            new.model_type.as_deref().into(),
            new.source_run_id.as_deref().into(),
        ])
        .to_owned();
    connection.execute(&insert).await?;
    let (params, tags) = (pairs(&new.params), pairs(&new.tags));
    LOGGED_MODEL_PARAMS.set_in(connection, &new.id, Some(new.experiment_id), params).await?;
    LOGGED_MODEL_TAGS.set_in(connection, &new.id, Some(new.experiment_id), tags).await
}

/// The experiment of a logged model in any lifecycle stage, as MLflow changes deleted ones too. The model is held until the
/// transaction ends.
async fn hold(connection: &mut Connection<'_>, id: &str) -> Result<Option<i64>, StoreError> {
    let mut query = Query::select()
        .column("experiment_id")
        .from("logged_models")
        .and_where(Expr::col("model_id").eq(id))
        .to_owned();
    let held = connection.fetch_optional::<(Int,)>(dialect::hold(&mut query)).await?;
    Ok(held.map(|(Int(experiment_id),)| experiment_id))
}

/// What may change about a logged model itself.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    Status(LoggedModelStatus),
    Deletion,
}

/// Changes a logged model.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn update(
    connection: &mut Connection<'_>,
    id: &str,
    change: Change,
    now: Millis,
) -> Result<(), StoreError> {
    hold(connection, id).await?.ok_or_else(|| missing(id))?;
    let mut update = Query::update();
    update
        .table("logged_models")
        .value("last_updated_timestamp_ms", now)
        .and_where(Expr::col("model_id").eq(id));
    match change {
        Change::Status(status) => update.value("status", status.number()),
        Change::Deletion => update.value("lifecycle_stage", LifecycleStage::Deleted.as_str()),
    };
    connection.execute(&update).await.map(drop)
}

/// Logs parameters. One that was logged before with the same value stays, so that a request can be sent again.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE for a parameter that was logged before with another value.
pub async fn log_params(connection: &mut Connection<'_>, id: &str, params: &[Tag]) -> Result<(), StoreError> {
    let experiment_id = hold(connection, id).await?.ok_or_else(|| missing(id))?;
    let known = LOGGED_MODEL_PARAMS.of::<String>(connection, &[id]).await?.remove(id).unwrap_or_default();
    let known: std::collections::HashMap<&str, &str> = pairs(&known).collect();
    let old = |param: &Tag| known.get(param.key.as_str()).copied();
    let changed = params.iter().find_map(|param| {
        let old = old(param).filter(|old| *old != param.value)?;
        Some((param, old))
    });
    if let Some((param, old)) = changed {
        return Err(Error::invalid(format!(
            "Changing param values is not allowed. Param with key='{}' was already logged with value='{old}' for the \
             logged model '{id}'. Attempted logging new value '{}'.",
            param.key, param.value
        ))
        .into());
    }
    let new = params.iter().filter(|param| old(param).is_none());
    let new = new.map(|param| (param.key.as_str(), param.value.as_str()));
    LOGGED_MODEL_PARAMS.set_in(connection, id, Some(experiment_id), new).await
}

/// Sets tags, the last one of a key winning.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn set_tags(connection: &mut Connection<'_>, id: &str, tags: &[Tag]) -> Result<(), StoreError> {
    let experiment_id = hold(connection, id).await?.ok_or_else(|| missing(id))?;
    LOGGED_MODEL_TAGS.set_in(connection, id, Some(experiment_id), pairs(tags)).await
}

/// Removes a tag.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model or tag.
pub async fn delete_tag(connection: &mut Connection<'_>, id: &str, key: &str) -> Result<(), StoreError> {
    hold(connection, id).await?.ok_or_else(|| missing(id))?;
    if !LOGGED_MODEL_TAGS.remove(connection, id, key).await? {
        return Err(
            Error::not_found(format!("No tag with key '{key}' found for model with ID '{id}'.")).into()
        );
    }
    Ok(())
}

/// The tag in which a logged model lists the registered versions made from it.
const VERSIONS_TAG: &str = "mlflow.modelVersions";

/// Notes on a logged model that a registered version was made from it (MLflow 3.17 `set_model_versions_tags`). Clients write
/// into the same list, in words of their own, which stay. What the tag holds that is no list is replaced.
pub async fn note_version(
    connection: &mut Connection<'_>,
    id: &str,
    name: &str,
    version: i64,
) -> Result<(), StoreError> {
    // Held, so that of two versions noted at once none is forgotten.
    let Some(experiment_id) = hold(connection, id).await? else { return Ok(()) };
    let mut tags = LOGGED_MODEL_TAGS.of::<String>(connection, &[id]).await?.remove(id).unwrap_or_default();
    let known = tags.iter_mut().find(|tag| tag.key == VERSIONS_TAG).map(|tag| std::mem::take(&mut tag.value));
    let mut versions: Vec<Value> =
        known.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    let new = json!({"name": name, "version": version});
    if !versions.contains(&new) {
        versions.push(new);
    }
    // Such values always serialize.
    let value = python_json::dumps(&versions).unwrap_or_else(|_| "[]".to_owned());
    let tag = std::iter::once((VERSIONS_TAG, value.as_str()));
    LOGGED_MODEL_TAGS.set_in(connection, id, Some(experiment_id), tag).await
}
