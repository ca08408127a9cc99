//! What belongs to runs, of several tables in one statement. A turn with the database costs a request more than the few rows that
//! one run has, and one statement sees one state without a transaction. A page of runs has so many rows that each cell of them
//! counts: there a statement is for the tables whose rows are alike.

use super::{Row, missing};
use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::{inputs, metrics};
use model::{
    DatasetInput, Int64, ModelInput, ModelOutput, Run, RunData, RunInfo, RunInputs, RunOutputs, Tag,
};
use sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use std::collections::HashMap;

/// What a row of the statement is of. What its columns hold stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The latest value of a metric: all columns under their own names.
    Metric = 0,
    /// The key and the text.
    Param = 1,
    /// The key and the text.
    Tag = 2,
    /// The key is a logged model that the run made, at the step.
    ModelOutput = 3,
    /// The key is a logged model that the run read.
    ModelInput = 4,
    /// The run has read some dataset.
    Dataset = 5,
    /// Of the run itself: its name is the key, its user the text, its start the time, its end the step.
    Who = 6,
    /// Of the run itself: its status is the key, its artifacts' location the text, its experiment the step.
    Where = 7,
    /// Of the run itself: its lifecycle stage is the key.
    Stage = 8,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Metric,
        Self::Param,
        Self::Tag,
        Self::ModelOutput,
        Self::ModelInput,
        Self::Dataset,
        Self::Who,
        Self::Where,
        Self::Stage,
    ];

    fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }
}

/// A row, whatever it is of.
#[derive(Default)]
struct Cells {
    kind: i64,
    key: Option<String>,
    text: Option<String>,
    value: f64,
    timestamp: Option<i64>,
    step: Option<i64>,
    is_nan: bool,
}

/// What stands where a row has nothing.
const NO_TEXT: &str = "''";
const NO_VALUE: &str = "0.0";
const NO_NUMBER: &str = "0";
const NO_FLAG: &str = "FALSE";

fn column(name: &'static str) -> SimpleExpr {
    Expr::col(name)
}

fn nothing(literal: &'static str) -> SimpleExpr {
    Expr::cust(literal)
}

/// The rows of a table, each with its kind before its cells.
fn rows<const CELLS: usize>(
    kind: Kind,
    table: &'static str,
    cells: [SimpleExpr; CELLS],
    which: SimpleExpr,
) -> SelectStatement {
    Query::select()
        .expr(Expr::cust((kind as i64).to_string()))
        .exprs(cells)
        .from(table)
        .and_where(which)
        .to_owned()
}

/// A kind of edges between runs and something else: the columns that hold the two, and the types that they have there.
struct Edges {
    kind: Kind,
    run: &'static str,
    other: &'static str,
    source_type: &'static str,
    destination_type: &'static str,
}

const MODEL_OUTPUTS: Edges = Edges {
    kind: Kind::ModelOutput,
    run: "source_id",
    other: "destination_id",
    source_type: "RUN_OUTPUT",
    destination_type: "MODEL_OUTPUT",
};
const MODEL_INPUTS: Edges = Edges {
    kind: Kind::ModelInput,
    run: "source_id",
    other: "destination_id",
    source_type: "RUN_INPUT",
    destination_type: "MODEL_INPUT",
};
const DATASETS: Edges = Edges {
    kind: Kind::Dataset,
    run: "destination_id",
    other: "source_id",
    source_type: "DATASET",
    destination_type: "RUN",
};

impl Edges {
    fn rows<const CELLS: usize>(&self, cells: [SimpleExpr; CELLS], of_runs: SimpleExpr) -> SelectStatement {
        let types = column("source_type")
            .eq(self.source_type)
            .and(column("destination_type").eq(self.destination_type));
        rows(self.kind, "inputs", cells, of_runs.and(types))
    }
}

/// All that belongs to a run, and the run itself: in each row the kind, the key, the text, the value, the time, the step, and
/// whether the value is none.
fn of_all_tables(id: &str) -> SelectStatement {
    let of_run = |run| column(run).eq(id);
    // The first rows give the columns their types.
    let metrics = [
        dialect::plain_text(column("key")),
        dialect::plain_text(nothing(NO_TEXT)),
        column("value"),
        column("timestamp"),
        column("step"),
        column("is_nan"),
    ];
    // Only metrics have a value.
    let others = |[key, text, timestamp, step]: [SimpleExpr; 4]| {
        [key, text, nothing(NO_VALUE), timestamp, step, nothing(NO_FLAG)]
    };
    let no_number = || nothing(NO_NUMBER);
    let pairs = |kind, table| {
        let cells = others([column("key"), column("value"), no_number(), no_number()]);
        rows(kind, table, cells, of_run("run_uuid"))
    };
    let edges = |edges: Edges| {
        let cells = others([column(edges.other), nothing(NO_TEXT), no_number(), column("step")]);
        edges.rows(cells, of_run(edges.run))
    };
    let itself = |kind, cells| rows(kind, "runs", others(cells), of_run("run_uuid"));
    let all = [
        pairs(Kind::Param, "params"),
        pairs(Kind::Tag, "tags"),
        edges(MODEL_OUTPUTS),
        edges(MODEL_INPUTS),
        edges(DATASETS),
        itself(Kind::Who, ["name", "user_id", "start_time", "end_time"].map(column)),
        itself(Kind::Where, [column("status"), column("artifact_uri"), no_number(), column("experiment_id")]),
        itself(Kind::Stage, [column("lifecycle_stage"), nothing(NO_TEXT), no_number(), no_number()]),
    ];
    rows(Kind::Metric, "latest_metrics", metrics, of_run("run_uuid"))
        .unions(all.map(|rows| (UnionType::All, rows)))
        .to_owned()
}

