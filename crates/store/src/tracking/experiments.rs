//! Experiments and their tags.

use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::schema::DEFAULT_WORKSPACE;
use crate::tracking::filters::Company;
use crate::tracking::key_values::{EXPERIMENT_TAGS, pairs};
use crate::tracking::{filters, offset, one_more, page};
use authz::Visibility;
use model::{Error, ErrorCode, Experiment, LifecycleStage, Millis, Page, Tag, ViewType};
use sea_query::{Expr, ExprTrait, InsertStatement, Order, Query, SelectStatement, SimpleExpr};

/// The id of the experiment that runs without one belong to.
pub const DEFAULT_EXPERIMENT_ID: i64 = 0;
const DEFAULT_EXPERIMENT_NAME: &str = "Default";

/// An experiment's id as the database knows it. Only the spelling that the server writes is one: grants are looked up by
/// the text of an id, so that a second spelling (`01`, `+1`, ` 1`, which MLflow takes) would pass by the grants on the first.
///
/// # Errors
/// INVALID_PARAMETER_VALUE, in the words of MLflow 3.17's `_parse_experiment_id`.
pub fn parse_id(id: &str) -> Result<i64, StoreError> {
    canonical_id(id).ok_or_else(|| {
        StoreError::Refused(Error::invalid(format!(
            "Invalid experiment ID '{id}'. Experiment ID must be a valid integer."
        )))
    })
}

/// The number of an id in its one spelling.
pub(crate) fn canonical_id(id: &str) -> Option<i64> {
    id.parse().ok().filter(|number: &i64| number.to_string() == id)
}

/// An experiment beside one of its tags, if it has any.
#[derive(sqlx::FromRow)]
struct Tagged {
    #[sqlx(flatten)]
    row: Row,
    key: Option<String>,
    value: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "Int")]
    experiment_id: i64,
    name: String,
    artifact_location: Option<String>,
    lifecycle_stage: Option<String>,
    creation_time: Option<i64>,
    last_update_time: Option<i64>,
}

impl Row {
    fn into_experiment(self, tags: Vec<Tag>) -> Experiment {
        Experiment {
            experiment_id: self.experiment_id.to_string(),
            name: self.name,
            artifact_location: self.artifact_location.unwrap_or_default(),
            lifecycle_stage: LifecycleStage::from_column(self.lifecycle_stage.as_deref().unwrap_or_default()),
            last_update_time: self.last_update_time,
            creation_time: self.creation_time,
            tags,
            workspace: DEFAULT_WORKSPACE.to_owned(),
        }
    }
}

fn select() -> SelectStatement {
    Query::select()
        .columns([
            ("experiments", "experiment_id"),
            ("experiments", "name"),
            ("experiments", "artifact_location"),
            ("experiments", "lifecycle_stage"),
            ("experiments", "creation_time"),
            ("experiments", "last_update_time"),
        ])
        .from("experiments")
        .to_owned()
}

async fn with_tags(connection: &mut Connection<'_>, rows: Vec<Row>) -> Result<Vec<Experiment>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.experiment_id).collect();
    let mut tags = EXPERIMENT_TAGS.of::<Int>(connection, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let tags = tags.remove(&Int(row.experiment_id)).unwrap_or_default();
            row.into_experiment(tags)
        })
        .collect())
}

/// Reads the one experiment that `which` selects, in one statement.
async fn one(connection: &mut Connection<'_>, which: SimpleExpr) -> Result<Option<Experiment>, StoreError> {
    let query = select()
        .columns([("experiment_tags", "key"), ("experiment_tags", "value")])
        .left_join(
            "experiment_tags",
            Expr::col(("experiment_tags", "experiment_id")).equals(("experiments", "experiment_id")),
        )
        .and_where(which)
        .order_by(("experiment_tags", "key"), Order::Asc)
        .to_owned();
    let rows: Vec<Tagged> = connection.fetch_all(&query).await?;
    let mut experiment = None;
    let mut tags = Vec::new();
    for Tagged { row, key, value } in rows {
        experiment.get_or_insert(row);
        tags.extend(key.map(|key| Tag { key, value: value.unwrap_or_default() }));
    }
    Ok(experiment.map(|row| row.into_experiment(tags)))
}

