//! Searching runs: MLflow 3.17 `SearchUtils`, with the comparators that its SQL store allows for each field.
//!
//! | field | prefixes | comparators | value |
//! | --- | --- | --- | --- |
//! | attribute | none, `attribute`, `attributes`, `attr`, `run` | text: `=` `!=` `LIKE` `ILIKE`, and for `run_id` `IN` `NOT IN`; times: `=` `!=` `>` `>=` `<` `<=` | string; number |
//! | metric | `metric`, `metrics` | `=` `!=` `>` `>=` `<` `<=` | number |
//! | parameter, tag | `parameter`, `parameters`, `param`, `params`; `tag`, `tags` | `=` `!=` `LIKE` `ILIKE` `IS NULL` `IS NOT NULL` | string |
//! | dataset | `dataset`, `datasets` | `=` `!=` `LIKE` `ILIKE` `IN` `NOT IN` | string |
//!
//! Prefixes and attributes are case-sensitive.

use crate::ast::{Comparator, Kind, Value, write_condition, write_key, write_order};
use crate::clause::{self, Clause, Identifier};
use crate::error::{SearchError, shorten};
use crate::lexer::Quote;
use std::fmt;

/// What a run is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// By key. Metrics compare by their latest value.
    Metric(String),
    Param(String),
    Tag(String),
    /// Of any dataset among the run's inputs.
    Dataset(DatasetAttribute),
}

/// A column of the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    RunId,
    /// Also `run name`, `Run name` and `Run Name`. MLflow compares it with the tag `mlflow.runName`.
    RunName,
    UserId,
    Status,
    /// Milliseconds since 1970. Also `created` and `Created`.
    StartTime,
    /// Milliseconds since 1970.
    EndTime,
    ArtifactUri,
}

impl Attribute {
    pub const ALL: [Self; 7] = [
        Self::RunId,
        Self::RunName,
        Self::UserId,
        Self::Status,
        Self::StartTime,
        Self::EndTime,
        Self::ArtifactUri,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunId => "run_id",
            Self::RunName => "run_name",
            Self::UserId => "user_id",
            Self::Status => "status",
            Self::StartTime => "start_time",
            Self::EndTime => "end_time",
            Self::ArtifactUri => "artifact_uri",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::StartTime | Self::EndTime => Kind::Number,
            _ => Kind::Text,
        }
    }

    /// In a filter and an order_by alike.
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "created" | "Created" => Some(Self::StartTime),
            _ => Self::ALL.into_iter().find(|attribute| attribute.as_str() == name),
        }
    }

    fn from_filter_name(name: &str) -> Option<Self> {
        match name {
            "run name" | "Run name" | "Run Name" => Some(Self::RunName),
            _ => Self::from_name(name),
        }
    }
}

/// A column of a dataset, or of its use by the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatasetAttribute {
    Name,
    Digest,
    /// The input's tag `mlflow.data.context`.
    Context,
}

impl DatasetAttribute {
    pub const ALL: [Self; 3] = [Self::Name, Self::Digest, Self::Context];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Digest => "digest",
            Self::Context => "context",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => write!(f, "attributes.{}", attribute.as_str()),
            Self::Metric(key) => write_key(f, "metrics", key),
            Self::Param(key) => write_key(f, "params", key),
            Self::Tag(key) => write_key(f, "tags", key),
            Self::Dataset(attribute) => write!(f, "datasets.{}", attribute.as_str()),
        }
    }
}

/// What must hold of a run. The comparator suits the field and the value suits the comparator.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub field: Field,
    pub comparator: Comparator,
    pub value: Value,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_condition(f, &self.field, self.comparator, &self.value, false)
    }
}

/// What runs can be ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortField {
    Attribute(Attribute),
    Metric(String),
    Param(String),
    Tag(String),
}

impl fmt::Display for SortField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => write!(f, "attributes.{}", attribute.as_str()),
            Self::Metric(key) => write_key(f, "metrics", key),
            Self::Param(key) => write_key(f, "params", key),
            Self::Tag(key) => write_key(f, "tags", key),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub field: SortField,
    pub ascending: bool,
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_order(f, &self.field, self.ascending)
    }
}

/// The conditions of `filter`, all of which must hold; none in an empty one.
///
/// # Errors
/// A filter that the grammar refuses, names a field that runs don't have, or exceeds a [limit](crate::limits).
pub fn parse_filter(filter: &str) -> Result<Vec<Condition>, SearchError> {
    clause::clauses(filter)?.iter().map(condition).collect()
}

