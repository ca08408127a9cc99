//! What runs read and made: datasets and logged models. The table `inputs` holds the edges.

use crate::Int;
use crate::db::{Connection, Db};
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::key_values::INPUT_TAGS;
use crate::tracking::{experiments, runs};
use model::{Dataset, DatasetInput, DatasetSummary, InputTag, ModelInput, ModelOutput, Tag};
use sea_query::{Condition, Expr, ExprTrait, Order, Query};
use std::collections::{HashMap, HashSet};

/// The tag that says what a dataset was used for.
pub const CONTEXT_TAG: &str = "mlflow.data.context";
/// Rows of a dataset listing, as in MLflow 3.17 `_search_datasets`.
const MAX_SUMMARIES: u64 = 1000;

/// Makes ids for rows: 32 hexadecimal digits each.
pub type NewId<'a> = &'a (dyn Fn() -> String + Send + Sync);

/// Records what an active run read. A dataset is known by its name and digest within the experiment; naming it again, or a
/// model again, changes nothing.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST without such a run, INVALID_PARAMETER_VALUE when it is deleted.
pub async fn log(
    connection: &mut Connection<'_>,
    run: &str,
    inputs: &[DatasetInput],
    models: &[ModelInput],
    new_id: NewId<'_>,
) -> Result<(), StoreError> {
    let experiment = experiments::parse_id(&runs::active(connection, run).await?.experiment_id)?;
    let mut seen = HashSet::new();
    for input in inputs {
        if seen.insert((&input.dataset.name, &input.dataset.digest)) {
            log_dataset(connection, run, experiment, input, new_id).await?;
        }
    }
    let edges = models.iter().map(|model| Edge {
        source: ("RUN_INPUT", run),
        destination: ("MODEL_INPUT", &model.model_id),
        step: 0,
    });
    insert_edges(connection, edges, new_id).await
}

async fn log_dataset(
    connection: &mut Connection<'_>,
    run: &str,
    experiment: i64,
    input: &DatasetInput,
    new_id: NewId<'_>,
) -> Result<(), StoreError> {
    let dataset = &input.dataset;
    let known = Query::select()
        .column("dataset_uuid")
        .from("datasets")
        .and_where(Expr::col("experiment_id").eq(experiment))
        .and_where(Expr::col("name").eq(dataset.name.as_str()))
        .and_where(Expr::col("digest").eq(dataset.digest.as_str()))
        .to_owned();
    let id = match connection.fetch_optional::<(String,)>(&known).await? {
        Some((id,)) => id,
        None => {
            let id = new_id();
            let insert = Query::insert()
                .into_table("datasets")
                .columns([
                    "dataset_uuid",
                    "experiment_id",
                    "name",
                    "digest",
                    "dataset_source_type",
                    "dataset_source",
                    "dataset_schema",
                    "dataset_profile",
                ])
                .values_panic([
                    id.as_str().into(),
                    experiment.into(),
                    dataset.name.as_str().into(),
                    dataset.digest.as_str().into(),
                    dataset.source_type.as_str().into(),
                    dataset.source.as_str().into(),
                    dataset.schema.as_deref().into(),
                    dataset.profile.as_deref().into(),
                ])
                .to_owned();
            connection.execute(&insert).await?;
            id
        }
    };
    let input_id = new_id();
    let edge = Edge { source: ("DATASET", &id), destination: ("RUN", run), step: 0 };
    if !insert_edge(connection, &edge, &input_id).await? {
        return Ok(());
    }
    let tags = input.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
    INPUT_TAGS.set(connection, input_id.as_str(), tags).await
}

/// Records the models that an active run made.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST without such a run, INVALID_PARAMETER_VALUE when it is deleted.
pub async fn log_outputs(
    connection: &mut Connection<'_>,
    run: &str,
    models: &[ModelOutput],
    new_id: NewId<'_>,
) -> Result<(), StoreError> {
    runs::active(connection, run).await?;
    let edges = models.iter().map(|model| Edge {
        source: ("RUN_OUTPUT", run),
        destination: ("MODEL_OUTPUT", &model.model_id),
        step: model.step.0,
    });
    insert_edges(connection, edges, new_id).await
}

struct Edge<'a> {
    source: (&'static str, &'a str),
    destination: (&'static str, &'a str),
    step: i64,
}

async fn insert_edges<'e>(
    connection: &mut Connection<'_>,
    edges: impl Iterator<Item = Edge<'e>>,
    new_id: NewId<'_>,
) -> Result<(), StoreError> {
    for edge in edges {
        insert_edge(connection, &edge, &new_id()).await?;
    }
    Ok(())
}