/// Reads an experiment in any lifecycle stage, in one statement.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(connection: &mut Connection<'_>, id: &str) -> Result<Experiment, StoreError> {
    let id = parse_id(id)?;
    let which = Expr::col(("experiments", "experiment_id")).eq(id);
    one(connection, which).await?.ok_or_else(|| missing(id))
}

fn missing(id: i64) -> StoreError {
    Error::not_found(format!("No Experiment with id={id} exists")).into()
}

/// Reads an experiment by its name, in any lifecycle stage and in one statement.
pub async fn get_by_name(
    connection: &mut Connection<'_>,
    name: &str,
) -> Result<Option<Experiment>, StoreError> {
    let of_name = Expr::col(("experiments", "name")).eq(name);
    one(connection, of_name.and(Expr::col(("experiments", "workspace")).eq(DEFAULT_WORKSPACE))).await
}

/// The id of an experiment by its name, in any lifecycle stage.
pub async fn id_of_name(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    let query = Query::select()
        .column("experiment_id")
        .from("experiments")
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("workspace").eq(DEFAULT_WORKSPACE))
        .to_owned();
    Ok(db.fetch_optional::<(Int,)>(&query).await?.map(|(id,)| id.to_string()))
}

/// A new experiment.
#[derive(Debug)]
pub struct NewExperiment {
    pub name: String,
    /// Where its artifacts go; below the default artifact root if not given.
    pub artifact_location: Option<String>,
    pub tags: Vec<Tag>,
    pub now: Millis,
}

/// Makes an experiment. `default_location` gives the location for its id.
///
/// # Errors
/// RESOURCE_ALREADY_EXISTS when an experiment has the name, also a deleted one.
pub async fn create(
    connection: &mut Connection<'_>,
    new: &NewExperiment,
    default_location: &(dyn Fn(&str) -> String + Send + Sync),
) -> Result<i64, StoreError> {
    let insert = insertion(None, &new.name, new.artifact_location.as_deref(), new.now);
    let id = match connection.insert(insert, "experiment_id").await {
        Ok(id) => id,
        Err(error) if error.is_unique_violation() => return Err(name_taken(&new.name)),
        Err(error) => return Err(error),
    };
    if new.artifact_location.is_none() {
        let update = Query::update()
            .table("experiments")
            .value("artifact_location", default_location(&id.to_string()))
            .and_where(Expr::col("experiment_id").eq(id))
            .to_owned();
        connection.execute(&update).await?;
    }
    EXPERIMENT_TAGS.set(connection, id, pairs(&new.tags)).await?;
    Ok(id)
}

/// The row of a new experiment; without an id the database chooses one.
fn insertion(id: Option<i64>, name: &str, location: Option<&str>, now: Millis) -> InsertStatement {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    if let Some(id) = id {
        columns.push("experiment_id");
        values.push(id.into());
    }
    columns.extend([
        "name",
        "artifact_location",
        "lifecycle_stage",
        "creation_time",
        "last_update_time",
        "workspace",
    ]);
    values.extend([
        name.into(),
        location.into(),
        LifecycleStage::Active.as_str().into(),
        now.into(),
        now.into(),
        DEFAULT_WORKSPACE.into(),
    ]);
    Query::insert().into_table("experiments").columns(columns).values_panic(values).to_owned()
}

fn name_taken(name: &str) -> StoreError {
    Error::already_exists(format!("Experiment(name={name}) already exists.")).into()
}

/// Makes the default experiment in a database that has none at all.
pub async fn create_default(
    connection: &mut Connection<'_>,
    location: String,
    now: Millis,
) -> Result<(), StoreError> {
    let any = Query::select().column("experiment_id").from("experiments").limit(1).to_owned();
    if connection.fetch_optional::<(Int,)>(&any).await?.is_some() {
        return Ok(());
    }
    let insert = insertion(Some(DEFAULT_EXPERIMENT_ID), DEFAULT_EXPERIMENT_NAME, Some(&location), now);
    connection.execute(&insert).await.map(drop)
}

/// Tables whose rows go with their experiment. Rows of the others keep it from being deleted.
const CASCADING: [&str; 7] =
    ["datasets", "issues", "label_schemas", "logged_models", "review_queues", "scorers", "trace_info"];
/// Tables whose rows forget their experiment when it is deleted.
const FORGETTING: [&str; 1] = ["endpoints"];