/// What to order runs by, the first clause first.
///
/// Where `start_time` is not among them, MLflow appends `start_time DESC`, and always `run_id ASC`.
///
/// # Errors
/// A clause that the grammar refuses, a field that runs can't be ordered by, a field given twice, or more clauses than
/// the [limit](crate::limits).
pub fn parse_order_by(order_by: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, SearchError> {
    let clauses = clause::order_clauses(order_by, |identifier, ascending| {
        sort_field(&identifier).map(|field| (identifier, OrderBy { field, ascending }))
    })?;
    let mut orders: Vec<OrderBy> = Vec::with_capacity(clauses.len());
    for (identifier, order) in clauses {
        if orders.iter().any(|earlier| earlier.field == order.field) {
            let message =
                format!("`order_by` contains duplicate fields: {}", shorten(&order.field.to_string()));
            return Err(identifier.place().error(message));
        }
        orders.push(order);
    }
    Ok(orders)
}

fn condition(clause: &Clause<'_>) -> Result<Condition, SearchError> {
    let field = field(&clause.identifier)?;
    let place = clause.identifier.place();
    let operand = &clause.operand;
    if clause.operator.tests_presence() {
        return match field {
            Field::Param(_) | Field::Tag(_) => {
                let comparator = clause.operator.among(Comparator::TEXT_OR_NULL)?;
                Ok(Condition { field, comparator, value: Value::Absent })
            }
            _ => Err(place.error(format!(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for {}",
                shorten(place.text())
            ))),
        };
    }
    let (value, allowed) = match &field {
        Field::Metric(_) => (Value::Number(operand.number(place, "metric")?), Comparator::NUMERIC),
        Field::Param(_) => {
            let expected = "Expected a quoted string value for parameter (e.g. 'my-value')";
            (Value::Text(operand.text(place, expected)?.to_owned()), Comparator::TEXT_OR_NULL)
        }
        Field::Tag(_) => {
            let expected = "Expected a quoted string value for tag (e.g. 'my-value')";
            (Value::Text(operand.text(place, expected)?.to_owned()), Comparator::TEXT_OR_NULL)
        }
        Field::Attribute(attribute) if attribute.kind() == Kind::Number => {
            let what = format!("numeric attribute: {}", attribute.as_str());
            (operand.integer_or_number(place, &what)?, Comparator::NUMERIC)
        }
        Field::Attribute(attribute) => match operand.list() {
            Some(_) if *attribute != Attribute::RunId => {
                return Err(place.error(
                    "Only ['run_id'] attributes support comparison with a list of quoted string values.",
                ));
            }
            Some(list) => (Value::List(list?), Comparator::LIST),
            None => {
                let expected = "Expected a quoted string value for attributes";
                (Value::Text(operand.text(place, expected)?.to_owned()), Comparator::TEXT)
            }
        },
        Field::Dataset(_) => match operand.list() {
            Some(list) => (Value::List(list?), Comparator::LIST),
            None => {
                let expected = "Expected a quoted string value for dataset attributes";
                (Value::Text(operand.text(place, expected)?.to_owned()), Comparator::TEXT)
            }
        },
    };
    Ok(Condition { comparator: clause.operator.among(allowed)?, field, value })
}

/// The kinds of fields, as prefixes name them.
enum Entity {
    Attribute,
    Metric,
    Param,
    Tag,
    Dataset,
}

fn entity(identifier: &Identifier<'_>) -> Result<Entity, SearchError> {
    let invalid = |text: &str| {
        let text = shorten(text);
        identifier.place().error(format!(
            "Invalid entity type '{text}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
        ))
    };
    let Some(name) = identifier.entity else {
        let key = identifier.key;
        return match key.quote {
            Some(_) if key.text.contains('.') => Err(invalid(key.place.text())),
            _ => Ok(Entity::Attribute),
        };
    };
    match name.text {
        _ if name.quote == Some(Quote::Double) => Err(invalid(name.place.text())),
        "attribute" | "attributes" | "attr" | "run" => Ok(Entity::Attribute),
        "metric" | "metrics" => Ok(Entity::Metric),
        "parameter" | "parameters" | "param" | "params" => Ok(Entity::Param),
        "tag" | "tags" => Ok(Entity::Tag),
        "dataset" | "datasets" => Ok(Entity::Dataset),
        other => Err(invalid(other)),
    }
}

fn field(identifier: &Identifier<'_>) -> Result<Field, SearchError> {
    let key = identifier.key.text;
    match entity(identifier)? {
        Entity::Attribute => match Attribute::from_filter_name(key) {
            Some(attribute) => Ok(Field::Attribute(attribute)),
            None => Err(invalid_attribute(identifier)),
        },
        Entity::Metric => Ok(Field::Metric(key.to_owned())),
        Entity::Param => Ok(Field::Param(key.to_owned())),
        Entity::Tag => Ok(Field::Tag(key.to_owned())),
        Entity::Dataset => {
            match DatasetAttribute::ALL.into_iter().find(|attribute| attribute.as_str() == key) {
                Some(attribute) => Ok(Field::Dataset(attribute)),
                None => {
                    Err(identifier
                        .unknown_key("dataset", DatasetAttribute::ALL.map(DatasetAttribute::as_str)))
                }
            }
        }
    }
}

fn sort_field(identifier: &Identifier<'_>) -> Result<SortField, SearchError> {
    let key = identifier.key.text;
    match entity(identifier)? {
        Entity::Attribute => match Attribute::from_name(key) {
            Some(attribute) => Ok(SortField::Attribute(attribute)),
            None => Err(invalid_attribute(identifier)),
        },
        Entity::Metric => Ok(SortField::Metric(key.to_owned())),
        Entity::Param => Ok(SortField::Param(key.to_owned())),
        Entity::Tag => Ok(SortField::Tag(key.to_owned())),
        Entity::Dataset => Err(identifier
            .place()
            .error("Invalid identifier type 'dataset': runs cannot be ordered by their datasets")),
    }
}

fn invalid_attribute(identifier: &Identifier<'_>) -> SearchError {
    identifier.unknown_key("attribute", Attribute::ALL.map(Attribute::as_str))
}