/// Tells whether the edge is new.
async fn insert_edge(connection: &mut Connection<'_>, edge: &Edge<'_>, id: &str) -> Result<bool, StoreError> {
    let insert = Query::insert()
        .into_table("inputs")
        .columns(["input_uuid", "source_type", "source_id", "destination_type", "destination_id", "step"])
        .values_panic([
            id.into(),
            edge.source.0.into(),
            edge.source.1.into(),
            edge.destination.0.into(),
            edge.destination.1.into(),
            edge.step.into(),
        ])
        .to_owned();
    connection.insert_if_new(insert, ["source_type", "source_id", "destination_type", "destination_id"]).await
}

#[derive(sqlx::FromRow)]
struct DatasetRow {
    run_uuid: String,
    input_uuid: String,
    name: String,
    digest: String,
    source_type: String,
    source: String,
    schema: Option<String>,
    profile: Option<String>,
}

/// The datasets that runs read, by run.
pub(crate) async fn datasets(
    connection: &mut Connection<'_>,
    run_ids: &[&str],
) -> Result<HashMap<String, Vec<DatasetInput>>, StoreError> {
    let query = Query::select()
        .expr_as(Expr::col(("inputs", "destination_id")), "run_uuid")
        .column(("inputs", "input_uuid"))
        .column(("datasets", "name"))
        .column(("datasets", "digest"))
        .expr_as(Expr::col(("datasets", "dataset_source_type")), "source_type")
        .expr_as(Expr::col(("datasets", "dataset_source")), "source")
        .expr_as(Expr::col(("datasets", "dataset_schema")), "schema")
        .expr_as(Expr::col(("datasets", "dataset_profile")), "profile")
        .from("inputs")
        .inner_join("datasets", Expr::col(("inputs", "source_id")).equals(("datasets", "dataset_uuid")))
        .and_where(Expr::col(("inputs", "destination_type")).eq("RUN"))
        .and_where(Expr::col(("inputs", "source_type")).eq("DATASET"))
        .and_where(dialect::in_list(("inputs", "destination_id"), run_ids))
        .order_by(("datasets", "name"), Order::Asc)
        .order_by(("datasets", "digest"), Order::Asc)
        .to_owned();
    let rows: Vec<DatasetRow> = connection.fetch_all(&query).await?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let input_ids: Vec<&str> = rows.iter().map(|row| row.input_uuid.as_str()).collect();
    let mut tags = INPUT_TAGS.of::<String>(connection, &input_ids).await?;
    let mut by_run: HashMap<String, Vec<DatasetInput>> = HashMap::new();
    for row in rows {
        let input = DatasetInput {
            tags: tags
                .remove(&row.input_uuid)
                .unwrap_or_default()
                .into_iter()
                .map(|Tag { key, value }| InputTag { key, value })
                .collect(),
            dataset: Dataset {
                name: row.name,
                digest: row.digest,
                source_type: row.source_type,
                source: row.source,
                schema: row.schema,
                profile: row.profile,
            },
        };
        by_run.entry(row.run_uuid).or_default().push(input);
    }
    Ok(by_run)
}

/// The datasets that runs of the experiments read, each with every context it was used in; at most 1,000.
pub async fn summaries(db: &Db, experiment_ids: &[i64]) -> Result<Vec<DatasetSummary>, StoreError> {
    let query = Query::select()
        .distinct()
        .columns([("datasets", "experiment_id"), ("datasets", "name"), ("datasets", "digest")])
        .column(("input_tags", "value"))
        .from("datasets")
        .inner_join("inputs", Expr::col(("inputs", "source_id")).equals(("datasets", "dataset_uuid")))
        .left_join(
            "input_tags",
            Condition::all()
                .add(Expr::col(("input_tags", "input_uuid")).equals(("inputs", "input_uuid")))
                .add(Expr::col(("input_tags", "name")).eq(CONTEXT_TAG)),
        )
        .and_where(dialect::in_list(("datasets", "experiment_id"), experiment_ids))
        .limit(MAX_SUMMARIES)
        .to_owned();
    let rows: Vec<(Int, String, String, Option<String>)> = db.search(&query).await?;
    Ok(rows
        .into_iter()
        .map(|(experiment_id, name, digest, context)| DatasetSummary {
            experiment_id: experiment_id.to_string(),
            name,
            digest,
            context,
        })
        .collect())
}