/// Takes back an experiment that was just made and that nobody has used: when its creator could not be given the right on
/// it, the creation has failed.
///
/// # Errors
/// INVALID_STATE when the experiment is no longer as `new` made it, or somebody has put something into it: it stays.
pub async fn undo_create(
    connection: &mut Connection<'_>,
    id: i64,
    new: &NewExperiment,
) -> Result<(), StoreError> {
    for tag in &new.tags {
        let delete = Query::delete()
            .from_table("experiment_tags")
            .and_where(Expr::col("experiment_id").eq(id))
            .and_where(Expr::col("key").eq(tag.key.as_str()))
            .and_where(Expr::col("value").eq(tag.value.as_str()))
            .to_owned();
        connection.execute(&delete).await?;
    }
    let mut delete = Query::delete();
    // The name and the times tell it from another one that has got the id since.
    delete
        .from_table("experiments")
        .and_where(Expr::col("experiment_id").eq(id))
        .and_where(Expr::col("name").eq(new.name.as_str()))
        .and_where(Expr::col("creation_time").eq(new.now))
        .and_where(Expr::col("last_update_time").eq(new.now));
    for table in CASCADING.into_iter().chain(FORGETTING) {
        let rows = Query::select()
            .expr(Expr::val(1))
            .from(table)
            .and_where(Expr::col((table, "experiment_id")).eq(id))
            .to_owned();
        delete.and_where(Expr::not_exists(rows));
    }
    match connection.execute(&delete).await {
        Ok(0) => Err(used(id)),
        Err(error) if error.is_foreign_key_violation() => Err(used(id)),
        outcome => outcome.map(drop),
    }
}

fn used(id: i64) -> StoreError {
    Error::new(ErrorCode::InvalidState, format!("The experiment {id} has been used since it was made."))
        .into()
}

async fn stage_and_location(
    connection: &mut Connection<'_>,
    id: i64,
) -> Result<(LifecycleStage, String), StoreError> {
    let query = Query::select()
        .columns(["lifecycle_stage", "artifact_location"])
        .from("experiments")
        .and_where(Expr::col("experiment_id").eq(id))
        .to_owned();
    let (stage, location) = connection
        .fetch_optional::<(Option<String>, Option<String>)>(&query)
        .await?
        .ok_or_else(|| missing(id))?;
    let stage = LifecycleStage::from_column(stage.as_deref().unwrap_or_default());
    Ok((stage, location.unwrap_or_default()))
}

async fn stage(connection: &mut Connection<'_>, id: i64) -> Result<LifecycleStage, StoreError> {
    Ok(stage_and_location(connection, id).await?.0)
}

/// The experiment has to be in use.
///
/// # Errors
/// As [`active_location`].
pub async fn check_active(connection: &mut Connection<'_>, id: i64) -> Result<(), StoreError> {
    active_location(connection, id).await.map(drop)
}

/// Where an experiment keeps its artifacts; it has to be in use.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE when it is deleted.
pub async fn active_location(connection: &mut Connection<'_>, id: i64) -> Result<String, StoreError> {
    match stage_and_location(connection, id).await? {
        (LifecycleStage::Active, location) => Ok(location),
        (LifecycleStage::Deleted, _) => Err(Error::invalid(format!(
            "The experiment {id} must be in the 'active' state. Current state is deleted."
        ))
        .into()),
    }
}

/// Renames an experiment.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST, INVALID_STATE when it is deleted, RESOURCE_ALREADY_EXISTS when the name is taken.
pub async fn rename(
    connection: &mut Connection<'_>,
    id: i64,
    name: &str,
    now: Millis,
) -> Result<(), StoreError> {
    if stage(connection, id).await? != LifecycleStage::Active {
        return Err(Error::new(ErrorCode::InvalidState, "Cannot rename a non-active experiment.").into());
    }
    let update = Query::update()
        .table("experiments")
        .value("name", name)
        .value("last_update_time", now)
        .and_where(Expr::col("experiment_id").eq(id))
        .to_owned();
    match connection.execute(&update).await {
        Err(error) if error.is_unique_violation() => Err(name_taken(name)),
        outcome => outcome.map(drop),
    }
}

/// Marks an active experiment and all its runs as deleted, or brings a deleted one back with all its runs.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when there is none in the other stage.
pub async fn set_stage(
    connection: &mut Connection<'_>,
    id: i64,
    to: LifecycleStage,
    now: Millis,
) -> Result<(), StoreError> {
    if stage(connection, id).await? == to {
        return Err(missing(id));
    }
    let update = Query::update()
        .table("experiments")
        .value("lifecycle_stage", to.as_str())
        .value("last_update_time", now)
        .and_where(Expr::col("experiment_id").eq(id))
        .to_owned();
    connection.execute(&update).await?;
    crate::tracking::runs::set_stage(connection, Expr::col("experiment_id").eq(id), to, now).await
}

