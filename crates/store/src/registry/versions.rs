//! Model versions.

use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::registry::attached::{self, aliases_of_models, tags_of_versions};
use crate::registry::{DELETED, aliases, models, no_version};
use crate::schema::DEFAULT_WORKSPACE;
use model::{Error, Millis, ModelVersion, ModelVersionStatus, Stage, Tag, validation};
use sea_query::{Expr, ExprTrait, Query, SelectStatement, UpdateStatement};
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    name: String,
    #[sqlx(try_from = "Int")]
    version: i64,
    creation_time: Option<i64>,
    last_updated_time: Option<i64>,
    description: Option<String>,
    user_id: Option<String>,
    current_stage: Option<String>,
    source: Option<String>,
    run_id: Option<String>,
    status: Option<String>,
    status_message: Option<String>,
    run_link: Option<String>,
}

/// The versions that are not deleted.
pub(crate) fn select() -> SelectStatement {
    Query::select()
        .columns([
            ("model_versions", "name"),
            ("model_versions", "version"),
            ("model_versions", "creation_time"),
            ("model_versions", "last_updated_time"),
            ("model_versions", "description"),
            ("model_versions", "user_id"),
            ("model_versions", "current_stage"),
            ("model_versions", "source"),
            ("model_versions", "run_id"),
            ("model_versions", "status"),
            ("model_versions", "status_message"),
            ("model_versions", "run_link"),
        ])
        .from("model_versions")
        .and_where(Expr::col(("model_versions", "workspace")).eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col(("model_versions", "current_stage")).ne(DELETED))
        .to_owned()
}

fn of(name: &str, version: i64) -> SelectStatement {
    select()
        .and_where(Expr::col(("model_versions", "name")).eq(name))
        .and_where(Expr::col(("model_versions", "version")).eq(version))
        .to_owned()
}

/// Loads the tags of the versions: one query, however many versions.
pub(crate) async fn with_tags(
    connection: &mut Connection<'_>,
    rows: Vec<Row>,
) -> Result<Vec<ModelVersion>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<(&str, i64)> = rows.iter().map(|row| (row.name.as_str(), row.version)).collect();
    let mut tags = tags_of_versions(connection, &keys).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let key = (row.name, row.version);
            let tags = tags.remove(&key).unwrap_or_default();
            ModelVersion {
                name: key.0,
                version: key.1.to_string(),
                creation_timestamp: row.creation_time,
                last_updated_timestamp: row.last_updated_time,
                user_id: row.user_id,
                current_stage: row.current_stage,
                description: row.description,
                source: row.source,
                run_id: row.run_id,
                status: row.status.as_deref().and_then(ModelVersionStatus::from_name),
                status_message: row.status_message,
                tags,
                run_link: row.run_link,
                aliases: Vec::new(),
            }
        })
        .collect())
}

/// Loads the aliases of versions of one model.
async fn with_aliases(
    connection: &mut Connection<'_>,
    name: &str,
    versions: Vec<ModelVersion>,
) -> Result<Vec<ModelVersion>, StoreError> {
    let all = aliases_of_models(connection, &[name]).await?.remove(name).unwrap_or_default();
    let aliases_of = |number: &str| {
        all.iter().filter(|alias| alias.version == number).map(|alias| alias.alias.clone()).collect()
    };
    Ok(versions
        .into_iter()
        .map(|version| ModelVersion { aliases: aliases_of(&version.version), ..version })
        .collect())
}

/// Reads a version.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
) -> Result<ModelVersion, StoreError> {
    let rows = connection.fetch_optional::<Row>(&of(name, version)).await?.into_iter().collect();
    let versions = with_tags(connection, rows).await?;
    let found = with_aliases(connection, name, versions).await?;
    found.into_iter().next().ok_or_else(|| no_version(name, version))
}

/// Where the artifacts of a version lie.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn location(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
) -> Result<String, StoreError> {
    let query = of(name, version)
        .clear_selects()
        .column(("model_versions", "storage_location"))
        .column(("model_versions", "source"))
        .to_owned();
    let (storage, source) = connection
        .fetch_optional::<(Option<String>, Option<String>)>(&query)
        .await?
        .ok_or_else(|| no_version(name, version))?;
    Ok(storage.filter(|storage| !storage.is_empty()).or(source).unwrap_or_default())
}