/// The params and tags of the runs: in each row the kind, the run, the key and the text.
fn pairs_of(ids: &[&str]) -> SelectStatement {
    let cells = || ["run_uuid", "key", "value"].map(column);
    let of_runs = || dialect::in_list("run_uuid", ids);
    rows(Kind::Param, "params", cells().map(dialect::plain_text), of_runs())
        .union(UnionType::All, rows(Kind::Tag, "tags", cells(), of_runs()))
        .to_owned()
}

/// What the runs made, and that they have read datasets: in each row the kind, the run, the key and the step. MLflow's searches
/// leave out the models that a run read.
fn edges_of(ids: &[&str]) -> SelectStatement {
    let rows = |edges: Edges| {
        // Both are columns of one table.
        edges.rows([edges.run, edges.other, "step"].map(column), dialect::in_list(edges.run, ids))
    };
    rows(MODEL_OUTPUTS).union(UnionType::All, rows(DATASETS)).to_owned()
}

/// What belongs to one run.
#[derive(Default)]
struct Belongings {
    data: RunData,
    inputs: RunInputs,
    outputs: RunOutputs,
    has_datasets: bool,
    itself: Option<Row>,
}

impl Belongings {
    fn add(&mut self, cells: Cells) {
        let Cells { kind, key, text, value, timestamp, step, is_nan } = cells;
        // No other number is asked for.
        let Some(kind) = Kind::of(kind) else { return };
        match kind {
            Kind::Metric => self.data.metrics.push(metrics::stored(
                key.unwrap_or_default(),
                value,
                is_nan,
                timestamp,
                step.unwrap_or_default(),
            )),
            Kind::Param => self.data.params.push(pair(key, text)),
            Kind::Tag => self.data.tags.push(pair(key, text)),
            Kind::ModelOutput => self.outputs.model_outputs.push(ModelOutput {
                model_id: key.unwrap_or_default(),
                step: Int64(step.unwrap_or_default()),
            }),
            Kind::ModelInput => {
                self.inputs.model_inputs.push(ModelInput { model_id: key.unwrap_or_default() });
            }
            Kind::Dataset => self.has_datasets = true,
            Kind::Who => {
                let row = self.itself.get_or_insert_default();
                (row.name, row.user_id, row.start_time, row.end_time) = (key, text, timestamp, step);
            }
            Kind::Where => {
                let row = self.itself.get_or_insert_default();
                (row.status, row.artifact_uri, row.experiment_id) = (key, text, step.map(Int));
            }
            Kind::Stage => self.itself.get_or_insert_default().lifecycle_stage = key,
        }
    }

    /// With its parts in the order of their keys.
    fn into_run(mut self, info: RunInfo, datasets: Vec<DatasetInput>) -> Run {
        self.data.metrics.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        self.data.params.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        self.data.tags.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        self.inputs.dataset_inputs = datasets;
        Run { info, data: self.data, inputs: self.inputs, outputs: Some(self.outputs) }
    }
}

fn pair(key: Option<String>, value: Option<String>) -> Tag {
    Tag { key: key.unwrap_or_default(), value: value.unwrap_or_default() }
}

/// Reads a run with all that belongs to it: in one statement, unless it has read datasets.
///
/// # Errors
/// RESOURCE_DOES_NOT_EXIST.
pub async fn get(connection: &mut Connection<'_>, id: &str) -> Result<Run, StoreError> {
    type Columns = (Int, Option<String>, Option<String>, f64, Option<i64>, Option<i64>, bool);
    let mut belongings = Belongings::default();
    for (Int(kind), key, text, value, timestamp, step, is_nan) in
        connection.fetch_all::<Columns>(&of_all_tables(id)).await?
    {
        belongings.add(Cells { kind, key, text, value, timestamp, step, is_nan });
    }
    // What is left of a run that is gone is none.
    let itself = belongings.itself.take().ok_or_else(|| missing(id))?;
    let datasets = match belongings.has_datasets {
        true => inputs::datasets(connection, &[id]).await?.remove(id).unwrap_or_default(),
        false => Vec::new(),
    };
    Ok(belongings.into_run(Row { run_uuid: id.to_owned(), ..itself }.into(), datasets))
}

/// Loads what belongs to the runs of a page.
pub(super) async fn with_data(
    connection: &mut Connection<'_>,
    infos: Vec<RunInfo>,
) -> Result<Vec<Run>, StoreError> {
    if infos.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = infos.iter().map(|info| info.run_id.as_str()).collect();
    let mut by_run: HashMap<String, Belongings> = HashMap::new();
    for (run, metrics) in metrics::latest(connection, &ids).await? {
        by_run.entry(run).or_default().data.metrics = metrics;
    }
    type Pair = (Int, String, Option<String>, Option<String>);
    for (Int(kind), run, key, text) in connection.fetch_all::<Pair>(&pairs_of(&ids)).await? {
        by_run.entry(run).or_default().add(Cells { kind, key, text, ..Cells::default() });
    }
    type Edge = (Int, String, Option<String>, Int);
    for (Int(kind), run, key, Int(step)) in connection.fetch_all::<Edge>(&edges_of(&ids)).await? {
        by_run.entry(run).or_default().add(Cells { kind, key, step: Some(step), ..Cells::default() });
    }
    let with: Vec<&str> =
        by_run.iter().filter(|(_, has)| has.has_datasets).map(|(run, _)| run.as_str()).collect();
    let mut datasets =
        if with.is_empty() { HashMap::new() } else { inputs::datasets(connection, &with).await? };
    let whole = |info: RunInfo| {
        let belongings = by_run.remove(&info.run_id).unwrap_or_default();
        let datasets = datasets.remove(&info.run_id).unwrap_or_default();
        belongings.into_run(info, datasets)
    };
    Ok(infos.into_iter().map(whole).collect())
}