/// Sets a tag. Whether the experiment is active is for the caller to check.
pub async fn set_tag(connection: &mut Connection<'_>, id: i64, tag: &Tag) -> Result<(), StoreError> {
    EXPERIMENT_TAGS.set(connection, id, pairs(std::slice::from_ref(tag))).await
}

/// Removes a tag of an active experiment.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST when it has no such tag.
pub async fn delete_tag(connection: &mut Connection<'_>, id: i64, key: &str) -> Result<(), StoreError> {
    check_active(connection, id).await?;
    if !EXPERIMENT_TAGS.remove(connection, id, key).await? {
        return Err(Error::not_found(format!("No tag with name: {key} in experiment with id {id}")).into());
    }
    Ok(())
}

/// What to search for.
#[derive(Debug)]
pub struct Search {
    pub view: ViewType,
    pub filter: Vec<search::experiments::Condition>,
    pub order_by: Vec<search::experiments::OrderBy>,
    /// Rows of the page, at least 1.
    pub limit: u64,
    pub page_token: Option<String>,
}

/// One page of the experiments that the caller may see.
///
/// # Errors
/// INVALID_PARAMETER_VALUE for a page token that is none.
pub async fn search(
    connection: &mut Connection<'_>,
    search: &Search,
    visibility: &Visibility,
) -> Result<Page<Experiment>, StoreError> {
    let offset = offset(search.page_token.as_deref())?;
    filters::check_patterns(search.filter.iter().map(|condition| (condition.comparator, &condition.value)))?;
    let mut query = select();
    let workspace = ("experiments", "workspace");
    // Few experiments are found by their ids, not by leafing through all of the workspace's.
    let workspace =
        if visibility.names_few() { dialect::not_by_index(workspace) } else { Expr::col(workspace) };
    query.and_where(workspace.eq(DEFAULT_WORKSPACE)).and_where(
        Expr::col("lifecycle_stage").is_in(search.view.stages().iter().map(|stage| stage.as_str())),
    );
    if let Some(visible) = filters::visible(("experiments", "experiment_id"), visibility) {
        query.and_where(visible);
    }
    let company = Company::of(&search.filter);
    for condition in &search.filter {
        query.and_where(filters::experiment(condition, company));
    }
    filters::order_experiments(&mut query, &search.order_by);
    query.limit(one_more(search.limit)).offset(offset);
    let rows = page(connection.fetch_all::<Row>(&query).await?, offset, search.limit);
    let experiments = with_tags(connection, rows.items).await?;
    Ok(Page { items: experiments, next_page_token: rows.next_page_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        for (text, id) in [("0", 0), ("7", 7), ("-1", -1), ("9223372036854775807", i64::MAX)] {
            assert_eq!(parse_id(text).unwrap(), id);
        }
        for text in ["", " 1", "1 ", "+1", "01", "-0", "1.0", "1_0", "１", "9223372036854775808", "x", "1\0"]
        {
            let error = model::Error::from(parse_id(text).unwrap_err());
            assert_eq!(error.code, ErrorCode::InvalidParameterValue);
            let words = format!("Invalid experiment ID '{text}'. Experiment ID must be a valid integer.");
            assert_eq!(error.message, words);
        }
    }

    #[test]
    fn every_table_that_a_deleted_experiment_would_reach_is_known() {
        let mut table = "";
        let mut reached: Vec<(&str, bool)> = Vec::new();
        for line in include_str!("../../schema/sqlite/tracking.sql").lines() {
            if let Some(name) = line.strip_prefix("CREATE TABLE ") {
                table = name.trim_end_matches(" (");
            } else if let Some((_, action)) =
                line.split_once("REFERENCES experiments (experiment_id) ON DELETE ")
            {
                reached.push((table, action.starts_with("CASCADE")));
            }
        }
        reached.sort_unstable();
        let mut known: Vec<(&str, bool)> = CASCADING.map(|table| (table, true)).to_vec();
        known.extend(FORGETTING.map(|table| (table, false)));
        known.sort_unstable();
        assert_eq!(reached, known);
    }
}
