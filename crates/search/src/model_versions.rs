//! Searching model versions: MLflow 3.17 `SearchModelVersionUtils`, with the comparators of its SQL store.
//!
//! | field | prefixes | comparators | value |
//! | --- | --- | --- | --- |
//! | `name`, `run_id` | none, `attribute` | `=` `!=` `LIKE` `ILIKE` `IN` `NOT IN` | string |
//! | `source_path` | none, `attribute` | `=` `!=` `LIKE` `ILIKE` | string |
//! | `version_number` | none, `attribute` | `=` `!=` `>` `>=` `<` `<=` | integer, or a string that holds one |
//! | tag | `tag`, `tags` | `=` `!=` `LIKE` `ILIKE` | string |
//!
//! Versions are ordered by `name`, `version_number`, `creation_timestamp` and `last_updated_timestamp`.

use crate::ast::{Comparator, Value, write_condition, write_key, write_order};
use crate::clause::{self, Clause, Identifier};
use crate::error::{SearchError, shorten};
use crate::named::{self, Named};
use crate::operand::Operand;
use crate::prompts::asks_for_prompts;
use std::fmt;

/// What a model version is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    Tag(String),
}

/// A column of the version itself that it is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// Of the registered model.
    Name,
    /// A 64-bit integer.
    VersionNumber,
    RunId,
    SourcePath,
}

impl Attribute {
    pub const ALL: [Self; 4] = [Self::Name, Self::VersionNumber, Self::RunId, Self::SourcePath];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::VersionNumber => "version_number",
            Self::RunId => "run_id",
            Self::SourcePath => "source_path",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => f.write_str(attribute.as_str()),
            Self::Tag(key) => write_key(f, "tags", key),
        }
    }
}

/// What must hold of a version. The comparator suits the field and the value suits the comparator.
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

/// A filter, and whether it is about versions of prompts or of models.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Versions of prompts are shown too. They are hidden otherwise, and then nothing in the conditions is about being one.
    pub prompts: bool,
}

impl Filter {
    /// Whether the filter selects by the run that a version comes from, and so can tell what a row withholds.
    pub fn asks_about_runs(&self) -> bool {
        self.conditions.iter().any(|condition| condition.field == Field::Attribute(Attribute::RunId))
    }
}

/// A column to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortField {
    Name,
    VersionNumber,
    CreationTimestamp,
    LastUpdatedTimestamp,
}

impl SortField {
    pub const ALL: [Self; 4] =
        [Self::Name, Self::VersionNumber, Self::CreationTimestamp, Self::LastUpdatedTimestamp];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::VersionNumber => "version_number",
            Self::CreationTimestamp => "creation_timestamp",
            Self::LastUpdatedTimestamp => "last_updated_timestamp",
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

/// Reads a filter. What asks for prompts is as for [registered models](crate::registered_models::parse_filter).
///
/// # Errors
/// A filter that the grammar refuses, names a field that versions don't have, or exceeds a [limit](crate::limits).
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
        Field::Attribute(_) => None,
    }
}

fn is_mark(field: &Field) -> bool {
    matches!(field, Field::Tag(key) if key == model::registry::IS_PROMPT_TAG)
}

/// What to order versions by, the first clause first. Of an empty order_by MLflow makes `last_updated_timestamp DESC, name
/// ASC, version_number DESC`, and to any other it appends the two latter where they are missing.
///
/// # Errors
/// A clause that the grammar refuses, anything but a field to order by, one that comes twice, or more clauses than the
/// [limit](crate::limits).
pub fn parse_order_by(order_by: &[impl AsRef<str>]) -> Result<Vec<OrderBy>, SearchError> {
    let parsed = clause::order_clauses(order_by, |identifier, ascending| {
        let Named::Attribute(name) = named::attribute_or_tag(&identifier)? else {
            return Err(identifier.place().error("Invalid order_by entity: tag"));
        };
        match SortField::ALL.into_iter().find(|field| field.as_str() == name) {
            Some(field) => Ok((identifier.place(), OrderBy { field, ascending })),
            None => Err(identifier.unknown_key("attribute", SortField::ALL.map(SortField::as_str))),
        }
    })?;
    clause::no_field_twice(parsed, |order| order.field)
}

fn condition(clause: &Clause<'_>) -> Result<Condition, SearchError> {
    let field = field(&clause.identifier)?;
    let (comparator, value) = match &field {
        Field::Tag(_) => {
            let expected = "Expected a quoted string value for tag (e.g. 'my-value')";
            text(clause, expected)?
        }
        Field::Attribute(Attribute::VersionNumber) => number(clause)?,
        Field::Attribute(attribute) => match clause.operand.list() {
            Some(_) if *attribute == Attribute::SourcePath => return Err(no_list(clause)),
            Some(list) => (clause.operator.among(Comparator::LIST)?, Value::List(list?)),
            None => {
                if let Operand::Number(place) = &clause.operand {
                    return Err(place.error(
                        "Only the 'version_number' attribute supports comparison with numeric values.",
                    ));
                }
                let expected =
                    "Expected a quoted string value or a list of quoted string values for attributes";
                text(clause, expected)?
            }
        },
    };
    Ok(Condition { field, comparator, value })
}

fn no_list(clause: &Clause<'_>) -> SearchError {
    clause
        .identifier
        .place()
        .error("Only ['name', 'run_id'] attributes support comparison with a list of quoted string values.")
}

fn text(clause: &Clause<'_>, expected: &str) -> Result<(Comparator, Value), SearchError> {
    let comparator = clause.operator.among(Comparator::TEXT)?;
    let text = clause.operand.text(clause.identifier.place(), expected)?;
    Ok((comparator, Value::Text(text.to_owned())))
}

fn number(clause: &Clause<'_>) -> Result<(Comparator, Value), SearchError> {
    let place = clause.identifier.place();
    if clause.operand.list().is_some() {
        return Err(no_list(clause));
    }
    let comparator = clause.operator.among(Comparator::NUMERIC)?;
    let invalid = |shown: &str| {
        let shown = shorten(shown);
        let name = Attribute::VersionNumber.as_str();
        clause.operand.place(place).error(format!("Invalid value for numeric attribute '{name}': '{shown}'"))
    };
    let value = match &clause.operand {
        Operand::Text { text, .. } => Value::Integer(text.trim().parse().map_err(|_| invalid(text))?),
        operand => match operand.integer_or_number(place, "numeric attribute: version_number")? {
            Value::Number(number) => return Err(invalid(&number.to_string())),
            integer => integer,
        },
    };
    Ok((comparator, value))
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
