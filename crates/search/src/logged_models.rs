//! Searching logged models: MLflow 3.17 `search_logged_model_utils.py`, and the order_by of its SQL store.
//!
//! | field | prefixes | comparators | value |
//! | --- | --- | --- | --- |
//! | attribute | none, `attributes` | text: `=` `!=` `LIKE` `ILIKE` `IN` `NOT IN`; times: `=` `!=` `>` `>=` `<` `<=`; `status` and `experiment_id`: `=` `!=` `IN` `NOT IN` | string; number |
//! | metric | `metrics` | `=` `!=` `>` `>=` `<` `<=` | number |
//! | parameter, tag | `params`; `tags` | `=` `!=` `LIKE` `ILIKE` `IN` `NOT IN` | string |
//!
//! Prefixes and attributes are case-sensitive. As in MLflow, and unlike for runs, a string may stand without quotes:
//! `params.depth = 3`, `name = forest`. What differs:
//!
//! * `status` compares with its words (`'READY'`) or its numbers (`2`); MLflow's SQL store knows only the numbers.
//! * Wider: keys and strings may stand in any quotes; `attributes.creation_timestamp` is `creation_timestamp`.
//! * An attribute that logged models don't have is an error of the client, not of the server.

mod page_token;

pub use page_token::{PageToken, TokenError};

use crate::ast::{Comparator, Kind, Value, join_names, write_condition, write_key};
use crate::clause::{self, Clause, Identifier};
use crate::error::{Place, SearchError, shorten};
use crate::experiments::experiment_ids;
use crate::limits;
use crate::operand::Operand;
use model::LoggedModelStatus;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a logged model is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// By key: any value that was logged, not only the latest.
    Metric(String),
    Param(String),
    Tag(String),
}

/// A column of the logged model itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    ModelId,
    /// An integer column that filters compare with strings.
    ExperimentId,
    Name,
    ModelType,
    /// An integer column that filters compare with [words](status_word) or numbers.
    Status,
    StatusMessage,
    SourceRunId,
    ArtifactLocation,
    /// Only `active` is ever found.
    LifecycleStage,
    /// Milliseconds since 1970. Also `creation_time` and `creation_timestamp_ms`.
    CreationTimestamp,
    /// Milliseconds since 1970. Also `last_updated_timestamp_ms`.
    LastUpdatedTimestamp,
}

impl Attribute {
    pub const ALL: [Self; 11] = [
        Self::ModelId,
        Self::ExperimentId,
        Self::Name,
        Self::ModelType,
        Self::Status,
        Self::StatusMessage,
        Self::SourceRunId,
        Self::ArtifactLocation,
        Self::LifecycleStage,
        Self::CreationTimestamp,
        Self::LastUpdatedTimestamp,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModelId => "model_id",
            Self::ExperimentId => "experiment_id",
            Self::Name => "name",
            Self::ModelType => "model_type",
            Self::Status => "status",
            Self::StatusMessage => "status_message",
            Self::SourceRunId => "source_run_id",
            Self::ArtifactLocation => "artifact_location",
            Self::LifecycleStage => "lifecycle_stage",
            Self::CreationTimestamp => "creation_timestamp",
            Self::LastUpdatedTimestamp => "last_updated_timestamp",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::ExperimentId | Self::Status | Self::CreationTimestamp | Self::LastUpdatedTimestamp => {
                Kind::Number
            }
            _ => Kind::Text,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "creation_time" | "creation_timestamp_ms" => Some(Self::CreationTimestamp),
            "last_updated_timestamp_ms" => Some(Self::LastUpdatedTimestamp),
            _ => Self::ALL.into_iter().find(|attribute| attribute.as_str() == name),
        }
    }
}

/// A status as MLflow's client entities spell it, and as filters do.
pub const fn status_word(status: LoggedModelStatus) -> &'static str {
    match status {
        LoggedModelStatus::Unspecified => "UNSPECIFIED",
        LoggedModelStatus::Pending => "PENDING",
        LoggedModelStatus::Ready => "READY",
        LoggedModelStatus::UploadFailed => "FAILED",
    }
}

/// Every status by its number.
const STATUSES: [(i64, LoggedModelStatus); 4] = [
    (0, LoggedModelStatus::Unspecified),
    (1, LoggedModelStatus::Pending),
    (2, LoggedModelStatus::Ready),
    (3, LoggedModelStatus::UploadFailed),
];

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => write!(f, "attributes.{}", attribute.as_str()),
            Self::Metric(key) => write_key(f, "metrics", key),
            Self::Param(key) => write_key(f, "params", key),
            Self::Tag(key) => write_key(f, "tags", key),
        }
    }
}

/// What must hold of a logged model. The comparator suits the field and the value suits the comparator: an
/// [`Integer`](Value::Integer) or [`Integers`](Value::Integers) for status and experiment id.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub field: Field,
    pub comparator: Comparator,
    pub value: Value,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_id = self.field == Field::Attribute(Attribute::ExperimentId);
        write_condition(f, &self.field, self.comparator, &self.value, by_id)
    }
}

/// One clause of an order_by as a request has it; absent and empty are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderClause {
    pub field_name: String,
    pub ascending: bool,
    #[serde(default)]
    pub dataset_name: Option<String>,
    #[serde(default)]
    pub dataset_digest: Option<String>,
}

/// What logged models can be ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortField {
    Attribute(Attribute),
    /// By the latest value, of those that were measured on the dataset.
    Metric {
        key: String,
        dataset_name: Option<String>,
        dataset_digest: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub field: SortField,
    pub ascending: bool,
}

