//! What every searchable entity's conditions are made of.

use crate::lexer::{self, Quote};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// SQL's LIKE, case-sensitive: `%` any text, `_` any character.
    Like,
    /// LIKE without regard to case.
    ILike,
    In,
    NotIn,
    /// There is no such tag or parameter.
    IsNull,
    /// There is such a tag or parameter, whatever its value.
    IsNotNull,
}

impl Comparator {
    pub(crate) const NUMERIC: &'static [Self] =
        &[Self::Equal, Self::NotEqual, Self::Greater, Self::GreaterOrEqual, Self::Less, Self::LessOrEqual];
    pub(crate) const TEXT: &'static [Self] = &[Self::Equal, Self::NotEqual, Self::Like, Self::ILike];
    pub(crate) const TEXT_OR_NULL: &'static [Self] =
        &[Self::Equal, Self::NotEqual, Self::Like, Self::ILike, Self::IsNull, Self::IsNotNull];
    pub(crate) const EQUALITY: &'static [Self] = &[Self::Equal, Self::NotEqual];
    pub(crate) const LIST: &'static [Self] = &[Self::In, Self::NotIn];

    /// As a filter spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Like => "LIKE",
            Self::ILike => "ILIKE",
            Self::In => "IN",
            Self::NotIn => "NOT IN",
            Self::IsNull => "IS NULL",
            Self::IsNotNull => "IS NOT NULL",
        }
    }

    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::NUMERIC.iter().copied().find(|comparator| comparator.as_str() == symbol)
    }

    /// IS NULL or IS NOT NULL, which compare with nothing.
    pub const fn tests_presence(self) -> bool {
        matches!(self, Self::IsNull | Self::IsNotNull)
    }

    /// IN or NOT IN, which compare with a list.
    pub const fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What kind of column holds an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A 64-bit integer.
    Number,
    Text,
}

/// The right side of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Integer(i64),
    /// Finite. Metrics always compare with this; a numeric attribute only where the filter has a fraction or exponent.
    Number(f64),
    /// Without NUL.
    Text(String),
    /// Of IN and NOT IN: not empty, and without NUL.
    List(Vec<String>),
    /// Of IN and NOT IN on an integer column that filters spell as text: not empty.
    Integers(Vec<i64>),
    /// Of IS NULL and IS NOT NULL.
    Absent,
}

/// As a filter spells it, integers unquoted.
///
/// A text that holds both kinds of quotes, or ends with a backslash, may have no spelling that can stand before
/// another string; no such text comes out of a filter but a last `'…\'`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Text(text) => match lexer::quote_with(text, &[Quote::Single, Quote::Double]) {
                Some(quoted) => f.write_str(&quoted),
                None => write!(f, "'{text}'"),
            },
            Self::List(items) => write_list(f, items, |f, item| write_python(f, item)),
            Self::Integers(items) => write_list(f, items, |f, item| write!(f, "'{item}'")),
            Self::Absent => Ok(()),
        }
    }
}

fn write_list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    mut write_item: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    f.write_str("(")?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write_item(f, item)?;
    }
    f.write_str(")")
}

/// `text` as a Python string, which is what lists hold.
fn write_python(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("'")?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str(r"\\")?,
            '\'' => f.write_str(r"\'")?,
            '\n' => f.write_str(r"\n")?,
            '\r' => f.write_str(r"\r")?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("'")
}

/// `prefix.key`, the key quoted unless it is a plain ASCII word.
pub(crate) fn write_key(f: &mut fmt::Formatter<'_>, prefix: &str, key: &str) -> fmt::Result {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain {
        return write!(f, "{prefix}.{key}");
    }
    // The parser takes backticks off inside other quotes as well, so a key that brings its own needs another pair.
    let inner = if trim_backticks(key) == key { key } else { &format!("`{key}`") };
    let quoted = lexer::quote_with(key, &[Quote::Backtick])
        .or_else(|| lexer::quote_with(inner, &[Quote::Double, Quote::Single]));
    match quoted {
        Some(quoted) => write!(f, "{prefix}.{quoted}"),
        None => write!(f, "{prefix}.`{key}`"),
    }
}

/// `text` without the one pair of backticks that may stand round it.
pub(crate) fn trim_backticks(text: &str) -> &str {
    text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(text)
}

/// `field comparator value`, or `field comparator` where there is no value. `quoted` puts an integer in quotes: filters
/// spell the ids of experiments as text.
pub(crate) fn write_condition(
    f: &mut fmt::Formatter<'_>,
    field: &impl fmt::Display,
    comparator: Comparator,
    value: &Value,
    quoted: bool,
) -> fmt::Result {
    write!(f, "{field} {comparator}")?;
    match value {
        _ if comparator.tests_presence() => Ok(()),
        Value::Integer(number) if quoted => write!(f, " '{number}'"),
        value => write!(f, " {value}"),
    }
}

/// `field ASC` or `field DESC`.
pub(crate) fn write_order(
    f: &mut fmt::Formatter<'_>,
    field: &impl fmt::Display,
    ascending: bool,
) -> fmt::Result {
    write!(f, "{field} {}", if ascending { "ASC" } else { "DESC" })
}

pub(crate) fn join_names(names: impl IntoIterator<Item = &'static str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
