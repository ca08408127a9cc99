//! What belongs to runs, of several tables in one statement. A turn with the database costs a request more than the few rows that
//! one run has, and one statement sees one state without a transaction. A page of runs has so many rows that each cell of them
//! counts: there a statement is for the tables whose rows are alike.

use super::{Row, missing};
use crate::Int;
use crate::db::Connection;
use crate::dialect;
use crate::error::StoreError;
use crate::tracking::inputs;
use model::{
    DatasetInput, Double, Int64, Metric, ModelInput, ModelOutput, Run, RunData, RunInfo, RunInputs,
    RunOutputs, Tag,
};
use sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use std::collections::HashMap;

/// What a row of the statement is of. Each has the run in its second column, and in the others what stands beside it here.
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

struct Cells {
    kind: i64,
    run: String,
    key: Option<String>,
    text: Option<String>,
    value: f64,
    timestamp: Option<i64>,
    step: Option<i64>,
    is_nan: bool,
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for Cells
where
    usize: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    f64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Int: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    bool: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let Int(kind) = row.try_get(0)?;
        Ok(Self {
            kind,
            run: row.try_get(1)?,
            key: row.try_get(2)?,
            text: row.try_get(3)?,
            value: row.try_get(4)?,
            timestamp: row.try_get(5)?,
            step: row.try_get(6)?,
            is_nan: row.try_get(7)?,
        })
    }
}