/// The conditions of `filter`, all of which must hold; none in an empty one.
///
/// # Errors
/// A filter that the grammar refuses, names a field that logged models don't have, or exceeds a [limit](crate::limits).
pub fn parse_filter(filter: &str) -> Result<Vec<Condition>, SearchError> {
    clause::clauses(filter)?.iter().map(condition).collect()
}

/// What to order logged models by, the first clause first. A field may come twice; the second has no effect.
///
/// Where `creation_timestamp` is not among them, MLflow appends `creation_timestamp DESC`, and then `model_id ASC`.
///
/// # Errors
/// A field that logged models can't be ordered by, or more clauses than the [limit](crate::limits).
pub fn parse_order_by(order_by: &[OrderClause]) -> Result<Vec<OrderBy>, SearchError> {
    if let Some(excess) = order_by.get(limits::ORDER_BY_CLAUSES) {
        let message = format!("Invalid order_by: more than {} clauses", limits::ORDER_BY_CLAUSES);
        return Err(whole(&excess.field_name).error(message));
    }
    order_by
        .iter()
        .map(|clause| sort_field(clause).map(|field| OrderBy { field, ascending: clause.ascending }))
        .collect()
}

/// Whether a search selects or orders by the run that made a model, and so tells something about runs.
pub fn asks_about_runs(filter: &[Condition], order_by: &[OrderBy]) -> bool {
    let source = Attribute::SourceRunId;
    filter.iter().any(|condition| condition.field == Field::Attribute(source))
        || order_by.iter().any(|order| order.field == SortField::Attribute(source))
}

fn whole(text: &str) -> Place<'_> {
    Place::new(text, 0, text.len())
}

fn sort_field(clause: &OrderClause) -> Result<SortField, SearchError> {
    let name = clause.field_name.as_str();
    if name.len() > limits::ORDER_BY_BYTES {
        let message = format!("Invalid order by field name: longer than {} bytes", limits::ORDER_BY_BYTES);
        return Err(Place::end_of(name).error(message));
    }
    let invalid = |hint: &str| {
        let message = format!("Invalid order by field name: {}{hint}", shorten(name));
        Err(whole(name).error(message))
    };
    match name.split_once('.') {
        None => Attribute::from_name(name).map(SortField::Attribute).map_or_else(|| invalid(""), Ok),
        Some(("metrics", key)) => Ok(SortField::Metric {
            key: key.to_owned(),
            dataset_name: clause.dataset_name.clone(),
            dataset_digest: clause.dataset_digest.clone(),
        }),
        Some(_) => invalid(". Only metrics are supported."),
    }
}

fn condition(clause: &Clause<'_>) -> Result<Condition, SearchError> {
    let field = field(&clause.identifier)?;
    let place = clause.identifier.place();
    let operand = &clause.operand;
    let (value, allowed) = match &field {
        _ if clause.operator.tests_presence() => (Value::Absent, Comparator::TEXT),
        Field::Metric(_) => (Value::Number(operand.number(place, "metric")?), Comparator::NUMERIC),
        Field::Attribute(Attribute::ExperimentId) => experiment_ids(operand, place)?,
        Field::Attribute(Attribute::Status) => statuses(operand, place)?,
        Field::Attribute(attribute) if attribute.kind() == Kind::Number => {
            let what = format!("numeric attribute: {}", attribute.as_str());
            (operand.integer_or_number(place, &what)?, Comparator::NUMERIC)
        }
        Field::Attribute(_) | Field::Param(_) | Field::Tag(_) => match operand.list() {
            Some(list) => (Value::List(list?), Comparator::LIST),
            None => (Value::Text(operand.bare_text(place)?.to_owned()), Comparator::TEXT),
        },
    };
    Ok(Condition { comparator: clause.operator.among(allowed)?, field, value })
}

/// One status, or several in a list, and the comparators for as many.
fn statuses<'a>(
    operand: &Operand<'a>,
    place: Place<'a>,
) -> Result<(Value, &'static [Comparator]), SearchError> {
    let number_of = |text: &str| {
        let found = STATUSES
            .into_iter()
            .find(|(number, status)| text == status_word(*status) || text == number.to_string());
        found.map(|(number, _)| number).ok_or_else(|| {
            operand.place(place).error(format!(
                "Invalid model status '{}'. Valid statuses are '{}'",
                shorten(text),
                join_names(STATUSES.map(|(_, status)| status_word(status)))
            ))
        })
    };
    match operand.list() {
        Some(list) => {
            let numbers = list?.iter().map(|text| number_of(text)).collect::<Result<_, _>>()?;
            Ok((Value::Integers(numbers), Comparator::LIST))
        }
        None => Ok((Value::Integer(number_of(operand.bare_text(place)?)?), Comparator::EQUALITY)),
    }
}

fn field(identifier: &Identifier<'_>) -> Result<Field, SearchError> {
    let key = identifier.key.text;
    let entity = identifier.entity.map(|entity| match entity.quote {
        None => entity.text,
        // A quoted prefix is none.
        Some(_) => entity.place.text(),
    });
    match entity {
        None | Some("attributes") => {}
        Some("metrics") => return Ok(Field::Metric(key.to_owned())),
        Some("params") => return Ok(Field::Param(key.to_owned())),
        Some("tags") => return Ok(Field::Tag(key.to_owned())),
        Some(other) => {
            return Err(identifier.place().error(format!(
                "Invalid entity type: '{}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].",
                shorten(other)
            )));
        }
    }
    Attribute::from_name(key)
        .map(Field::Attribute)
        .ok_or_else(|| identifier.unknown_key("attribute", Attribute::ALL.map(Attribute::as_str)))
}
