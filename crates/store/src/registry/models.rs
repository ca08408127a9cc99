//! Registered models.

use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::registry::attached::{self, aliases_of_models, tags_of_models};
use crate::registry::{no_model, versions};
use crate::schema::DEFAULT_WORKSPACE;
use model::registry::{IS_PROMPT_TAG, is_prompt_value};
use model::{Error, ErrorCode, Millis, RegisteredModel, Tag};
use sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, UpdateStatement};
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    name: String,
    creation_time: Option<i64>,
    last_updated_time: Option<i64>,
    description: Option<String>,
}

pub(crate) fn select() -> SelectStatement {
    Query::select()
        .column(("registered_models", "name"))
        .column(("registered_models", "creation_time"))
        .column(("registered_models", "last_updated_time"))
        .column(("registered_models", "description"))
        .from("registered_models")
        .and_where(Expr::col(("registered_models", "workspace")).eq(DEFAULT_WORKSPACE))
        .to_owned()
}

/// Loads what belongs to the models: a query a table, however many models.
pub(crate) async fn with_data(
    connection: &mut Connection<'_>,
    rows: Vec<Row>,
) -> Result<Vec<RegisteredModel>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut tags = tags_of_models(connection, &names).await?;
    let mut aliases = aliases_of_models(connection, &names).await?;
    let mut latest = versions::latest_of(connection, &names).await?;
    Ok(rows
        .into_iter()
        .map(|row| RegisteredModel {
            creation_timestamp: row.creation_time,
            last_updated_timestamp: row.last_updated_time,
            description: row.description,
            latest_versions: latest.remove(&row.name).unwrap_or_default(),
            tags: tags.remove(&row.name).unwrap_or_default(),
            aliases: aliases.remove(&row.name).unwrap_or_default(),
            name: row.name,
        })
        .collect())
}

/// Reads a model.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(connection: &mut Connection<'_>, name: &str) -> Result<RegisteredModel, StoreError> {
    let query = select().and_where(Expr::col(("registered_models", "name")).eq(name)).to_owned();
    let rows = connection.fetch_optional::<Row>(&query).await?.into_iter().collect();
    with_data(connection, rows).await?.into_iter().next().ok_or_else(|| no_model(name))
}

/// For each model of those names that there is, whether it is a prompt.
pub async fn prompts_among(db: &Db, names: &[String]) -> Result<HashMap<String, bool>, StoreError> {
    let column = |name| Expr::col(("registered_model_tags", name));
    let query = Query::select()
        .column(("registered_models", "name"))
        .column(("registered_model_tags", "value"))
        .from("registered_models")
        .left_join(
            "registered_model_tags",
            Condition::all()
                .add(column("workspace").equals(("registered_models", "workspace")))
                .add(column("name").equals(("registered_models", "name")))
                .add(column("key").eq(IS_PROMPT_TAG)),
        )
        .and_where(Expr::col(("registered_models", "workspace")).eq(DEFAULT_WORKSPACE))
        .and_where(dialect::in_list(("registered_models", "name"), names))
        .to_owned();
    let rows: Vec<(String, Option<String>)> = db.fetch_all(&query).await?;
    Ok(rows.into_iter().map(|(name, mark)| (name, mark.is_some_and(|mark| is_prompt_value(&mark)))).collect())
}

/// The model has to be there.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub(crate) async fn check_exists(connection: &mut Connection<'_>, name: &str) -> Result<(), StoreError> {
    let query = Query::select()
        .column("name")
        .from("registered_models")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    connection.fetch_optional::<(String,)>(&query).await?.map(drop).ok_or_else(|| no_model(name))
}

/// Holds the model until the transaction ends: for what is decided by what its versions are.
pub(crate) async fn hold(connection: &mut Connection<'_>, name: &str) -> Result<(), StoreError> {
    let mut query = Query::select()
        .column("name")
        .from("registered_models")
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    connection.fetch_optional::<(String,)>(dialect::hold(&mut query)).await.map(drop)
}

/// A new model.
#[derive(Debug)]
pub struct NewModel {
    pub name: String,
    pub description: String,
    pub tags: Vec<Tag>,
    pub now: Millis,
}

/// Makes a model.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS when a model or a prompt has the name.
pub async fn create(connection: &mut Connection<'_>, new: &NewModel) -> Result<(), StoreError> {
    match get(connection, &new.name).await {
        Ok(existing) => return Err(name_taken(&new.name, &existing.tags, &new.tags)),
        Err(StoreError::Refused(error)) if error.code == ErrorCode::ResourceDoesNotExist => {}
        Err(error) => return Err(error),
    }
    let insert = Query::insert()
        .into_table("registered_models")
        .columns(["workspace", "name", "creation_time", "last_updated_time", "description"])
        .values_panic([
            DEFAULT_WORKSPACE.into(),
            new.name.as_str().into(),
            new.now.into(),
            new.now.into(),
            new.description.as_str().into(),
        ])
        .to_owned();
    match connection.execute(&insert).await {
        Err(error) if error.is_unique_violation() => return Err(name_taken(&new.name, &[], &[])),
        outcome => outcome?,
    };
    attached::set_tags(connection, &new.name, None, &new.tags).await
}

