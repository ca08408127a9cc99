//! Searching registered models: MLflow 3.17 `SearchModelUtils`, with the comparators and orders of its SQL store.
//!
//! | field | prefixes | comparators | value |
//! | --- | --- | --- | --- |
//! | `name` | none, `attribute` | `=` `!=` `LIKE` `ILIKE` `IN` `NOT IN` | string |
//! | tag | `tag`, `tags` | `=` `!=` `LIKE` `ILIKE` | string |
//!
//! Models are ordered by `name`, `timestamp` and `last_updated_timestamp`, without a prefix; the two latter are one.

use crate::ast::{Comparator, Value, join_names, write_condition, write_key, write_order};
use crate::clause::{self, Clause, Identifier};
use crate::error::SearchError;
use crate::named::{self, Named};
use crate::prompts::asks_for_prompts;
use std::fmt;

/// What a registered model is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Name,
    Tag(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::Tag(key) => write_key(f, "tags", key),
        }
    }
}

/// What must hold of a registered model. The comparator suits the field and the value suits the comparator.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub field: Field,
    pub comparator: Comparator,
    /// [`Text`](Value::Text) or, for the name alone, a [`List`](Value::List).
    pub value: Value,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_condition(f, &self.field, self.comparator, &self.value, false)
    }
}

/// A filter, and whether it is about prompts or about models.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Prompts are shown too. They are hidden otherwise, and then nothing in the conditions is about being one.
    pub prompts: bool,
}

/// A column to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortField {
    Name,
    LastUpdated,
}

impl SortField {
    /// As an order_by spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::LastUpdated => "last_updated_timestamp",
        }
    }
}

impl fmt::Display for SortField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

/// Reads a filter.
///
/// Prompts are asked for where the first condition on their mark is `= 'true'` or `!= 'false'`; otherwise conditions on the
/// mark are left out (MLflow 3.17 `_is_querying_prompt`, `_update_query_to_exclude_prompts`).
///
/// # Errors
/// A filter that the grammar refuses, names a field that registered models don't have, or exceeds a
/// [limit](crate::limits).
pub fn parse_filter(filter: &str) -> Result<Filter, SearchError> {
    let mut conditions = clause::clauses(filter)?.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
    let prompts = asks_for_prompts(conditions.iter().filter_map(tag));
    if !prompts {
        conditions.retain(|condition| !is_mark(&condition.field));
    }
    Ok(Filter { conditions, prompts })
}

fn tag(condition: &Condition) -> Option<(&str, Comparator, &Value)> {
    match &condition.field {
        Field::Tag(key) => Some((key, condition.comparator, &condition.value)),
        Field::Name => None,
    }
}

fn is_mark(field: &Field) -> bool {
    matches!(field, Field::Tag(key) if key == model::registry::IS_PROMPT_TAG)
}

/// What to order registered models by, the first clause first. MLflow appends `name ASC` to an order without it.
///
/// # Errors
/// A clause that the grammar refuses, anything but a field to order by, one that comes twice, or more clauses than the
/// [limit](crate::limits).
pub fn parse_order_by(order_by: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, SearchError> {
    let parsed = clause::order_clauses(order_by, |identifier, ascending| {
        let field = match identifier.key.text {
            _ if identifier.entity.is_some() => None,
            "name" => Some(SortField::Name),
            "timestamp" | "last_updated_timestamp" => Some(SortField::LastUpdated),
            _ => None,
        };
        match field {
            Some(field) => Ok((identifier.place(), OrderBy { field, ascending })),
            None => Err(unknown_order(&identifier)),
        }
    })?;
    clause::no_field_twice(parsed, |order| order.field)
}

fn unknown_order(identifier: &Identifier<'_>) -> SearchError {
    let place = identifier.place();
    place.error(format!(
        "Invalid order by key '{}' specified. Valid keys are '{}'",
        crate::error::shorten(place.text()),
        join_names(["name", "timestamp"])
    ))
}

fn condition(clause: &Clause<'_>) -> Result<Condition, SearchError> {
    let field = field(&clause.identifier)?;
    let place = clause.identifier.place();
    let is_tag = matches!(field, Field::Tag(_));
    let allowed = match clause.operand.list() {
        Some(_) if !is_tag => Comparator::LIST,
        _ => Comparator::TEXT,
    };
    let comparator = clause.operator.among(allowed)?;
    let value = match clause.operand.list() {
        Some(list) if !is_tag => Value::List(list?),
        _ if is_tag => {
            let expected = "Expected a quoted string value for tag (e.g. 'my-value')";
            Value::Text(clause.operand.text(place, expected)?.to_owned())
        }
        _ => {
            let expected = "Expected a quoted string value or a list of quoted string values for attributes";
            Value::Text(clause.operand.text(place, expected)?.to_owned())
        }
    };
    Ok(Condition { field, comparator, value })
}

fn field(identifier: &Identifier<'_>) -> Result<Field, SearchError> {
    match named::attribute_or_tag(identifier)? {
        Named::Tag(key) => Ok(Field::Tag(key.to_owned())),
        Named::Attribute("name") => Ok(Field::Name),
        Named::Attribute(_) => Err(identifier.unknown_key("attribute", ["name"])),
    }
}