impl Cells {
    /// Of a row that has no more.
    fn of(kind: i64, run: String, key: String) -> Self {
        let key = Some(key);
        Self { kind, run, key, text: None, value: 0.0, timestamp: None, step: None, is_nan: false }
    }
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

/// Which rows are the edges of a kind, and the columns that hold the run and what is at the other end.
fn edge(kind: Kind) -> ([&'static str; 2], SimpleExpr) {
    let (columns, [source, destination]) = match kind {
        Kind::Dataset => (["destination_id", "source_id"], ["DATASET", "RUN"]),
        Kind::ModelInput => (["source_id", "destination_id"], ["RUN_INPUT", "MODEL_INPUT"]),
        _ => (["source_id", "destination_id"], ["RUN_OUTPUT", "MODEL_OUTPUT"]),
    };
    (columns, column("source_type").eq(source).and(column("destination_type").eq(destination)))
}

/// All that belongs to a run: the run, the key, the text, the value, the time, the step, and whether the value is none.
fn of_all_tables(id: &str) -> SelectStatement {
    let pairs = |kind, table| {
        let cells = [
            column("run_uuid"),
            column("key"),
            column("value"),
            nothing(NO_VALUE),
            nothing(NO_NUMBER),
            nothing(NO_NUMBER),
            nothing(NO_FLAG),
        ];
        rows(kind, table, cells, column("run_uuid").eq(id))
    };
    let edges = |kind| {
        let ([run, other], which) = edge(kind);
        let cells = [
            column(run),
            column(other),
            nothing(NO_TEXT),
            nothing(NO_VALUE),
            nothing(NO_NUMBER),
            column("step"),
            nothing(NO_FLAG),
        ];
        rows(kind, "inputs", cells, column(run).eq(id).and(which))
    };
    // The first rows give the columns their types.
    let metrics = [
        dialect::plain_text(column("run_uuid")),
        dialect::plain_text(column("key")),
        dialect::plain_text(nothing(NO_TEXT)),
        column("value"),
        column("timestamp"),
        column("step"),
        column("is_nan"),
    ];
    let others = [
        pairs(Kind::Param, "params"),
        pairs(Kind::Tag, "tags"),
        edges(Kind::ModelOutput),
        edges(Kind::ModelInput),
        edges(Kind::Dataset),
    ];
    rows(Kind::Metric, "latest_metrics", metrics, column("run_uuid").eq(id))
        .unions(others.map(|others| (UnionType::All, others)))
        .unions(of_itself(id).map(|itself| (UnionType::All, itself)))
        .to_owned()
}

/// The metrics of the runs.
fn metrics_of(ids: &[&str]) -> SelectStatement {
    Query::select()
        .columns(["run_uuid", "key", "value", "timestamp", "step", "is_nan"])
        .from("latest_metrics")
        .and_where(dialect::in_list("run_uuid", ids))
        .to_owned()
}

/// The params and tags of the runs.
fn pairs_of(ids: &[&str]) -> SelectStatement {
    let cells = || ["run_uuid", "key", "value"].map(column);
    let which = || dialect::in_list("run_uuid", ids);
    rows(Kind::Param, "params", cells().map(dialect::plain_text), which())
        .union(UnionType::All, rows(Kind::Tag, "tags", cells(), which()))
        .to_owned()
}

/// What the runs made, and that they have read datasets. MLflow's searches leave out the models that a run read.
fn edges_of(ids: &[&str]) -> SelectStatement {
    let edges = |kind, plain: fn(SimpleExpr) -> SimpleExpr| {
        let ([run, other], which) = edge(kind);
        let cells = [plain(column(run)), plain(column(other)), column("step")];
        rows(kind, "inputs", cells, dialect::in_list(run, ids).and(which))
    };
    edges(Kind::ModelOutput, dialect::plain_text)
        .union(UnionType::All, edges(Kind::Dataset, |text| text))
        .to_owned()
}

/// The columns of a run itself, as rows of the same shape.
fn of_itself(id: &str) -> [SelectStatement; 3] {
    let of = |kind, [key, text, timestamp, step]: [SimpleExpr; 4]| {
        let cells = [column("run_uuid"), key, text, nothing(NO_VALUE), timestamp, step, nothing(NO_FLAG)];
        rows(kind, "runs", cells, column("run_uuid").eq(id))
    };
    [
        of(Kind::Who, [column("name"), column("user_id"), column("start_time"), column("end_time")]),
        of(
            Kind::Where,
            [column("status"), column("artifact_uri"), nothing(NO_NUMBER), column("experiment_id")],
        ),
        of(
            Kind::Stage,
            [column("lifecycle_stage"), nothing(NO_TEXT), nothing(NO_NUMBER), nothing(NO_NUMBER)],
        ),
    ]
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
        let Cells { kind, run, key, text, value, timestamp, step, is_nan } = cells;
        // No other number is asked for.
        let Some(kind) = Kind::of(kind) else { return };
        let itself = || self.itself.get_or_insert_with(|| Row { run_uuid: run, ..Row::default() });
        match kind {
            Kind::Metric => self.data.metrics.push(Metric {
                key: key.unwrap_or_default(),
                value: Double(if is_nan { f64::NAN } else { value }),
                timestamp: timestamp.unwrap_or_default(),
                step: step.unwrap_or_default(),
                dataset_name: None,
                dataset_digest: None,
                model_id: None,
                run_id: None,
            }),
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
                let row = itself();
                (row.name, row.user_id, row.start_time, row.end_time) = (key, text, timestamp, step);
            }
            Kind::Where => {
                let row = itself();
                (row.status, row.artifact_uri, row.experiment_id) = (key, text, step.map(Int));
            }
            Kind::Stage => itself().lifecycle_stage = key,
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
    let mut belongings = Belongings::default();
    for cells in connection.fetch_all(&of_all_tables(id)).await? {
        belongings.add(cells);
    }
    // What is left of a run that is gone is none.
    let itself = belongings.itself.take().ok_or_else(|| missing(id))?;
    let datasets = match belongings.has_datasets {
        true => inputs::datasets(connection, &[id]).await?.remove(id).unwrap_or_default(),
        false => Vec::new(),
    };
    Ok(belongings.into_run(itself.into(), datasets))
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
    let mut by_run: HashMap<String, Belongings> =
        ids.iter().map(|id| ((*id).to_owned(), Belongings::default())).collect();
    let mut add = |cells: Cells| {
        // No other run is asked for.
        if let Some(belongings) = by_run.get_mut(&cells.run) {
            belongings.add(cells);
        }
    };
    type MetricRow = (String, String, f64, Option<i64>, Option<i64>, bool);
    for (run, key, value, timestamp, step, is_nan) in
        connection.fetch_all::<MetricRow>(&metrics_of(&ids)).await?
    {
        let cells = Cells::of(Kind::Metric as i64, run, key);
        add(Cells { value, timestamp, step, is_nan, ..cells });
    }
    type PairRow = (Int, String, String, Option<String>);
    for (Int(kind), run, key, text) in connection.fetch_all::<PairRow>(&pairs_of(&ids)).await? {
        add(Cells { text, ..Cells::of(kind, run, key) });
    }
    type EdgeRow = (Int, String, String, Int);
    for (Int(kind), run, key, Int(step)) in connection.fetch_all::<EdgeRow>(&edges_of(&ids)).await? {
        add(Cells { step: Some(step), ..Cells::of(kind, run, key) });
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