/// The words of MLflow 3.17's `handle_resource_already_exist_error`, which clients match: there, the mark makes a prompt
/// whatever its value.
fn name_taken(name: &str, old: &[Tag], new: &[Tag]) -> StoreError {
    let kind = |tags: &[Tag]| {
        if tags.iter().any(|tag| tag.key == IS_PROMPT_TAG) { "Prompt" } else { "Registered Model" }
    };
    let (old, new) = (kind(old), kind(new));
    let message = if old == new {
        format!("{new} (name={name}) already exists.")
    } else {
        format!(
            "Tried to create a {} with name '{name}', but the name is already taken by a {}. MLflow does not allow \
             creating a model and a prompt with the same name.",
            new.to_lowercase(),
            old.to_lowercase()
        )
    };
    Error::already_exists(message).into()
}

/// Takes back a model that was just made and that nobody has used: when its creator could not be given the right on it, the
/// creation has failed.
///
/// # Errors
/// INVALID_STATE when the model is no longer as `new` made it, or has a version: it stays.
pub async fn undo_create(connection: &mut Connection<'_>, new: &NewModel) -> Result<(), StoreError> {
    let made = get(connection, &new.name).await?;
    let times = [made.creation_timestamp, made.last_updated_timestamp];
    let any_version = versions::any_of(connection, &new.name).await?;
    if times != [Some(new.now); 2] || any_version || !made.aliases.is_empty() {
        let message = format!("The registered model {} has been used since it was made.", new.name);
        return Err(Error::new(ErrorCode::InvalidState, message).into());
    }
    delete(connection, &new.name).await
}

fn update_of(name: &str, now: Millis) -> UpdateStatement {
    Query::update()
        .table("registered_models")
        .value("last_updated_time", now)
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .to_owned()
}

/// Notes that something of the model changed.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub(crate) async fn touch(
    connection: &mut Connection<'_>,
    name: &str,
    now: Millis,
) -> Result<(), StoreError> {
    match connection.execute(&update_of(name, now)).await? {
        0 => Err(no_model(name)),
        _ => Ok(()),
    }
}

/// Describes a model anew.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn update(
    connection: &mut Connection<'_>,
    name: &str,
    description: &str,
    now: Millis,
) -> Result<RegisteredModel, StoreError> {
    let update = update_of(name, now).value("description", description).to_owned();
    if connection.execute(&update).await? == 0 {
        return Err(no_model(name));
    }
    get(connection, name).await
}

/// Renames a model with all that belongs to it: the foreign keys carry the name on.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST, or RESOURCE_ALREADY_EXISTS when the new name is taken.
pub async fn rename(
    connection: &mut Connection<'_>,
    name: &str,
    new_name: &str,
    now: Millis,
) -> Result<RegisteredModel, StoreError> {
    let update = update_of(name, now).value("name", new_name).to_owned();
    match connection.execute(&update).await {
        Ok(0) => return Err(no_model(name)),
        Err(error) if error.is_unique_violation() => {
            let message = format!("Registered Model (name={new_name}) already exists.");
            return Err(Error::already_exists(message).into());
        }
        outcome => outcome?,
    };
    versions::touch_all(connection, new_name, now).await?;
    get(connection, new_name).await
}

/// Deletes a model with its versions, tags and aliases.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn delete(connection: &mut Connection<'_>, name: &str) -> Result<(), StoreError> {
    for table in ["model_version_tags", "model_versions", "registered_model_tags", "registered_model_aliases"]
    {
        delete_from(connection, table, name).await?;
    }
    match delete_from(connection, "registered_models", name).await? {
        0 => Err(no_model(name)),
        _ => Ok(()),
    }
}

async fn delete_from(
    connection: &mut Connection<'_>,
    table: &'static str,
    name: &str,
) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table(table)
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    connection.execute(&delete).await
}

/// Sets a tag.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model.
pub async fn set_tag(connection: &mut Connection<'_>, name: &str, tag: &Tag) -> Result<(), StoreError> {
    check_exists(connection, name).await?;
    attached::set_tags(connection, name, None, std::slice::from_ref(tag)).await
}

/// Removes a tag, if there is one.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is no such model.
pub async fn delete_tag(connection: &mut Connection<'_>, name: &str, key: &str) -> Result<(), StoreError> {
    check_exists(connection, name).await?;
    attached::delete_tag(connection, name, None, key).await
}
