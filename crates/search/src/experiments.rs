//! Searching experiments: MLflow 3.17 `SearchExperimentsUtils`, with the comparators that its SQL store allows.
//!
//! | field | prefixes | comparators | value |
//! | --- | --- | --- | --- |
//! | `name` | none, `attribute` | `=` `!=` `LIKE` `ILIKE` | string |
//! | `experiment_id` | none, `attribute` | `=` `!=` `IN` `NOT IN` | string that holds an integer |
//! | `creation_time`, `last_update_time` | none, `attribute` | `=` `!=` `>` `>=` `<` `<=` | integer |
//! | tag | `tag`, `tags` | `=` `!=` `LIKE` `ILIKE` `IS NULL` `IS NOT NULL` | string |
//!
//! Prefixes are never quoted, and `attributes` is none of them, unlike for runs.

use crate::ast::{Comparator, Kind, Value, write_condition, write_key, write_order};
use crate::clause::{self, Clause, Identifier};
use crate::error::{Place, SearchError, shorten};
use crate::named::{self, Named};
use crate::operand::Operand;
use std::fmt;

/// What an experiment is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    Tag(String),
}

/// A column of the experiment itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    /// An integer column that filters compare with strings.
    ExperimentId,
    /// Milliseconds since 1970.
    CreationTime,
    /// Milliseconds since 1970.
    LastUpdateTime,
}

impl Attribute {
    pub const ALL: [Self; 4] = [Self::Name, Self::ExperimentId, Self::CreationTime, Self::LastUpdateTime];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::ExperimentId => "experiment_id",
            Self::CreationTime => "creation_time",
            Self::LastUpdateTime => "last_update_time",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::Name => Kind::Text,
            Self::ExperimentId | Self::CreationTime | Self::LastUpdateTime => Kind::Number,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => write!(f, "{attribute}"),
            Self::Tag(key) => write_key(f, "tags", key),
        }
    }
}

/// What must hold of an experiment. The comparator suits the field and the value suits the comparator: an
/// [`Integer`](Value::Integer) or [`Integers`](Value::Integers) for the columns of kind [`Kind::Number`].
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub attribute: Attribute,
    pub ascending: bool,
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_order(f, &self.attribute, self.ascending)
    }
}

/// The conditions of `filter`, all of which must hold; none in an empty one.
///
/// # Errors
/// A filter that the grammar refuses, names a field that experiments don't have, or exceeds a [limit](crate::limits).
pub fn parse_filter(filter: &str) -> Result<Vec<Condition>, SearchError> {
    clause::clauses(filter)?.iter().map(condition).collect()
}

/// What to order experiments by, the first clause first. An attribute may come twice; the second has no effect.
///
/// Of an empty order_by MLflow makes `creation_time DESC, experiment_id ASC`, and to any other that is without
/// `experiment_id` it appends `experiment_id DESC`.
///
/// # Errors
/// A clause that the grammar refuses, anything but an attribute, or more clauses than the [limit](crate::limits).
pub fn parse_order_by(order_by: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, SearchError> {
    clause::order_clauses(order_by, |identifier, ascending| match field(&identifier)? {
        Field::Attribute(attribute) => Ok(OrderBy { attribute, ascending }),
        Field::Tag(_) => Err(identifier.place().error("Invalid order_by entity: tag")),
    })
}

fn condition(clause: &Clause<'_>) -> Result<Condition, SearchError> {
    let field = field(&clause.identifier)?;
    let place = clause.identifier.place();
    let (value, allowed) = match &field {
        Field::Tag(_) if clause.operator.tests_presence() => (Value::Absent, Comparator::TEXT_OR_NULL),
        Field::Attribute(attribute) if clause.operator.tests_presence() => {
            return Err(place.error(format!(
                "IS NULL / IS NOT NULL is only supported for tags, not for attribute '{attribute}'"
            )));
        }
        Field::Tag(_) => {
            let expected = "Expected a quoted string value for tag (e.g. 'my-value')";
            (Value::Text(clause.operand.text(place, expected)?.to_owned()), Comparator::TEXT_OR_NULL)
        }
        Field::Attribute(Attribute::Name) => {
            if clause.operand.list().is_some() {
                return Err(place.error(
                    "Only ['experiment_id'] attributes support comparison with a list of quoted string values.",
                ));
            }
            let expected = "Expected a quoted string value for attributes";
            (Value::Text(clause.operand.text(place, expected)?.to_owned()), Comparator::TEXT)
        }
        Field::Attribute(Attribute::ExperimentId) => experiment_ids(&clause.operand, place)?,
        Field::Attribute(attribute @ (Attribute::CreationTime | Attribute::LastUpdateTime)) => {
            let what = format!("numeric attribute: {attribute}");
            match clause.operand.integer_or_number(place, &what)? {
                Value::Number(number) => {
                    return Err(place
                        .error(format!("Invalid value for numeric attribute '{attribute}': '{number:?}'")));
                }
                integer => (integer, Comparator::NUMERIC),
            }
        }
    };
    Ok(Condition { comparator: clause.operator.among(allowed)?, field, value })
}

/// One id, or several in a list, and the comparators for as many.
pub(crate) fn experiment_ids<'a>(
    operand: &Operand<'a>,
    place: Place<'a>,
) -> Result<(Value, &'static [Comparator]), SearchError> {
    let parse = |text: &str| {
        text.trim().parse::<i64>().map_err(|_| {
            let text = shorten(text);
            operand
                .place(place)
                .error(format!("Invalid experiment ID '{text}'. Experiment ID must be a valid integer."))
        })
    };
    match operand.list() {
        Some(list) => {
            let ids = list?.iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
            Ok((Value::Integers(ids), Comparator::LIST))
        }
        None => {
            let text = operand.text(place, "Expected a quoted string value for attributes")?;
            Ok((Value::Integer(parse(text)?), Comparator::EQUALITY))
        }
    }
}

fn field(identifier: &Identifier<'_>) -> Result<Field, SearchError> {
    match named::attribute_or_tag(identifier)? {
        Named::Tag(key) => Ok(Field::Tag(key.to_owned())),
        Named::Attribute(name) => Attribute::ALL
            .into_iter()
            .find(|attribute| attribute.as_str() == name)
            .map(Field::Attribute)
            .ok_or_else(|| identifier.unknown_key("attribute", Attribute::ALL.map(Attribute::as_str))),
    }
}