/// The latest version of each of the stages, or of every stage where none is given, with their aliases.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model.
pub async fn latest(
    connection: &mut Connection<'_>,
    name: &str,
    stages: &[Stage],
) -> Result<Vec<ModelVersion>, StoreError> {
    models::check_exists(connection, name).await?;
    let mut versions = latest_of(connection, &[name]).await?.remove(name).unwrap_or_default();
    let wanted = |version: &ModelVersion| {
        let stage = version.current_stage.as_deref().unwrap_or_default();
        stages.is_empty() || stages.iter().any(|wanted| wanted.as_str() == stage)
    };
    versions.retain(wanted);
    with_aliases(connection, name, versions).await
}

/// The version that an alias points to; `latest`, in any case, is the highest.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model, or no version; INVALID_PARAMETER_VALUE when there is no such alias.
pub async fn by_alias(
    connection: &mut Connection<'_>,
    name: &str,
    alias: &str,
) -> Result<ModelVersion, StoreError> {
    if validation::is_latest(alias) {
        let number = |version: &ModelVersion| version.version.parse::<i64>().unwrap_or_default();
        return latest(connection, name, &[])
            .await?
            .into_iter()
            .max_by_key(number)
            .ok_or_else(|| Error::not_found(format!("Latest version not found for model {name}.")).into());
    }
    models::check_exists(connection, name).await?;
    match aliases::target(connection, name, alias).await? {
        Some(version) => get(connection, name, version).await,
        None => Err(Error::invalid(format!("Registered model alias {alias} not found.")).into()),
    }
}

/// The latest version of each stage of models, by name, without aliases: the stages in the order in which their first
/// versions were made, as MLflow gives them.
pub(crate) async fn latest_of(
    connection: &mut Connection<'_>,
    names: &[&str],
) -> Result<HashMap<String, Vec<ModelVersion>>, StoreError> {
    let ends = Query::select()
        .column("name")
        .expr(Expr::col("version").max())
        .expr(Expr::col("version").min())
        .from("model_versions")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(dialect::in_list("name", names))
        .and_where(Expr::col("current_stage").ne(DELETED))
        .group_by_columns(["name", "current_stage"])
        .to_owned();
    let mut ends: Vec<(String, Int, Int)> = connection.fetch_all(&ends).await?;
    if ends.is_empty() {
        return Ok(HashMap::new());
    }
    ends.sort_unstable_by_key(|(_, _, first)| *first);
    let keys: Vec<(&str, i64)> = ends.iter().map(|(name, last, _)| (name.as_str(), last.0)).collect();
    let query = select()
        .and_where(dialect::in_pairs(("model_versions", "name"), ("model_versions", "version"), &keys))
        .to_owned();
    let rows = connection.fetch_all::<Row>(&query).await?;
    let mut by_key: HashMap<(String, String), ModelVersion> = with_tags(connection, rows)
        .await?
        .into_iter()
        .map(|version| ((version.name.clone(), version.version.clone()), version))
        .collect();
    let mut latest: HashMap<String, Vec<ModelVersion>> = HashMap::new();
    for (name, last, _) in ends {
        if let Some(version) = by_key.remove(&(name.clone(), last.to_string())) {
            latest.entry(name).or_default().push(version);
        }
    }
    Ok(latest)
}

/// Whether a model has or had a version.
pub(crate) async fn any_of(connection: &mut Connection<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(highest(connection, name).await?.is_some())
}

/// The highest number that a version of the model has or had.
async fn highest(connection: &mut Connection<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    let query = Query::select()
        .expr(Expr::col("version").max())
        .from("model_versions")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    Ok(connection
        .fetch_optional::<(Option<Int>,)>(&query)
        .await?
        .and_then(|(highest,)| highest)
        .map(i64::from))
}

/// The version has to be there.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub(crate) async fn check_exists(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
) -> Result<(), StoreError> {
    // Held, so that it is still there when what is made for it is.
    let found = connection.fetch_optional::<Row>(dialect::hold(&mut of(name, version))).await?;
    found.map(drop).ok_or_else(|| no_version(name, version))
}

/// A new version.
#[derive(Debug)]
pub struct NewVersion {
    pub name: String,
    pub source: String,
    /// Where the artifacts lie: the source, or what it stands for.
    pub storage_location: String,
    pub run_id: String,
    pub run_link: String,
    pub description: String,
    pub tags: Vec<Tag>,
    pub now: Millis,
}

/// Makes a version: its number is one above the highest that the model has had.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model.
pub async fn create(connection: &mut Connection<'_>, new: &NewVersion) -> Result<ModelVersion, StoreError> {
    let name = new.name.as_str();
    models::touch(connection, name, new.now).await?;
    let version = highest(connection, name).await?.unwrap_or(0).saturating_add(1);
    let insert = Query::insert()
        .into_table("model_versions")
        .columns([
            "workspace",
            "name",
            "version",
            "creation_time",
            "last_updated_time",
            "description",
            "current_stage",
            "source",
            "storage_location",
            "run_id",
            "run_link",
            "status",
        ])
        .values_panic([
            DEFAULT_WORKSPACE.into(),
            name.into(),
            version.into(),
            new.now.into(),
            new.now.into(),
            new.description.as_str().into(),
            Stage::None.as_str().into(),
            new.source.as_str().into(),
            new.storage_location.as_str().into(),
            new.run_id.as_str().into(),
            new.run_link.as_str().into(),
            ModelVersionStatus::Ready.as_str().into(),
        ])
        .to_owned();
    connection.execute(&insert).await?;
    attached::set_tags(connection, name, Some(version), &new.tags).await?;
    get(connection, name, version).await
}

/// A change of a version that is not deleted.
fn update_of(name: &str, version: i64, now: Millis) -> UpdateStatement {
    Query::update()
        .table("model_versions")
        .value("last_updated_time", now)
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("version").eq(version))
        .and_where(Expr::col("current_stage").ne(DELETED))
        .to_owned()
}

/// Notes that every version of a model changed, deleted ones too.
pub(crate) async fn touch_all(
    connection: &mut Connection<'_>,
    name: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let update = Query::update()
        .table("model_versions")
        .value("last_updated_time", now)
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    connection.execute(&update).await.map(drop)
}

/// Describes a version anew; `None` takes its description away.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn update(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
    description: Option<&str>,
    now: Millis,
) -> Result<ModelVersion, StoreError> {
    let update = update_of(name, version, now).value("description", description).to_owned();
    if connection.execute(&update).await? == 0 {
        return Err(no_version(name, version));
    }
    get(connection, name, version).await
}

/// Moves a version to a stage. With `archive_existing` the model's other versions in the stage are archived.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn set_stage(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
    stage: Stage,
    archive_existing: bool,
    now: Millis,
) -> Result<ModelVersion, StoreError> {
    models::hold(connection, name).await?;
    if archive_existing {
        let archive = Query::update()
            .table("model_versions")
            .value("current_stage", Stage::Archived.as_str())
            .value("last_updated_time", now)
            .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("version").ne(version))
            .and_where(Expr::col("current_stage").eq(stage.as_str()))
            .to_owned();
        connection.execute(&archive).await?;
    }
    let update = update_of(name, version, now).value("current_stage", stage.as_str()).to_owned();
    if connection.execute(&update).await? == 0 {
        return Err(no_version(name, version));
    }
    models::touch(connection, name, now).await?;
    get(connection, name, version).await
}

/// Deletes a version: its aliases go, its row stays without what it told, and its tags stay, as in MLflow.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn delete(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
    now: Millis,
) -> Result<(), StoreError> {
    const NOTHING: Option<&str> = None;
    let update = update_of(name, version, now)
        .value("current_stage", DELETED)
        .value("description", NOTHING)
        .value("user_id", NOTHING)
        .value("status_message", NOTHING)
        .value("source", "REDACTED-SOURCE-PATH")
        .value("run_id", "REDACTED-RUN-ID")
        .value("run_link", "REDACTED-RUN-LINK")
        .to_owned();
    if connection.execute(&update).await? == 0 {
        return Err(no_version(name, version));
    }
    models::touch(connection, name, now).await?;
    aliases::delete_of_version(connection, name, version).await
}

/// Sets a tag.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such version.
pub async fn set_tag(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
    tag: &Tag,
) -> Result<(), StoreError> {
    check_exists(connection, name, version).await?;
    attached::set_tags(connection, name, Some(version), std::slice::from_ref(tag)).await
}

/// Removes a tag, if there is one.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such version.
pub async fn delete_tag(
    connection: &mut Connection<'_>,
    name: &str,
    version: i64,
    key: &str,
) -> Result<(), StoreError> {
    check_exists(connection, name, version).await?;
    attached::delete_tag(connection, name, Some(version), key).await
}
